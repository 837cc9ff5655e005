"""Terraform: format, initialise, validate and test each root and module against the schemas of its providers."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import misspell

# Which schema stands for which provider, at which version.
PROVIDERS = {"cloudflare": "5.14.0", "kubernetes": "2.38.0"}
HERE = Path(__file__).resolve().parent


class Terraform:
    def __init__(self, scratch, vectors):
        self.program = shutil.which("terraform")
        if self.program is None:
            raise SystemExit("terraform is not there: install it, or set EDGEPROOF_VECTORS=none to do without")
        self.scratch = scratch
        self.mirror = scratch / "mirror"
        configuration = scratch / "terraform.rc"
        configuration.write_text(
            f'disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = "{self.mirror}"\n  }}\n}}\n',
            encoding="utf-8",
        )
        schemas = scratch / "schemas"
        schemas.mkdir()
        for name, version in PROVIDERS.items():
            shutil.copy(vectors / f"infra/terraform-schemas/{name}-v{version}.json", schemas / f"{name}.json")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TF_")},
            # Nothing is read from there, nor left behind.
            "HOME": str(scratch),
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_IN_AUTOMATION": "yes",
            "DEPLOY_SCHEMAS": str(schemas),
        }
        self.platform = json.loads(self.must(scratch, "version", "-json"))["platform"]

    def run(self, folder, *arguments):
        return subprocess.run(
            [self.program, f"-chdir={folder}", *arguments],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )

    def must(self, folder, *arguments):
        done = self.run(folder, *arguments)
        if done.returncode != 0:
            raise SystemExit(f"terraform {' '.join(arguments)} in {folder}:\n{done.stdout}")
        return done.stdout

    def provide(self, folder):
        """Puts the providers that a folder asks for where Terraform looks for them: it says itself under which address."""
        # In a folder without anything else, since it says nothing about one whose modules are not installed.
        with tempfile.TemporaryDirectory(dir=self.scratch) as alone:
            shutil.copy(folder / "versions.tf", alone)
            asked = self.must(alone, "providers", "-no-color")
        for address in set(re.findall(r"provider\[([^\]]+)\]", asked)):
            name = address.rsplit("/", 1)[-1]
            if name not in PROVIDERS:
                raise SystemExit(f"{folder}: there is no schema of the provider {name}")
            version = PROVIDERS[name]
            place = self.mirror / address / version / self.platform
            if place.exists():
                continue
            place.mkdir(parents=True)
            launcher = place / f"terraform-provider-{name}_v{version}"
            launcher.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{HERE}/provider.py' {address}\n", encoding="utf-8")
            launcher.chmod(0o755)

    def prepare(self, folder):
        self.provide(folder)
        self.must(folder, "init", "-backend=false", "-input=false", "-no-color")

    @contextmanager
    def served(self):
        """Providers that serve all runs from here on: starting them is most of what a run does."""
        found, started = {}, []
        try:
            for address in (str(path.relative_to(self.mirror)) for path in self.mirror.glob("*/*/*")):
                provider = subprocess.Popen(
                    [sys.executable, "-u", HERE / "provider.py", address, "--dev"],
                    env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                )
                started.append(provider)
                while not (line := provider.stdout.readline()).startswith("\texport "):
                    if not line:
                        raise SystemExit(f"the provider {address} has not started")
                found.update(json.loads(line.split("'")[1]))
            self.environment["TF_REATTACH_PROVIDERS"] = json.dumps(found)
            yield
        finally:
            self.environment.pop("TF_REATTACH_PROVIDERS", None)
            for provider in started:
                provider.terminate()
                provider.wait()

    def validate(self, folder):
        """What is wrong with a folder that is prepared, in one text."""
        report = json.loads(self.run(folder, "validate", "-json").stdout)
        return "\n".join(f"{found['summary']}: {found['detail']}" for found in report["diagnostics"])


    def test(self, folder):
        """What the tests say, and whether they passed."""
        done = self.run(folder, "test", "-no-color")
        return " ".join(done.stdout.split()), done.returncode == 0


def folders(tree):
    """Each folder with Terraform files in it, from the inside out: modules before who calls them."""
    found = {path.parent for path in tree.rglob("*.tf")}
    return sorted(found, key=lambda folder: ("environments" in folder.parts, folder))


def check(terraform, tree):
    terraform.must(tree, "fmt", "-check", "-recursive", "-diff", "-no-color")
    checked = folders(tree)
    if not checked:
        raise SystemExit(f"{tree} has no Terraform files")
    for folder in checked:
        terraform.prepare(folder)
    with terraform.served():
        for folder in checked:
            passed = check_one(terraform, folder)
            print(f"   terraform {folder.relative_to(tree)}: validated, {passed} tests passed")
        misspell.check(terraform, tree)


def check_one(terraform, folder):
    wrong = terraform.validate(folder)
    if wrong:
        raise SystemExit(f"terraform validate in {folder}:\n{wrong}")
    report = terraform.must(folder, "test", "-no-color")
    # A folder without tests passes as well.
    passed = re.search(r"Success! (\d+) passed, 0 failed", report)
    if passed is None or passed[1] == "0":
        raise SystemExit(f"terraform test in {folder} has tested nothing:\n{report}")
    return passed[1]
