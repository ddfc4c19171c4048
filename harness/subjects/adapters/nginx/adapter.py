"""nginx as a subject: each ready writes a configuration, and reloads."""
import os, pathlib, signal, subprocess, sys, tempfile, time
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from conversation import converse

folder = tempfile.TemporaryDirectory(prefix="sextant-nginx-")
file = pathlib.Path(folder.name, "nginx.conf")
nginx = ["nginx", "-p", folder.name, "-e", "stderr", "-c", str(file)]
master = None

def location(path, target, upstreams):
    if isinstance(target, int):
        act = f'return {target};'
    else:
        lines = " ".join(f"server {at}:{port} weight={weight} max_fails=0;" for at, port, weight in target)
        upstreams.append(f"upstream u{len(upstreams)} {{ {lines} }}")
        act = f"proxy_pass http://u{len(upstreams) - 1};"
    exact = f'location = "{path}" {{ {act} }}\n' if path else ""
    return f'{exact}location "{path}/" {{ {act} }}\n'

def configuration(listeners, hosts):
    upstreams, servers = [], []
    for host, paths in {None: {}, **hosts}.items():
        default = "" if host else " default_server"
        listens = "".join(f"listen {at}{default};\n" for at in listeners.values())
        locations = "".join(location(path, target, upstreams) for path, target in paths.items())
        absent = "" if "" in paths else 'location / { return 404; }\n'
        servers.append(f'server {{\n{listens}server_name "{host or ""}";\nerror_page 502 =503 @gone;\n'
                       f"location @gone {{ return 503; }}\n{locations}{absent}}}")
    user = "user root;\n" if os.geteuid() == 0 else ""
    places = "".join(f"{one}_temp_path {one};\n" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    http = "\n".join(upstreams + (servers if listeners else []))
    return (f"{user}daemon off;\npid nginx.pid;\nworker_processes 1;\nevents {{}}\nhttp {{\naccess_log off;\n{places}"
            "merge_slashes off;\nproxy_http_version 1.1;\nproxy_set_header Host $http_host;\nproxy_set_header Connection \"\";\n"
            f"proxy_next_upstream off;\n{http}\n}}\n")

def workers():
    """Process id of each worker that still accepts: one that ends says so in its title before it accepts anything else."""
    found = set()
    for pid in pathlib.Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split():
        try:
            title = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if title.startswith(b"nginx: worker process") and b"shutting down" not in title:
            found.add(pid)
    return found

def serve(listeners, hosts):
    global master
    file.write_text(configuration(listeners, hosts))
    tried = subprocess.run([*nginx, "-t"], stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
    if tried.returncode:
        raise RuntimeError(f"nginx refuses its configuration: {tried.stderr.strip()}")
    before = workers() if master else set()
    if master:
        master.send_signal(signal.SIGHUP)
    else:
        master = subprocess.Popen(nginx, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    while not (now := workers()) or now & before:  # Sextant's deadline ends this
        if master.poll() is not None:
            raise RuntimeError(f"nginx ended with {master.returncode}")
        time.sleep(0.005)

def stop():
    if master:
        master.send_signal(signal.SIGTERM)
        master.wait()

converse(serve, stop)
folder.cleanup()
