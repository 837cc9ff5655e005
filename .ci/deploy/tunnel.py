"""config.yml of the tunnel: a model of cloudflared's keys, and rules on what stands in them."""

import re
from pathlib import Path

import compose
from files import against, read

SCHEMA = Path(__file__).with_name("cloudflared.schema.json")
# Behind Access at the edge, so also in the rule.
BEHIND_ACCESS = {"admin-api"}


def problems(deploy, _):
    config = read(deploy / "config.yml")
    yield from against(SCHEMA, deploy / "config.yml")
    services = compose.together(deploy, [])["services"]
    *before, last = config.get("ingress") or [{}]
    if set(last) != {"service"} or last["service"] != "http_status:404":
        yield "config.yml: the last rule is not the one that answers all other hosts with 404"
    for rule in before:
        if "hostname" not in rule:
            yield f"config.yml: {rule.get('service')} takes every host, and the rules behind it none"
        target = re.fullmatch(r"http://([a-z-]+):(\d+)", rule.get("service", ""))
        listen = services.get(target[1], {}).get("environment", {}).get("LISTEN", "") if target else ""
        if target is None or listen.rpartition(":")[2] != target[2]:
            yield f"config.yml: no server listens at {rule.get('service')}"
            continue
        asks = bool(rule.get("originRequest", {}).get("access"))
        if asks != (target[1] in BEHIND_ACCESS):
            yield f"config.yml: {target[1]} is {'' if asks else 'not '}behind `access`, in its rule"
    yield from same_rules(deploy, config)


def same_rules(deploy, config):
    """Terraform has the rules once more, for a tunnel that is managed at Cloudflare."""
    text = (deploy / "terraform/tunnel.tf").read_text(encoding="utf-8")
    elsewhere = re.findall(r'service\s+= "([^"]+)"', text)
    here = [rule.get("service") for rule in config.get("ingress") or []]
    if here != elsewhere:
        yield f"config.yml leads to {here}, and Terraform's rules to {elsewhere}"
