"""A gateway and its adapter on one page: HTTPRoutes by host and path prefix to STATIC ServiceEntries with endpoints."""
import http.client, http.server, itertools, json, re, sys, threading

KNOWN = re.compile(r"""  # every field that this gateway understands; a manifest that says more makes a scenario a skipped one
    Gateway\.(gatewayClassName|listeners\.(name|port|protocol=HTTP$|allowedRoutes\.namespaces\.from=(All|Same)$))\b
    |HTTPRoute\.(parentRefs\.(group|kind=Gateway$|name)\b|hostnames=[^*]|rules\.(name\b|matches\.path\.(type=PathPrefix$|value)\b
       |backendRefs\.(group|kind=(ServiceEntry|Hostname)$|name|port|weight)\b))
    |ServiceEntry\.(hosts|location|resolution=STATIC$|ports\.(name|number|targetPort|protocol=(HTTP|TCP)$)
       |endpoints\.(address=([\d.]+|[\da-f.]*:[\da-f.:]*)$|ports|locality|labels))\b
    |(GatewayClass|Namespace|Node)\b|(Gateway|HTTPRoute|ServiceEntry)\.=""", re.VERBOSE)
objects, servers, rules, lock, listen = {}, {}, [], threading.Lock(), None
class Unsupported(Exception): pass

def leaves(value, where):
    if not isinstance(value, (dict, list)):
        return [f"{where}={value}"]
    inner = [(f"{where}.{key}", value[key]) for key in value] if isinstance(value, dict) else [(where, one) for one in value]
    return [leaf for at, one in inner for leaf in leaves(one, at)]

def endpoints(entry, number):
    """Addresses behind one port of a ServiceEntry, which take turns; None when there is no such port."""
    if "resolution" not in entry["spec"]:
        raise Unsupported("a ServiceEntry without resolution")
    for port in (port for port in entry["spec"].get("ports", []) if port["number"] == number):
        listed, dialled = entry["spec"].get("endpoints", []), port.get("targetPort", number)
        return itertools.cycle([(one["address"], one.get("ports", {}).get(port["name"], dialled)) for one in listed] or [None])
def backend(ref, namespace):
    host = ref["name"].lower() if ref.get("kind") == "Hostname" else None
    found = [entry for (kind, *at), entry in objects.items() if kind == "ServiceEntry"
             and (host in map(str.lower, entry["spec"]["hosts"]) if host else at == [namespace, ref["name"]])]
    if "kind" not in ref or len(found) > 1:
        raise Unsupported("a backendRef to a Service, or a host of several ServiceEntries")
    return [endpoints(found[0], ref.get("port")) if found else None] * ref.get("weight", 1)
def build():
    for (kind, *_), manifest in objects.items():
        said = leaves({"": "", **manifest.get("spec", {}), "annotations": manifest["metadata"].get("annotations", {})}, kind)
        if unknown := [leaf for leaf in said if not KNOWN.match(leaf)]:
            raise Unsupported(unknown[0])
    gateways, made = [at for at in objects if at[0] == "Gateway"], []
    for namespace, route in ((at[1], manifest["spec"]) for at, manifest in objects.items() if at[0] == "HTTPRoute"):
        if [("Gateway", namespace, ref["name"]) for ref in route.get("parentRefs", [])] != gateways:
            raise Unsupported("an HTTPRoute whose parent is not the only Gateway, in its own namespace")
        for host, rule in itertools.product(route.get("hostnames", [None]), route.get("rules", [])):
            if not rule.get("backendRefs"):
                raise Unsupported("a rule without backendRefs")
            shares = itertools.cycle(sum((backend(ref, namespace) for ref in rule["backendRefs"]), []) or [None])
            for match in rule.get("matches", [{}]):
                made.append((host, match.get("path", {}).get("value", "/").rstrip("/"), shares))
    ports = {listener["port"] for at in gateways for listener in objects[at]["spec"]["listeners"]}
    return ports, sorted(made, key=lambda rule: (rule[0] is None, -len(rule[1])))

class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", -1
    def do_GET(self):
        host, path = self.headers.get("host", "").split(":")[0].lower(), self.path.split("?")[0]
        with lock:  # whoever comes next has the next turn
            rule = next((r for r in rules if r[0] in (host, None) and (path + "/").startswith(r[1] + "/")), None)
            address = (share := rule and next(rule[2])) and next(share)
        if not address:
            return self.answer(404 if not rule else 503 if share else 500, {}, b"no healthy upstream" if share else b"")
        try:
            upstream = http.client.HTTPConnection(*address, timeout=10)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            upstream.request(self.command, self.path, body, dict(self.headers))
            reply = upstream.getresponse()
            self.answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        except OSError as fault:
            self.answer(503, {}, f"upstream: {fault}".encode())
    do_POST = do_PUT = do_DELETE = do_GET
    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in {**headers, "content-length": len(body), "transfer-encoding": None, "connection": None}.items():
            value is None or self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
def obey(message):
    for new in message.get("manifests", []):
        objects[new["kind"], new["metadata"].get("namespace", ""), new["metadata"]["name"]] = new
    for old in message.get("objects", []):
        objects.pop((old["kind"], old["namespace"], old["name"]), None)
    if message["type"] != "ready":
        return {"protocol": message["protocol"], "profiles": ["kgateway"]} if message["type"] == "hello" else {}
    ports, made = build()
    for port in ports - set(servers):
        servers[port] = http.server.ThreadingHTTPServer((listen, 0), Proxy)
        threading.Thread(target=servers[port].serve_forever, daemon=True).start()
    with lock:
        rules[:] = made
    return {"generation": message["generation"], "listeners": {port: "%s:%d" % servers[port].server_address for port in ports}}

for message in map(json.loads, sys.stdin):
    listen = message.get("listen", listen)
    try:
        reply = obey(message)
    except Unsupported as reason:
        reply = {"unsupported": str(reason)}
    print(json.dumps({"id": message["id"], **reply}), flush=True)
    if message["type"] == "stop":
        break
