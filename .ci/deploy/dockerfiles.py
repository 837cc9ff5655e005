"""The Dockerfiles: what they build is there, is what Compose and Kubernetes ask for, and does not run as root."""

import re
import tomllib

import compose
from files import is_pinned, may_hold_a_secret, read_all


def problems(deploy, repository):
    path = deploy / "Dockerfile"
    text = path.read_text(encoding="utf-8")
    stages = re.findall(r"(?m)^FROM (\S+) AS (\S+)$", text)
    names = [name for _, name in stages]
    if len(stages) != len(re.findall(r"(?mi)^FROM\b", text)):
        yield "a stage has no name"
    for image, _ in stages:
        if image not in names and not is_pinned(image):
            yield f"{image} is not pinned to a version"
    for image in re.findall(r"--(?:mount=\S*\b)?from=([^\s,]+)", text):
        if image not in names and not is_pinned(image):
            yield f"{image} is not pinned to a version"
    for name in re.findall(r"(?m)^(?:ENV|ARG) (\w+)", text):
        if may_hold_a_secret(name):
            yield f"{name} is a secret, and would stay in the image"
    if not path.with_name("Dockerfile.dockerignore").is_file():
        yield "there is no Dockerfile.dockerignore: secrets that lie around would come along"

    asked = targets(deploy)
    for target in sorted(asked - set(names)):
        yield f"there is no target {target}"
    for target in sorted(asked & set(names)):
        if not re.search(r"(?m)^USER 65532:65532$", chain(text, stages, target)):
            yield f"{target} runs as root"

    built = binaries(repository)
    packages = re.findall(r"-p ([a-z-]+)", text)
    for package in packages:
        if package not in built:
            yield f"there is no package {package} with a program"
    made = {program for package in packages for program in built.get(package, [])}
    for program in re.findall(r"/programs/([a-z-]+)", text):
        if program not in made:
            yield f"{program} is no program of what is built"
    for source in re.findall(r"(?m)^COPY (?:--chmod=\d+ )?(examples/\S+)", text):
        if not (repository / source).is_file():
            yield f"there is no file {source}"


def chain(text, stages, target):
    """The instructions of a stage, and of those it begins with."""
    parent = dict((name, image) for image, name in stages)
    instructions = ""
    while target in parent:
        instructions += re.split(r"(?m)^FROM ", text.split(f" AS {target}\n", 1)[1])[0]
        target = parent[target]
    return instructions


def targets(deploy):
    if (deploy / "docker-compose.yml").exists():
        services = compose.together(deploy, [])["services"].values()
        return {service["build"]["target"] for service in services if "build" in service}
    documents = [document for path in (deploy / "kubernetes").rglob("*.yaml") for document in read_all(path)]
    containers = [container for document in documents if document.get("kind") == "Deployment"
                  for container in document["spec"]["template"]["spec"]["containers"]]
    return {container["name"] for container in containers}


def binaries(repository):
    found = {}
    for manifest in repository.glob("examples/*/*/Cargo.toml"):
        package = tomllib.loads(manifest.read_text(encoding="utf-8"))
        if package.get("bin"):
            found[package["package"]["name"]] = [program["name"] for program in package["bin"]]
    return found
