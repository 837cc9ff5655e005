"""The step `deploy`: check.py SCRATCH VECTORS, where VECTORS is a folder or `none`."""

import shutil
import sys
from pathlib import Path

import compose
import dockerfiles
import documents
import manifests
import near_misses
import probe
import secret_files
import terraform
import tunnel

REPOSITORY = Path(__file__).resolve().parents[2]
CHECKS = {
    "verifluence": [compose.problems, tunnel.problems, dockerfiles.problems, documents.problems],
    "plue": [manifests.problems, dockerfiles.problems, documents.problems],
}


def problems(tree, systems=tuple(CHECKS)):
    for system in systems:
        for check in CHECKS[system]:
            yield from (f"{system}/deploy: {problem}" for problem in check(tree / system / "deploy", REPOSITORY))


def main(scratch, vectors):
    tree = scratch / "tree"
    for system in CHECKS:
        shutil.copytree(REPOSITORY / "examples" / system / "deploy", tree / system / "deploy",
                        ignore=shutil.ignore_patterns(".terraform*", "secrets", ".env", "*.tfstate*", "*.tfvars"))
    found = list(problems(tree))
    if found:
        raise SystemExit("\n".join(found))
    print("   Compose, tunnel, Kubernetes and images: nothing is wrong")
    for name, before, after, words in near_misses.ALL:
        refuse(tree, name, before, after, words)
    print(f"   and {len(near_misses.ALL)} near misses are refused")
    secret_files.check(tree / "verifluence/deploy")
    probe.check(tree / "verifluence/deploy/ready.sh")

    if vectors == "none":
        print("WITHOUT THIRD-PARTY VECTORS (EDGEPROOF_VECTORS=none): Terraform is left out, since its schemas are among them")
        return
    terraform.check(terraform.Terraform(scratch, Path(vectors)), tree)


def refuse(tree, name, before, after, words):
    file = tree / name
    text = None if before is None else file.read_text(encoding="utf-8")
    if text is not None and before not in text:
        raise SystemExit(f"{name} has no {before!r}: the near miss misses nothing")
    file.write_text(after if text is None else text.replace(before, after), encoding="utf-8")
    told = list(problems(tree, [name.split("/")[0]]))
    if text is None:
        file.unlink()
    else:
        file.write_text(text, encoding="utf-8")
    if not any(words in problem for problem in told):
        raise SystemExit(f"{name} with {after!r} for {before!r} is accepted, or for another reason refused: {told}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
