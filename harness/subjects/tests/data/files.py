"""A tiny gateway that reads manifests from files or is handed them, its probe, and the command that hands them over."""
import http.client, http.server, itertools, json, os, pathlib, sys, threading

routes = {}


def endpoints(entries, namespace, ref):
    for entry in entries:
        spec, metadata = entry["spec"], entry["metadata"]
        meant = (metadata["namespace"], metadata["name"]) == (namespace, ref["name"]) or ref["name"] in spec["hosts"]
        port = next((port for port in spec["ports"] if port["number"] == ref["port"]), None)
        if meant and port:
            dialled = port.get("targetPort", port["number"])
            return [(one["address"], one.get("ports", {}).get(port["name"], dialled)) for one in spec["endpoints"]]
    return []


def load(objects):
    """The reason why it cannot be done; None when it is."""
    entries = [one for one in objects if one["kind"] == "ServiceEntry"]
    if bad := [one["spec"].get("resolution") for one in entries if one["spec"].get("resolution") != "STATIC"]:
        return f"resolution {bad[0]}"
    made = {}
    for route in (one for one in objects if one["kind"] == "HTTPRoute"):
        for rule in route["spec"]["rules"]:
            if "filters" in rule:
                return "a rule with filters"
            found = endpoints(entries, route["metadata"]["namespace"], rule["backendRefs"][0])
            for host in route["spec"]["hostnames"]:
                made[host] = itertools.cycle(found)
    routes.clear()
    routes.update(made)


def load_files():
    """The generation that the files hold, and the reason why it cannot be done."""
    folder = pathlib.Path(os.environ["SEXTANT_MANIFESTS"])
    generation = (folder / "generation").read_text().strip()
    return generation, load([json.loads(file.read_text()) for file in folder.glob("*.yaml")])


class Gateway(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", -1

    def do_GET(self):
        turns = routes.get(self.headers["host"])
        if not turns:
            return self.answer(404, b"")
        upstream = http.client.HTTPConnection(*next(turns), timeout=5)
        upstream.request("GET", self.path, headers=dict(self.headers))
        reply = upstream.getresponse()
        self.answer(reply.status, reply.read(), reply.getheaders())

    def do_PUT(self):
        documents = self.rfile.read(int(self.headers["content-length"])).decode().split("---\n")
        reason = load([json.loads(document) for document in documents if document.strip()])
        self.answer(501 if reason else 200, (reason or "").encode())

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Admin(Gateway):
    def do_GET(self):
        generation, reason = load_files()
        stale = generation != self.path.rsplit("=", 1)[1]
        self.answer(503 if stale else 501 if reason else 200, (reason or "").encode())


def ask(method, port, path, body=None):
    """Ends with 0 for a 200, with 3 and the reason for a 501, and with 1 otherwise."""
    asked = http.client.HTTPConnection(os.environ["SEXTANT_LISTEN"], port, timeout=5)
    asked.request(method, path, body)
    reply = asked.getresponse()
    print(reply.read().decode(), file=sys.stderr)
    sys.exit({200: 0, 501: 3}.get(reply.status, 1))


match sys.argv[1:]:
    case ["serve"]:
        # The gateway listens before anybody can ask whether it is ready.
        gateway = http.server.ThreadingHTTPServer((os.environ["SEXTANT_LISTEN"], 8080), Gateway)
        admin = http.server.ThreadingHTTPServer((os.environ["SEXTANT_LISTEN"], 19000), Admin)
        threading.Thread(target=admin.serve_forever, daemon=True).start()
        gateway.serve_forever()
    case ["serve-alone"]:
        alone = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
        print(alone.server_address[1], flush=True)
        alone.serve_forever()
    case ["ready"]:
        ask("GET", 19000, "/ready?generation=" + os.environ["SEXTANT_GENERATION"])
    case ["apply", port]:
        ask("PUT", int(port), "/", sys.stdin.read().encode())
