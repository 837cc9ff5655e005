"""Plue's Kubernetes manifests: the schemas of Kubernetes, and rules of our own."""

import json
import re
from functools import cache
from pathlib import PurePosixPath

import kubernetes_validate

import settings
from files import is_pinned, may_hold_a_secret, read_all

VERSION = "1.31"
PACKAGES = {"origin": "examples/plue/origin", "git-ssh": "examples/plue/git-ssh", "edge": "examples/plue/edge"}
# Ports that are for the inside: health and state of the servers, and sshd's own.
INSIDE = {8081, 8082, 2022}
# What there are rules for, or what opens nothing.
KINDS = {"Deployment", "NetworkPolicy", "PersistentVolumeClaim", "PodDisruptionBudget", "Service"}
VOLUMES = {"emptyDir", "persistentVolumeClaim", "secret", "configMap"}
RIGHTS = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def problems(deploy, repository):
    workloads, services = {}, {}
    for path in sorted((deploy / "kubernetes").rglob("*.yaml")):
        for document in read_all(path):
            where = str(path.relative_to(deploy))
            if path.name.endswith("-patch.yaml"):
                yield from (f"{where}: {problem}" for problem in of_patch(document, repository))
                continue
            unlike = against_kubernetes(json.dumps(document))
            if unlike:
                yield f"{where}: {unlike}"
                continue
            if document["metadata"].get("namespace"):
                yield f"{where}: the namespace is written down; kubectl is told it"
            kind, name = document["kind"], document["metadata"]["name"]
            if kind not in KINDS:
                yield f"{where}: {kind} has no rule"
            if kind == "Deployment":
                workloads[name] = document
                yield from (f"{where}: {problem}" for problem in of_workload(document, repository))
            if kind == "Service":
                services[name] = document
    for name, service in services.items():
        yield from (f"service {name}: {problem}" for problem in of_service(service, workloads, repository))
    for name in ("origin", "git-ssh"):
        if services.get(name, {}).get("spec", {}).get("type") != "LoadBalancer":
            yield f"service {name}: Cloudflare cannot reach it"
    if "origin" in workloads:
        yield from of_authority(workloads["origin"])


@cache
def against_kubernetes(text):
    document = json.loads(text)
    try:
        kubernetes_validate.validate(document, VERSION, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return f"Kubernetes has no {document.get('kind')} of {document.get('apiVersion')}"
    except kubernetes_validate.ValidationError as error:
        return error.message
    return None


def of_workload(document, repository):
    pod = document["spec"]["template"]["spec"]
    if document["spec"]["selector"]["matchLabels"].items() - document["spec"]["template"]["metadata"]["labels"].items():
        yield "it selects other pods than it makes"
    if not pod.get("securityContext", {}).get("runAsNonRoot") or pod.get("hostNetwork"):
        yield "it may run as root, or in the node's network"
    if pod.get("terminationGracePeriodSeconds", 0) <= 25:
        yield "it is killed before it has drained"
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    for volume in pod.get("volumes", []):
        for kind in sorted(set(volume) - {"name"} - VOLUMES):
            yield f"the volume {volume['name']} is a {kind}, of the node or from elsewhere"
    for container in pod["containers"] + pod.get("initContainers", []):
        yield from (f"{container['name']}: {problem}" for problem in of_container(container, volumes, repository))


def of_container(container, volumes, repository):
    if not is_pinned(container["image"]):
        yield f"{container['image']} is not pinned to a version"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield "it publishes a port of the node"
    if container.get("securityContext") != RIGHTS:
        yield "it has rights that it does not need"
    mounts = [PurePosixPath(mount["mountPath"]) for mount in container.get("volumeMounts", [])]
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            yield f"there is no volume {mount['name']}"
        if "subPath" in mount:
            yield f"{mount['mountPath']}: with subPath, a new certificate is never seen"
    given = {variable["name"]: variable.get("value", "") for variable in container.get("env", [])}
    yield from of_variables(container["name"], given, repository)
    for name, value in given.items():
        if value.startswith("/") and PurePosixPath(value).parent not in mounts:
            yield f"{name} names {value}, where nothing is mounted"
    if container["name"] in PACKAGES and not container.get("readinessProbe"):
        yield "it is sent requests before it is ready"


def of_variables(container, given, repository):
    if container in PACKAGES:
        for name in settings.unknown(repository, PACKAGES[container], given):
            yield f"it reads no variable {name}"
    for name in given:
        if may_hold_a_secret(name):
            yield f"{name} is a secret in the environment: give it as a file"
    if "PLUE_DEV_MODE" in given:
        yield "with PLUE_DEV_MODE it does not start"
    if given.get("PLUE_USER_EDGES") and given.get("PLUE_USER_ASSERTION_KEY"):
        yield "who is signed in is told by a certificate or by a signature, and not by both"


def of_service(service, workloads, repository):
    spec = service["spec"]
    pods = [workload["spec"]["template"] for workload in workloads.values()
            if spec["selector"].items() <= workload["spec"]["template"]["metadata"]["labels"].items()]
    if len(pods) != 1:
        yield "it selects no pods, or those of several"
        return
    ports = {port["name"]: port["containerPort"] for container in pods[0]["spec"]["containers"] for port in container.get("ports", [])}
    for port in spec["ports"]:
        target = ports.get(port["targetPort"], port["targetPort"])
        if target in INSIDE or target not in ports.values():
            yield f"port {port['port']} leads to {target}, which is for the inside or not there"
    if spec.get("type") == "NodePort" or spec.get("externalIPs"):
        yield "it is reached past the load balancer"
    if spec.get("type") == "LoadBalancer":
        if spec.get("externalTrafficPolicy") != "Local":
            yield "without externalTrafficPolicy: Local, the node's address takes the place of Cloudflare's"
        if sorted(spec.get("loadBalancerSourceRanges", [])) != sorted(cloudflare(repository)):
            yield "loadBalancerSourceRanges are not the networks that proxy-protocol knows as Cloudflare's"


def of_authority(origin):
    pod = origin["spec"]["template"]["spec"]
    volume = next((volume for volume in pod["volumes"] if volume.get("secret", {}).get("secretName") == "mtls-ca"), {})
    mount = next((mount for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == volume.get("name")), {})
    if mount.get("mountPath") != "/etc/plue/certs" or not mount.get("readOnly"):
        yield "origin: the secret mtls-ca is not mounted at /etc/plue/certs, to be read alone"


def of_patch(document, repository):
    for container in document["spec"]["template"]["spec"]["containers"]:
        given = {variable["name"]: variable.get("value", "") for variable in container["env"] if "$patch" not in variable}
        taken = {variable["name"]: "" for variable in container["env"] if "$patch" in variable}
        yield from of_variables(container["name"], {**given, **taken}, repository)
        for key in sorted(set(container) - {"name", "env"}):
            yield f"{container['name']}: {key} has no rule in a patch"


def cloudflare(repository):
    text = (repository / "proxy-protocol/src/cloudflare.rs").read_text(encoding="utf-8")
    for numbers, length in re.findall(r"Network::v4\(\[([\d, ]+)\], (\d+)\)", text):
        yield f"{numbers.replace(', ', '.')}/{length}"
    for first, second, length in re.findall(r"Network::v6\(\[0x([0-9a-f]+), 0x([0-9a-f]+)[^\]]*\], (\d+)\)", text):
        yield f"{first}:{second}::/{length}"
