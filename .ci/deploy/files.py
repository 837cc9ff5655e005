"""What the checks share: YAML read strictly, files judged by a schema, and names of images."""

import json
import re
from functools import cache

import jsonschema
import yaml


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice: the second would silently take the place of the first."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{', '.join(sorted(twice))} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def read(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=Strict)


def read_all(path):
    return list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=Strict))


def against(schema, path):
    """What is wrong with a file by a JSON Schema, which is a file too."""
    return judged(schema, path.name, path.read_text(encoding="utf-8"))


@cache
def judged(schema, name, text):
    schema = json.loads(schema.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    problems = []
    for error in validator.iter_errors(yaml.load(text, Loader=Strict)):
        best = jsonschema.exceptions.best_match([error])
        place = "/".join(str(part) for part in best.absolute_path)
        problems.append(f"{name}: {place or 'the whole'}: {best.message}")
    return problems


def is_pinned(image):
    """Whether it has the version it is meant to have, or a digest. `17`, `latest` and no tag move."""
    return bool(re.search(r"@sha256:[0-9a-f]{64}$|:v?\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$", image))


def may_hold_a_secret(variable):
    """By its name. One that ends in _FILE has a path."""
    return not variable.startswith("ALLOW_") and bool(
        re.search(r"(TOKEN|PASSWORD|SECRETS?|SESSION_KEYS|DATABASE_URL|REDIS_URL|SESSIONS_URL)$", variable)
    )
