"""HAProxy as a subject: each ready starts a process, which takes over from the one before."""
import pathlib, socket, subprocess, sys, tempfile, time
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from conversation import converse
from static_routes import Unsupported

folder = tempfile.TemporaryDirectory(prefix="sextant-haproxy-")
file = pathlib.Path(folder.name, "haproxy.cfg")
running = None

def backend(number, target):
    if isinstance(target, int):
        return f"backend b{number}\n  http-request return status {target}\n"
    if max(weight for *_, weight in target) > 256:
        raise Unsupported("weights above 256 once those of backends and endpoints are multiplied")
    lines = "".join(f"  server s{n} {at}:{port} weight {weight}\n" for n, (at, port, weight) in enumerate(target))
    return f"backend b{number}\n  balance roundrobin\n{lines}"

def configuration(listeners, hosts):
    backends, uses = [backend(0, 404)], []
    for host, paths in sorted(hosts.items(), key=lambda one: one[0] is None):  # rules without a host come last
        named = f"{{ req.hdr(host),field(1,:),lower -m str {host} }} " if host else ""
        for path in sorted(paths, key=len, reverse=True):
            exact = [f"{{ path -m str {path} }}"] if path else []
            uses += [f"  use_backend b{len(backends)} if {named}{it}\n" for it in exact + [f"{{ path -m beg {path}/ }}"]]
            backends.append(backend(len(backends), paths[path]))
        if host:  # a host's own rules are all it has
            uses.append(f"  use_backend b0 if {named}\n")
    binds = "".join(f"  bind {at}\n" for at in listeners.values())
    front = f"frontend gateway\n{binds}{''.join(uses)}  default_backend b0\n" if listeners else ""
    return ("global\n  hard-stop-after 1s\ndefaults\n  mode http\n  retries 0\n  timeout connect 5s\n  timeout client 30s\n"
            f"  timeout server 30s\n{front}{''.join(backends)}")

def accepts(at):
    address, port = at.rsplit(":", 1)
    try:
        socket.create_connection((address, int(port)), 1).close()
        return True
    except OSError:
        return False

def serve(listeners, hosts):
    global running
    file.write_text(configuration(listeners, hosts))
    if not listeners:
        return stop()  # HAProxy does not run without a listener
    tried = subprocess.run(["haproxy", "-c", "-f", str(file)], stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
    if tried.returncode:
        raise RuntimeError(f"HAProxy refuses its configuration: {tried.stderr.strip()}")
    before, takes_over = running, ["-sf", str(running.pid)] if running else []
    command = ["haproxy", "-db", "-f", str(file), *takes_over]
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if before:
        before.wait()  # nothing older serves
    while not all(map(accepts, listeners.values())):  # Sextant's deadline ends this
        if running.poll() is not None:
            raise RuntimeError(f"HAProxy ended with {running.returncode}")
        time.sleep(0.005)

def stop():
    global running
    if running:
        running.kill()
        running.wait()
        running = None

converse(serve, stop)
folder.cleanup()
