"""The commands of MIGRATION.md, ROLLBACK.md and the READMEs: what they name is there."""

import re

import manifests
import settings

ROOTS = {"verifluence": "terraform", "plue": "terraform/environments/production"}


def problems(deploy, repository):
    root = deploy / ROOTS[deploy.parent.name]
    declared = set(re.findall(r'(?m)^variable "(\w+)"', (root / "variables.tf").read_text(encoding="utf-8")))
    outputs = {name for path in root.glob("*.tf") for name in re.findall(r'(?m)^output "(\w+)"', path.read_text(encoding="utf-8"))}
    for path in sorted(deploy.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"-var '?(\w+)[= ]", text) + re.findall(r"TF_VAR_(\w+)", text):
            if name not in declared:
                yield f"{path.name}: Terraform has no variable {name}"
        for name in re.findall(r"terraform(?: -chdir=\w+)? output (?:-raw )?(\w+)", text):
            if name not in outputs:
                yield f"{path.name}: Terraform has no output {name}"
        for server, given in re.findall(r"kubectl set env deployment/([a-z-]+)((?: [A-Z_]+(?:=[^\s`]+|-))+)", text):
            for name in settings.unknown(repository, manifests.PACKAGES[server], re.findall(r" ([A-Z_]+)[=-]", given)):
                yield f"{path.name}: {server} reads no variable {name}"
        for name in re.findall(r"docker-compose[a-z.-]*\.yml|kubernetes/[\w/.-]+\.yaml|secrets/\w+|\./[\w-]+\.sh", text):
            if not name.startswith("secrets/") and not (deploy / name).is_file():
                yield f"{path.name}: there is no file {name}"
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if not (repository / "examples" / deploy.parent.name / "deploy" / link).exists():
                yield f"{path.name}: there is nothing at {link}"
    if deploy.parent.name == "plue":
        yield from switches(deploy)


def switches(deploy):
    """What ROLLBACK.md turns stands in the manifests as it is when nothing is rolled back, so that applying them goes forward."""
    text = (deploy / "ROLLBACK.md").read_text(encoding="utf-8")
    for server, name in set(re.findall(r"kubectl set env deployment/([a-z-]+) (PLUE_SIGN_IN|PLUE_OBSERVE|OBSERVE)=", text)):
        manifest = next((deploy / "kubernetes").rglob(f"{server}.yaml")).read_text(encoding="utf-8")
        if not re.search(rf'name: {name}, value: ("false"|edge) ', manifest):
            yield f"ROLLBACK.md turns {name} of {server}, which does not stand in its manifest"
