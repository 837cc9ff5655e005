"""Verifluence's Compose files: the schema of Compose, and rules of our own on what is put together from them."""

import ipaddress
import re
from importlib import resources

import settings
from files import against, is_pinned, may_hold_a_secret, read

SCHEMA = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
BASE = "docker-compose.yml"
# What is put on top of it, alone and together.
FORMS = [
    [], ["docker-compose.ha.yml"], ["docker-compose.local-tunnel.yml"], ["docker-compose.both.yml"],
    ["docker-compose.ha.yml", "docker-compose.both.yml"],
]
# The service, its package, and the variable by which it says where its health is.
SERVERS = {
    "api": ("examples/verifluence/api", "HEALTH_LISTEN"),
    "admin-api": ("examples/verifluence/admin-api", "HEALTH_LISTEN"),
    "kick-server": ("examples/verifluence/kick-server", "ADMIN_LISTEN"),
}
MIGRATION = {"migrate": ("examples/verifluence/database", None)}
ONCE = {"migrate", "users"}
# What there are rules for. Whatever else a service may have opens it, or takes files from elsewhere.
LOOKED_AT = {
    "build", "cap_drop", "command", "configs", "depends_on", "environment", "healthcheck", "image", "networks", "ports",
    "read_only", "restart", "secrets", "security_opt", "stop_grace_period", "user", "volumes",
}
TOP = {"configs", "name", "networks", "secrets", "services", "volumes"}


def problems(deploy, repository):
    known = {BASE, *(name for form in FORMS for name in form)}
    for path in sorted(deploy.glob("*compose*.y*ml")):
        yield from against(SCHEMA, path)
        if path.name not in known:
            yield f"{path.name}: nothing says what it is put on top of"
    for form in FORMS:
        whole = together(deploy, form)
        for problem in rules(whole, repository):
            yield f"{' + '.join([BASE, *form])}: {problem}"
    yield from variables(deploy)


def together(deploy, form):
    """As Compose puts files together: mappings are merged, lists of secrets and configs are joined, the rest is replaced."""
    whole = read(deploy / BASE)
    for name in form:
        layer = read(deploy / name)
        for service in layer.get("services", {}).values():
            extended = service.pop("extends", None)
            if extended is not None:
                service.update(merged(read(deploy / extended["file"])["services"][extended["service"]], service))
        whole = merged(whole, layer)
    return whole


def merged(below, above):
    if isinstance(below, dict) and isinstance(above, dict):
        return {key: merged(below.get(key), above[key]) if key in above else below[key] for key in {**below, **above}}
    if isinstance(below, list) and isinstance(above, list):
        return below + above
    return below if above is None else above


def rules(whole, repository):
    for key in sorted(key for key in whole if key not in TOP and not key.startswith("x-")):
        yield f"{key} has no rule"
    services = whole["services"]
    daemons = [name for name in services if name.startswith("cloudflared")]
    for name, service in services.items():
        yield from (f"{name}: {problem}" for problem in of_each(name, service, whole))
    for name, (package, health) in {**SERVERS, **MIGRATION}.items():
        service = services[name]
        for unknown in settings.unknown(repository, package, service["environment"]):
            yield f"{name}: it reads no variable {unknown}"
        if health is not None and service.get("networks"):
            yield from (f"{name}: {problem}" for problem in of_servers(name, service, daemons, services))
            readme = (repository / package / "README.md").read_text(encoding="utf-8")
            port = re.search(rf"`{health}` \| `127\.0\.0\.1:(\d+)`", readme)[1]
            if service["healthcheck"]["test"] != ["CMD", "ready", port]:
                yield f"{name}: its health is at port {port}, and asked for elsewhere"
    yield from boundaries(services, whole["networks"], daemons)


def of_each(name, service, whole):
    for key in sorted(set(service) - LOOKED_AT):
        yield f"{key} has no rule"
    for volume in service.get("volumes", []):
        if str(volume).partition(":")[0] not in whole.get("volumes", {}):
            yield f"{volume} is no volume of its own"
    if service.get("cap_drop") != ["ALL"] and name != "database":
        yield "it has rights that it does not need"
    for port in service.get("ports", []):
        host = port.get("host_ip", "") if isinstance(port, dict) else str(port).rpartition(":")[0].rpartition(":")[0]
        if name != "database" or host != "127.0.0.1":
            yield f"it publishes {port}: nothing may but the database, on 127.0.0.1"
    if not service.get("networks"):
        yield "it has no networks of its own"
    image = service["image"]
    if not (is_pinned(image) or ("build" in service and image.endswith(":${VERSION:?}"))):
        yield f"{image} is not pinned to a version"
    for variable, value in (service.get("environment") or {}).items():
        if may_hold_a_secret(variable):
            yield f"{variable} is a secret in the environment: give it as a file"
        if variable.endswith("_FILE") and value.removeprefix("/run/secrets/") not in service.get("secrets", []):
            yield f"{variable} names {value}, which it is not given"
    words = service.get("command", "")
    if "--token-file" not in words and re.search(r"--token\b|eyJ", str(words)):
        yield "the token stands in its command"
    for path in re.findall(r"/run/secrets/(\w+)", str(words)):
        if path not in service.get("secrets", []):
            yield f"its command names {path}, which it is not given"
    for secret in service.get("secrets", []):
        if secret not in whole.get("secrets", {}):
            yield f"there is no secret {secret}"
    if name in ONCE:
        if service.get("restart") != "no":
            yield "it is to run once"
    elif service.get("restart") != "unless-stopped" or "healthcheck" not in service:
        yield "it is not restarted, or nobody asks whether it works"


def of_servers(name, service, daemons, services):
    (tunnel,) = (network for network in service["networks"] if network.startswith("tunnel-")) or (None,)
    own = service["networks"][tunnel].get("ipv4_address")
    allowed = set(service["environment"].get("TUNNEL_FROM", "").split(","))
    there = {services[daemon]["networks"].get(tunnel, {}).get("ipv4_address") for daemon in daemons}
    if allowed != there:
        yield f"TUNNEL_FROM has {', '.join(sorted(allowed))}, and the tunnel's daemons are {there}"
    if service["environment"].get("LISTEN", "").rpartition(":")[0] != own:
        yield f"it does not listen on its own address {own} in {tunnel}"
    needs = service.get("depends_on", {})
    done = {need for need, how in needs.items() if how.get("condition") == "service_completed_successfully"}
    after = {need for first in done for need in services[first].get("depends_on", {})} | done
    if "migrate" not in after:
        yield "it does not wait for the migration"


def boundaries(services, networks, daemons):
    members = {network: sorted(name for name in services if network in services[name].get("networks", {})) for network in networks}
    for network, names in members.items():
        meant = (set(names) - set(daemons)) if network.startswith("tunnel-") else (set(names) - {"database"})
        if len(meant - ONCE) > 1:
            yield f"{network}: {', '.join(names)} reach each other"
        if set(daemons) & set(names) and "database" in names:
            yield f"{network}: the tunnel reaches the database"
        if network.startswith(("tunnel-", "database-")) and network != "tunnel-out" and not networks[network].get("internal"):
            yield f"{network}: it leads to the Internet"
        addresses = [services[name]["networks"][network].get("ipv4_address") for name in names] if network.startswith("tunnel-") and network != "tunnel-out" else []
        for address in addresses:
            subnet = ipaddress.ip_network(networks[network]["ipam"]["config"][0]["subnet"])
            if address is None or ipaddress.ip_address(address) not in subnet or addresses.count(address) > 1:
                yield f"{network}: {address} is no address of one member alone"


def variables(deploy):
    text = "".join(path.read_text(encoding="utf-8") for path in deploy.glob("docker-compose*.yml"))
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    example = (deploy / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) - {"COMPOSE_FILE"}
    for name in sorted(used ^ named):
        yield f".env.example and the Compose files do not both have {name}"
    for name in sorted(filter(may_hold_a_secret, named)):
        yield f".env.example: {name} is a secret in the environment"
