//! Networks of the run's own (Linux): the documented addresses are addresses of `lo`, the fake DNS is on port 53, and
//! nothing gets out.
//!
//! The process goes into a mount namespace (for `/etc/resolv.conf`) and, without privileges, into a user namespace before
//! it has a second thread: [`enter`]. Network namespaces belong to threads, and so does what threads and processes started
//! by them inherit. Each scenario has a thread with a network of its own: scenarios run side by side with the same
//! addresses, and no address of one outlives it.

mod network;

use std::io::{self, Write as _};
use std::path::Path;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

pub(crate) use network::{DNS, add};

const RESOLV_CONF: &str = "/etc/resolv.conf";
/// One lookup each time, as the fake DNS is scripted.
const RESOLVED: &str = "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n";
/// CAP_SYS_ADMIN in the masks of `/proc/self/status` (capabilities(7)).
const SYS_ADMIN: u64 = 1 << 21;

/// Why there is no network of our own. There is no falling back to that of the machine.
#[derive(Debug, thiserror::Error)]
pub enum NetnsError {
    /// The system refused a namespace or a mount.
    #[error("{call} failed: {errno}; {}", advice(*.errno))]
    Call {
        /// The call.
        call: &'static str,
        /// What the system said.
        errno: Errno,
    },
    /// A file could not be read or written.
    #[error("{doing} {file} failed: {source}; {}", advice(Errno::from_raw(source.raw_os_error().unwrap_or_default())))]
    File {
        /// What was done.
        doing: &'static str,
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The network could not be set up.
    #[error("the network of the scenario could not be set up: {doing}")]
    Network {
        /// What was done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The thread of a scenario ended without a result.
    #[error("the thread of the scenario panicked")]
    Lost,
}

/// What to do about a refusal.
fn advice(errno: Errno) -> &'static str {
    match errno {
        Errno::EPERM | Errno::EACCES => {
            "this system forbids user namespaces without privileges: allow them (sysctl kernel.unprivileged_userns_clone=1 on \
             Debian, kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu; in a container, its seccomp profile), run as \
             root, or use `--addresses alias` or `rewrite`"
        }
        Errno::ENOSPC | Errno::EUSERS => {
            "there are too many namespaces: raise the sysctls user.max_user_namespaces, user.max_net_namespaces and \
             user.max_mnt_namespaces"
        }
        Errno::EINVAL | Errno::ENOSYS => {
            "this kernel has no such namespaces: it needs CONFIG_USER_NS, CONFIG_NET_NS and CONFIG_NAMESPACES"
        }
        Errno::ENOENT => "the file has to be there, so that another can be mounted over it; make an empty one",
        _ => "use `--addresses alias` or `rewrite` instead",
    }
}

/// Takes the process out of the machine's network, and has names looked up at the fake DNS. To be called before the process
/// has a second thread, since a user namespace is of a whole process. Who has CAP_SYS_ADMIN needs no user namespace and
/// stays who they are; anybody else is root inside it, without a right outside.
///
/// # Errors
/// The first thing that failed; see [`NetnsError`]. The process is then of no further use.
pub fn enter() -> Result<(), NetnsError> {
    let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
    let namespaces = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET;
    if is_admin()? {
        called("unshare(CLONE_NEWNS | CLONE_NEWNET)", unshare(namespaces))?;
    } else {
        let call = "unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)";
        called(call, unshare(namespaces | CloneFlags::CLONE_NEWUSER))?;
        // The kernel wants it in this order (user_namespaces(7)).
        write("/proc/self/setgroups", "deny")?;
        write("/proc/self/uid_map", &format!("0 {user} 1"))?;
        write("/proc/self/gid_map", &format!("0 {group} 1"))?;
    }
    let (nothing, private) = (None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE);
    called("mount(/, MS_REC | MS_PRIVATE)", mount(nothing, "/", nothing, private, nothing))?;
    mount_resolv_conf()
}

fn is_admin() -> Result<bool, NetnsError> {
    let file = "/proc/self/status";
    let status = std::fs::read_to_string(file).map_err(failed("reading", file))?;
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    Ok(mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & SYS_ADMIN != 0))
}

/// The file is gone from its folder as soon as it is mounted, which keeps it.
fn mount_resolv_conf() -> Result<(), NetnsError> {
    let mut file =
        tempfile::NamedTempFile::new().map_err(failed("making a file in", "the folder of temporary files"))?;
    let path = file.path().to_owned();
    let name = path.display().to_string();
    file.write_all(RESOLVED.as_bytes()).map_err(failed("writing", &name))?;
    make_readable(&path).map_err(failed("changing the mode of", &name))?;
    let nothing = None::<&str>;
    called("mount(/etc/resolv.conf, MS_BIND)", mount(Some(&path), RESOLV_CONF, nothing, MsFlags::MS_BIND, nothing))
}

fn make_readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

fn called(call: &'static str, outcome: nix::Result<()>) -> Result<(), NetnsError> {
    outcome.map_err(|errno| NetnsError::Call { call, errno })
}

fn failed(doing: &'static str, file: &str) -> impl FnOnce(io::Error) -> NetnsError {
    let file = file.to_owned();
    move |source| NetnsError::File { doing, file, source }
}

fn write(file: &str, text: &str) -> Result<(), NetnsError> {
    std::fs::write(file, text).map_err(failed("writing", file))
}

/// Runs `work` on a thread and a runtime of its own, in a network of its own. The token that it is given is cancelled with
/// `cancel`, and when this is dropped.
///
/// # Errors
/// When there is no such network, or `work` panicked.
pub(crate) async fn apart<T, W>(
    cancel: CancellationToken,
    work: impl FnOnce(CancellationToken) -> W + Send + 'static,
) -> Result<T, NetnsError>
where
    T: Send + 'static,
    W: Future<Output = T>,
{
    let cancel = cancel.child_token();
    let _ends_with_us = cancel.clone().drop_guard();
    let (done, outcome) = oneshot::channel();
    let thread = std::thread::Builder::new().name("scenario".to_owned());
    let spawned = thread.spawn(move || {
        // Who waited may be gone.
        let _ = done.send(in_network(|| work(cancel)));
    });
    spawned.map_err(|source| NetnsError::Network { doing: "starting its thread", source: source.into() })?;
    outcome.await.map_err(|_| NetnsError::Lost)?
}

fn in_network<T, W: Future<Output = T>>(work: impl FnOnce() -> W) -> Result<T, NetnsError> {
    called("unshare(CLONE_NEWNET)", unshare(CloneFlags::CLONE_NEWNET))?;
    // Its threads are started by this one, and so are in the same network.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime =
        runtime.map_err(|source| NetnsError::Network { doing: "starting its runtime", source: source.into() })?;
    runtime.block_on(async {
        network::set_up().await?;
        Ok(work().await)
    })
}
