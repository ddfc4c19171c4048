//! Adapters that make a gateway testable: each implements the runner's [`Subject`](sextant_runner::Subject).

mod reference;

pub use reference::ReferenceFactory;
