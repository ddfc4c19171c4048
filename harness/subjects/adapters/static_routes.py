"""What the nginx and HAProxy adapters share: manifests read into hosts, paths and servers."""
import ipaddress, itertools, math

objects = {}

class Unsupported(Exception): pass

def only(what, value, *known):  # a field that is not known makes the scenario a skipped one
    if extra := sorted(set(value) - set(known)):
        raise Unsupported(f"{what} with {', '.join(extra)}")
    return value

def need(holds, otherwise):
    if not holds:
        raise Unsupported(otherwise)

def servers(entry, number):
    """(address, port, weight) of each endpoint behind one port of a ServiceEntry; None when it has no such port."""
    spec = only("a ServiceEntry", entry["spec"], "hosts", "ports", "resolution", "endpoints", "location")
    need(not entry["metadata"].get("annotations"), "a ServiceEntry with annotations")
    need(spec.get("resolution") == "STATIC", f"resolution {spec.get('resolution', 'NONE')}")
    port = next((port for port in spec.get("ports", []) if port["number"] == number), None)
    if port is None:
        return None
    need(port.get("protocol") in ("HTTP", "TCP"), f"protocol {port.get('protocol')}")
    found = []
    for one in spec.get("endpoints", []):
        only("an endpoint", one, "address", "ports", "locality", "labels", "weight")
        try:
            address = ipaddress.ip_address(one["address"])
        except (KeyError, ValueError):
            raise Unsupported("an endpoint that is no address") from None
        dialled = one.get("ports", {}).get(port["name"], port.get("targetPort", number))
        found.append((f"[{address}]" if address.version == 6 else str(address), dialled, one.get("weight") or 1))
    return found

def backend(ref, namespace):
    only("a backendRef", ref, "group", "kind", "name", "port", "weight")
    kind = ref.get("kind", "Service")
    need(kind in ("ServiceEntry", "Hostname"), f"a backendRef to a {kind}")
    entries = [(at[1:], entry) for at, entry in objects.items() if at[0] == "ServiceEntry"]
    names = lambda entry: {host.lower() for host in entry["spec"]["hosts"]}
    by_host = lambda entry: kind == "Hostname" and ref["name"].lower() in names(entry)
    found = [entry for at, entry in entries if kind == "ServiceEntry" and at == (namespace, ref["name"]) or by_host(entry)]
    shared = {host for entry in found for host in names(entry)}
    need(sum(bool(shared & names(entry)) for _, entry in entries) <= 1, "a host of several ServiceEntries")
    return servers(found[0], ref.get("port")) if found else None

def target(refs, namespace):
    """A status to answer with, or the servers of all backendRefs with the weight of each among all of them."""
    shares = [(ref.get("weight", 1), backend(ref, namespace)) for ref in refs if ref.get("weight", 1) > 0]
    if all(listed is None for _, listed in shares):
        return 500
    if len(shares) == 1 and not shares[0][1]:
        return 503
    need(all(listed for _, listed in shares), "a share for a backend without endpoints")
    totals = [sum(weight for *_, weight in listed) for _, listed in shares]
    common = math.lcm(*totals)
    flat = [(at, port, share * weight * common // total)
            for (share, listed), total in zip(shares, totals) for at, port, weight in listed]
    divisor = math.gcd(*(weight for *_, weight in flat))
    return [(at, port, weight // divisor) for at, port, weight in flat]

def read():
    """The Gateway's ports, and {host or None: {path prefix: target}}."""
    ports, hosts, gateways = set(), {}, [at for at in objects if at[0] == "Gateway"]
    need(len(gateways) <= 1, "several Gateways")
    for (kind, namespace, name), manifest in objects.items():
        if kind == "Gateway":
            for one in only("a Gateway", manifest["spec"], "gatewayClassName", "listeners")["listeners"]:
                ports.add(only("a listener", one, "name", "protocol", "port", "allowedRoutes")["port"])
                need(one["protocol"] == "HTTP", f"a listener of protocol {one['protocol']}")
                allowed = only("allowedRoutes", one.get("allowedRoutes", {}), "namespaces").get("namespaces", {})
                asked = {at[1] for at in objects if at[0] == "HTTPRoute"} - {namespace}
                need(not asked or only("namespaces", allowed, "from").get("from") == "All", "a route that may not attach")
        elif kind == "HTTPRoute":
            spec = only("an HTTPRoute", manifest["spec"], "parentRefs", "hostnames", "rules")
            for ref in spec.get("parentRefs", []):
                only("a parentRef", ref, "group", "kind", "name", "namespace")
                need(("Gateway", ref.get("namespace", namespace), ref["name"]) in gateways, "a parent that is not the Gateway")
            for host, rule in itertools.product(spec.get("hostnames", [None]), spec.get("rules", [])):
                need(not (host or "").startswith("*"), "a wildcard hostname")
                need(only("a rule", rule, "name", "matches", "backendRefs").get("backendRefs"), "a rule without backendRefs")
                for match in rule.get("matches", [{}]):
                    path = only("a match", match, "path").get("path", {})
                    need(path.get("type", "PathPrefix") == "PathPrefix", f"a path match of type {path.get('type')}")
                    value = path.get("value", "/").rstrip("/")
                    need(value not in hosts.setdefault(host, {}), "two rules for one path")
                    hosts[host][value] = target(rule["backendRefs"], namespace)
        elif kind not in ("ServiceEntry", "GatewayClass", "Namespace", "Node"):
            raise Unsupported(f"objects of kind {kind}")
    return ports, hosts
