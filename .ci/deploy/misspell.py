"""Near misses in Terraform: each name of an attribute misspelt, and some values; alone, on a copy of the files that pass.

`validate` does not see all of them: in the value of an attribute Terraform drops a name that the provider does not know.
So the tests have to miss what is not there.
"""

import re
from concurrent.futures import ThreadPoolExecutor

NOT_SENT = {"variables.tf", "versions.tf"}

# A file, what is changed in it, and what Terraform must say.
VALUES = [
    ("verifluence/deploy/terraform/access.tf", 'decision   = "allow"\n', "", "Missing required argument"),
    ("verifluence/deploy/terraform/tunnel.tf", "team_name = var.team_name\n", "", 'attribute "team_name" is required'),
    ("verifluence/deploy/terraform/tunnel.tf", "required  = true", "required  = false", "asks for a token of this application"),
    ("verifluence/deploy/terraform/access.tf", "preflight_bypass = true", "preflight_bypass = false", "preflights or cookies"),
    ("plue/deploy/terraform/modules/cloudflare-mtls/main.tf", '"strict"', '"full"', "anybody can be the origin"),
    ("plue/deploy/terraform/modules/cloudflare-mtls/main.tf", "enabled = var.enabled", "enabled = true", "the switch changes something else"),
    ("plue/deploy/terraform/modules/cloudflare-spectrum/main.tf", "local.enterprise ? var.proxy_protocol : null", "null", "tells no address"),
    ("plue/deploy/terraform/environments/production/main.tf", 'sign_in == "edge"', 'sign_in != "none"', "a way back leads nowhere"),
]


def check(terraform, tree):
    for name, before, after, complaint in VALUES:
        file = tree / name
        text = file.read_text(encoding="utf-8")
        if before not in text:
            raise SystemExit(f"{name} has no {before!r}: the near miss misses nothing")
        wrong = said_of(terraform, file, text, text.replace(before, after, 1))
        if complaint not in wrong:
            raise SystemExit(f"{name} with {after!r} is accepted, or for another reason refused: {wrong or 'nothing'}")
    files = [file for file in sorted(tree.rglob("*.tf")) if file.name not in NOT_SENT and ".terraform" not in file.parts]
    # Folders side by side, and never two files of one: each is as it was while another is tried. So are the modules
    # while what stands on them is.
    alone, above = {}, {}
    for file in files:
        (above if "environments" in file.parts else alone).setdefault(file.parent, []).append(file)
    count = 0
    for folders in (alone, above):
        with ThreadPoolExecutor(max_workers=2) as workers:
            count += sum(workers.map(lambda found: sum(names_of(terraform, file) for file in found), folders.values()))
    print(f"   and refused with each of {count} names misspelt, and {len(VALUES)} values changed")


def names_of(terraform, file):
    text = file.read_text(encoding="utf-8")
    count = 0
    for block in re.finditer(r"(?ms)^(?:resource|data|module|locals)\b.*?^}", text):
        for name in re.finditer(r'(?m)(?<![\w.$"])([a-z][a-z0-9_]+) *=(?![=>~])', block[0]):
            line = block[0][block[0].rfind("\n", 0, name.start()) + 1 : name.start()]
            if line.lstrip().startswith("#"):
                continue
            end = block.start() + name.end(1)
            if not said_of(terraform, file, text, f"{text[: end - 1]}x{text[end:]}"):
                raise SystemExit(f"{file}: with {name[1][:-1]}x for {name[1]} behind {line.strip()!r} it passes")
            count += 1
    return count


def said_of(terraform, file, before, after):
    """What is wrong with the changed file, which is as it was afterwards."""
    file.write_text(after, encoding="utf-8")
    try:
        wrong = terraform.validate(file.parent)
        if not wrong:
            told, passed = terraform.test(file.parent)
            wrong = "" if passed else told
    finally:
        file.write_text(before, encoding="utf-8")
    return wrong
