"""What the nginx and HAProxy adapters share: the conversation with Sextant."""
import json, sys
from static_routes import Unsupported, objects, read

def converse(serve, stop):
    """Obeys Sextant. serve(listeners, hosts) returns once they are in force and nothing older is; stop() ends the gateway."""
    listen = None
    for message in map(json.loads, sys.stdin):
        reply, kind = {}, message["type"]
        try:
            if kind == "hello":
                reply = {"protocol": message["protocol"], "features": [], "profiles": ["kgateway"]}
            elif kind == "start":
                listen = message["listen"]
            for new in message.get("manifests", []):
                objects[new["kind"], new["metadata"].get("namespace", ""), new["metadata"]["name"]] = new
            for old in message.get("objects", []):
                objects.pop((old["kind"], old["namespace"], old["name"]), None)
            if kind == "ready":
                ports, hosts = read()
                listeners = {port: f"{listen}:{port + 10000 if port < 1024 else port}" for port in ports}
                serve(listeners, hosts)
                reply = {"generation": message["generation"], "listeners": listeners}
            elif kind == "stop":
                stop()
        except Unsupported as reason:
            reply = {"unsupported": str(reason)}
        except (OSError, RuntimeError) as fault:
            reply = {"error": str(fault)}
        print(json.dumps({"id": message["id"], **reply}), flush=True)
        if kind == "stop":
            break
