"""Which variables a server reads: by its sources, and by what its README promises."""

import re
from functools import cache

# Packages whose settings others read for them.
SHARED = ("examples/serve/src", "examples/verifluence/database/src")


@cache
def variables(repository, package):
    """The names in the sources that the README has too, and those of files where the server takes them."""
    sources = [repository / package / "src", *(repository / shared for shared in SHARED)]
    text = "\n".join(
        re.sub(r"(?s)#\[cfg\(test\)\].*", "", path.read_text(encoding="utf-8"))
        for folder in sources for path in sorted(folder.rglob("*.rs"))
    )
    named = set(re.findall(r'"([A-Z][A-Z0-9_]+)"', text))
    # clap reads these, and clap knows nothing of files.
    by_argument = set(re.findall(r'env = "([A-Z0-9_]+)"', text)) - {"LISTEN"}
    promised = promises((repository / package / "README.md").read_text(encoding="utf-8"))
    known = named & promised
    return known | {f"{name}_FILE" for name in known - by_argument if not name.endswith("_FILE")}


def promises(readme):
    """Names in code spans, where `A_B`, `_C` stands for A_C."""
    names = set()
    last = ""
    for name in re.findall(r"`(_?[A-Z][A-Z0-9_]+)(?:=[^`]*)?`", readme):
        if name.startswith("_") and last:
            name = last.rsplit("_", name.count("_"))[0] + name
        names.add(name)
        last = name
    return names


def unknown(repository, package, names):
    return sorted(set(names) - variables(repository, package))
