"""A gateway and its adapter on one page: HTTPRoutes by host and path prefix to STATIC ServiceEntries with inline endpoints."""
import http.client, itertools, json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
objects, servers, rules, lock = {}, {}, [], threading.Lock()
class Unsupported(Exception): pass
def only(what, value, *known):  # a field that this gateway does not know makes the scenario a skipped one
    if extra := sorted(set(value) - set(known)):
        raise Unsupported(f"{what} with {', '.join(extra)}")
    return value
def endpoints(entry, number):
    """Addresses of one port of a ServiceEntry, which take turns; None when there is no such port."""
    spec = only("a ServiceEntry", entry["spec"], "hosts", "ports", "resolution", "endpoints", "location")
    if spec.get("resolution") != "STATIC":
        raise Unsupported(f"resolution {spec.get('resolution', 'NONE')}")
    for port in (port for port in spec.get("ports", []) if port["number"] == number):
        listed = [only("an endpoint", one, "address", "ports", "locality", "labels") for one in spec.get("endpoints", [])]
        if port.get("protocol") not in ("HTTP", "TCP") or not all(one["address"][-1].isdigit() for one in listed):
            raise Unsupported(f"protocol {port.get('protocol')}, or an endpoint that is no address")
        dialled = port.get("targetPort", number)
        return itertools.cycle([(one["address"], one.get("ports", {}).get(port["name"], dialled)) for one in listed] or [()])
def backend(ref, namespace):
    only("a backendRef", ref, "group", "kind", "name", "port", "weight")
    if (kind := ref.get("kind", "Service")) not in ("ServiceEntry", "Hostname"):
        raise Unsupported(f"a backendRef to a {kind}")
    entries = [(at[1:], entry) for at, entry in objects.items() if at[0] == "ServiceEntry"]
    found = [entry for at, entry in entries if at == (namespace, ref["name"]) or kind == "Hostname" and ref["name"] in entry["spec"]["hosts"]]
    if len(found) > 1:
        raise Unsupported("a host of several ServiceEntries")
    return [endpoints(found[0], ref.get("port")) if found else None] * ref.get("weight", 1)
def build():
    ports, made = set(), []
    for (kind, namespace, _), manifest in objects.items():
        if kind == "Gateway":
            for one in manifest["spec"]["listeners"]:
                ports.add(only("a listener", one, "name", "protocol", "port", "allowedRoutes")["port"])
                only("a listener", one.get("allowedRoutes", {}).get("namespaces", {"from": "All"}), "from")
        elif kind == "HTTPRoute":
            spec = only("an HTTPRoute", manifest["spec"], "parentRefs", "hostnames", "rules")
            for host, rule in itertools.product(spec.get("hostnames", [None]), spec.get("rules", [])):
                if host and host.startswith("*"):
                    raise Unsupported("a wildcard hostname")
                refs = only("a rule", rule, "matches", "backendRefs").get("backendRefs", [{"kind": "nobody"}])
                shares = itertools.cycle(sum((backend(ref, namespace) for ref in refs), []) or [None])
                for match in rule.get("matches", [{}]):
                    path = only("a match", match, "path").get("path", {})
                    if path.get("type", "PathPrefix") != "PathPrefix":
                        raise Unsupported(f"a path match of type {path['type']}")
                    made.append((host, path.get("value", "/").rstrip("/"), shares))
        elif kind not in ("ServiceEntry", "GatewayClass", "Namespace", "Node"):
            raise Unsupported(f"objects of kind {kind}")
    return ports, sorted(made, key=lambda rule: (rule[0] is None, -len(rule[1])))
class Proxy(BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", -1
    def do_GET(self):
        host, path = self.headers.get("host", "").split(":")[0].lower(), self.path.split("?")[0]
        with lock:  # whoever comes next has the next turn
            rule = next((r for r in rules if r[0] in (host, None) and (path + "/").startswith(r[1] + "/")), None)
            share = next(rule[2]) if rule else None
            address = next(share) if share else None
        if not address:
            return self.answer(404 if not rule else 503 if share else 500, {}, b"no healthy upstream" if share else b"")
        try:
            upstream = http.client.HTTPConnection(*address, timeout=10)
            upstream.request("GET", self.path, headers=dict(self.headers))
            reply = upstream.getresponse()
            self.answer(reply.status, dict(reply.getheaders()), reply.read())
        except OSError:
            self.answer(503, {}, b"")
    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name in (name for name in headers if name.lower() not in ("connection", "content-length", "transfer-encoding")):
            self.send_header(name, headers[name])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
def obey(message):
    global rules
    if message["type"] == "hello":
        return {"protocol": message["protocol"], "features": [], "profiles": ["kgateway"]}
    obey.listen = message.get("listen") or getattr(obey, "listen", None)
    for new in message.get("manifests", []):
        objects[new["kind"], new["metadata"].get("namespace", ""), new["metadata"]["name"]] = new
    for old in message.get("objects", []):
        objects.pop((old["kind"], old["namespace"], old["name"]), None)
    if message["type"] == "ready":
        ports, made = build()
        for port in ports - set(servers):
            servers[port] = ThreadingHTTPServer((obey.listen, 0), Proxy)
            threading.Thread(target=servers[port].serve_forever, daemon=True).start()
        with lock:
            rules = made
        at = {port: f"{obey.listen}:{servers[port].server_address[1]}" for port in ports}
        return {"generation": message["generation"], "listeners": at}
    return {}
for message in map(json.loads, sys.stdin):
    try:
        reply = obey(message)
    except Unsupported as reason:
        reply = {"unsupported": str(reason)}
    print(json.dumps({"id": message["id"], **reply}), flush=True)
    if message["type"] == "stop":
        break
