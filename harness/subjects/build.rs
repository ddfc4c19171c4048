//! A scenario that is added or removed is a test that is added or removed: the tests list the files when they are built.

fn main() {
    println!("cargo::rerun-if-changed=../../scenarios");
}
