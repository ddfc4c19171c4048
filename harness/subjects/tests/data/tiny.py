"""A tiny gateway that is an adapter, and the one thing in $FAULT that it does wrong."""
import http.client, http.server, itertools, json, os, socket, struct, subprocess, sys, threading, time

FAULT = os.environ.get("FAULT", "")
objects, routes, late, state = {}, {}, [], {"dns": None, "listen": None, "server": None}


def lookup(name):
    """The first A record of a name, asked of the one server that may be asked."""
    host, port = state["dns"].rsplit(":", 1)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(2)
        asking.sendto(struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack(">2H", 1, 1), (host, int(port)))
        answer = asking.recv(512)
    return socket.inet_ntoa(answer[-4:])


def endpoints(entry):
    spec = entry["spec"]
    if spec["resolution"] == "DNS":
        return [(lookup(spec["hosts"][0]), spec["ports"][0]["number"])]
    return [(one["address"], one["ports"]["http"]) for one in spec["endpoints"]]


def build():
    made = {}
    entries = {one["spec"]["hosts"][0]: one for (kind, _), one in objects.items() if kind == "ServiceEntry"}
    for route in (one["spec"] for (kind, _), one in objects.items() if kind == "HTTPRoute"):
        rule = route["rules"][0]
        if "filters" in rule and FAULT != "ignores-filters":
            return None
        made[route["hostnames"][0]] = itertools.cycle(endpoints(entries[rule["backendRefs"][0]["name"]]))
    return made


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        turns = routes.get(self.headers["host"])
        if not turns:
            return self.send_error(404)
        upstream = http.client.HTTPConnection(*next(turns), timeout=5)
        upstream.request("GET", self.path)
        reply = upstream.getresponse()
        body = reply.read()
        self.send_response(reply.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(made):
    routes.clear()
    routes.update(made)


def ready(message):
    made = build()
    if made is None:
        return {"unsupported": "a rule with filters"}
    server = state["server"] = state["server"] or http.server.ThreadingHTTPServer((state["listen"], 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    listeners = {8080: "%s:%d" % server.server_address}
    if FAULT == "early-ready" or FAULT == "old-endpoint" and message["generation"] == 2:
        late.append(made)  # it serves with the next message
    else:
        serve(made)
    if FAULT == "no-listener":
        listeners = {}
    if FAULT == "elsewhere":
        listeners = {8080: "127.0.0.1:%d" % server.server_address[1]}
    return {"generation": message["generation"] + (FAULT == "other-generation"), "listeners": listeners}


def listing():
    found = []
    for at in endpoints(next(one for (kind, _), one in objects.items() if kind == "ServiceEntry")):
        address = "127.9.9.9:80" if FAULT == "lists-another" else "%s:%d" % at
        found.append({"serviceEntry": "certify/static", "host": "static.certify.test", "port": at[1], "endpoint": address,
                      "locality": "", "weight": 1, "priority": 0, "source": ""})
    return {"endpoints": found, "excluded": [], "conditions": []}


def obey(message):
    kind = message["type"]
    if late and kind in ("apply", "stop"):
        serve(late.pop())
    if kind == "hello":
        features = ["lists-endpoints", "settles-dns"] + ["reads-minds"] * (FAULT == "unknown-feature")
        protocol = "sextant.dev/adapter/v9" if FAULT == "other-protocol" else message["protocol"]
        return {"protocol": protocol, "features": features, "profiles": ["kgateway"]}
    if kind == "start":
        state.update(dns=message["dns"], listen=message["listen"])
    if kind == "apply":
        objects.update({(new["kind"], new["metadata"]["name"]): new for new in message["manifests"]})
    if kind == "delete" and FAULT != "keeps-deleted":
        for old in message["objects"]:
            objects.pop((old["kind"], old["name"]))
    if kind == "ready":
        return ready(message)
    if kind == "endpoints":
        return {"error": "what endpoints?"} if FAULT == "lists-nothing" else listing()
    if kind == "dns" and FAULT != "dns-not-asked":
        serve(build())
    if kind == "stop" and state["server"]:
        state["server"].shutdown()
        state["server"].server_close()
    return {}


def go_wrong(message):
    kind = message["type"]
    if FAULT == "ends" and kind == "apply":
        sys.exit("out of memory")
    if FAULT == "silent" and kind == "ready":
        time.sleep(60)
    if FAULT == "garbled" and kind == "start":
        print("listening ...", flush=True)
    if FAULT == "leaves-process" and kind == "stop":
        subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if FAULT == "leaves-listener" and kind == "stop":
        # In a session of its own, so that no group tells of it.
        held = os.dup(state["server"].fileno())
        subprocess.Popen(["sleep", "2"], pass_fds=[held], start_new_session=True, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


for line in sys.stdin:
    message = json.loads(line)
    go_wrong(message)
    reply = {"id": message["id"] + (FAULT == "other-id" and message["type"] == "apply"), **obey(message)}
    print(json.dumps(reply), flush=True)
    if message["type"] == "stop":
        time.sleep(60 if FAULT == "stays" else 0)
        break
