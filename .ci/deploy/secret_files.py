"""make-secrets.sh makes each file that Compose reads, but those that come from elsewhere."""

import re
import subprocess

import compose

FROM_ELSEWHERE = {"tunnel_token"}


def check(deploy):
    script = deploy / "make-secrets.sh"
    subprocess.run(["bash", script], check=True)
    folder = deploy / "secrets"
    made = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    wanted = set(compose.together(deploy, [])["secrets"]) - FROM_ELSEWHERE
    if set(made) != wanted:
        raise SystemExit(f"make-secrets.sh makes {sorted(made)}, Compose wants {sorted(wanted)}")
    if folder.stat().st_mode & 0o077:
        raise SystemExit("others of the machine can look into secrets/")
    if not all((folder / name).stat().st_mode & 0o004 for name in made):
        raise SystemExit("the user in a container cannot read its secret")
    for role, user in [("owner", "owner"), ("api", "api"), ("admin", "admin_api"), ("kick", "kick")]:
        url = f"postgres://{user}:{made[f'{role}_password'].strip()}@database/verifluence\n"
        if made[f"{role}_database_url"] != url or not re.search(r":[0-9a-f]{64}@", url):
            raise SystemExit(f"{role}_database_url is not the URL of {user}")
    if len(set(made.values())) != len(made):
        raise SystemExit("two secrets are alike")
    subprocess.run(["bash", script], check=True)
    if {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} != made:
        raise SystemExit("make-secrets.sh has replaced a secret")
    print(f"   make-secrets.sh: {len(made)} files, and none is replaced")
