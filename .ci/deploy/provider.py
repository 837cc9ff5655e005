"""A Terraform provider that has a schema and nothing behind it, so that `validate` and `test` run offline.

`provider.py ADDRESS [--dev]`: the schema is $DEPLOY_SCHEMAS/NAME.json, where NAME is the end of the address. With --dev it
prints how Terraform finds it, and serves one run of Terraform after the other.
"""

import json
import os
import sys

import tf.provider
import tf.runner
from tf.gen import tfplugin_pb2 as protocol
from tf.gen import tfplugin_pb2_grpc as service

OBJECT_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
BLOCK_NESTING = {"single": 1, "list": 2, "set": 3}
GRPC_ABORTED = 12


def type_of(attribute):
    # The bindings that the schemas were derived from write an attribute of any type as a map of any type.
    return "dynamic" if attribute["type"] in (None, ["map", "dynamic"]) else attribute["type"]


def attribute(name, given):
    made = protocol.Schema.Attribute(name=name, sensitive=given.get("sensitive", False))
    if "nested" in given:
        nested = protocol.Schema.Object(nesting=OBJECT_NESTING[given["nested"]["nesting"]])
        nested.attributes.extend(attribute(*item) for item in given["nested"]["attrs"].items())
        made.nested_type.CopyFrom(nested)
    else:
        made.type = json.dumps(type_of(given)).encode()
    if given.get("computed"):
        made.computed = True
    elif given.get("required"):
        made.required = True
    else:
        # The schemas do not tell optional from optional and computed.
        made.optional = made.computed = True
    return made


def block(given):
    made = protocol.Schema.Block()
    made.attributes.extend(attribute(*item) for item in given["attrs"].items())
    for name, nested in given["blocks"].items():
        inner = protocol.Schema.NestedBlock(type_name=name, nesting=BLOCK_NESTING[nested["nesting"]])
        if nested["nesting"] != "single":
            inner.min_items, inner.max_items = nested["min"], nested["max"]
        inner.block.CopyFrom(block(nested["block"]))
        made.block_types.append(inner)
    return made


def optional_alone(given):
    attributes = {name: dict(item, required=False) for name, item in given["attrs"].items()}
    return dict(given, attrs=attributes)


class SchemaAlone(service.ProviderServicer):
    def __init__(self, *_):
        pass

    def GetMetadata(self, _, context):
        context.abort(GRPC_ABORTED, "there is only the schema")

    def GetProviderSchema(self, *_):
        answer = protocol.GetProviderSchema.Response()
        answer.provider.block.CopyFrom(block(optional_alone(SCHEMA["provider"])))
        for name, given in SCHEMA["resources"].items():
            answer.resource_schemas[name].block.CopyFrom(block(given))
        for name, given in SCHEMA["data"].items():
            answer.data_source_schemas[name].block.CopyFrom(block(given))
        return answer

    def ValidateProviderConfig(self, *_):
        return protocol.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, *_):
        return protocol.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, *_):
        return protocol.ValidateDataResourceConfig.Response()

    def StopProvider(self, *_):
        return protocol.StopProvider.Response()


class Provider:
    def full_name(self):
        return ADDRESS


ADDRESS = sys.argv[1]
with open(os.path.join(os.environ["DEPLOY_SCHEMAS"], f"{ADDRESS.rsplit('/', 1)[-1]}.json"), encoding="utf-8") as file:
    SCHEMA = json.load(file)
tf.provider.ProviderServicer = SchemaAlone
tf.runner.run_provider(Provider(), sys.argv)
