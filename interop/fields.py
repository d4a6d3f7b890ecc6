#!/usr/bin/env python3
"""The field rules of in-toto Statement v1, SLSA provenance v1 and the published build types.

fields.py check FILE           judges the statement in an envelope or bundle
fields.py self-test FILE       damages that statement in every way named here: each must be refused

Written from the specifications (in-toto/attestation spec v1, slsa.dev/provenance/v1, and the pages
that the build types' URIs name) and not from our code.
"""

import base64
import copy
import datetime
import json
import re
import sys

STATEMENT = "https://in-toto.io/Statement/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
# RFC 3986: a scheme, then only characters of a URI, with whole percent escapes
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:;.*)?")
HEX_LENGTHS = {
    "sha256": [64], "sha224": [56], "sha384": [96], "sha512": [128], "sha512_224": [56], "sha512_256": [64],
    "sha3_224": [56], "sha3_256": [64], "sha3_384": [96], "sha3_512": [128], "blake2b": [128], "blake2s": [64],
    "sha1": [40], "md5": [32], "gitCommit": [40, 64], "gitTree": [40, 64], "gitBlob": [40, 64], "gitTag": [40, 64],
    "dirHash": [64],
}
GITHUB = "https://actions.github.io/buildtypes/workflow/v1"
GITHUB_SLSA = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"
GITLAB = "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1"
BUILDKITE = "https://buildkite.github.io/slsa-buildtypes/job/v1"
TEKTON = "https://tekton.dev/chains/v2/slsa"


class Rule(Exception):
    """A rule that is broken."""


def demand(holds, rule):
    if not holds:
        raise Rule(rule)


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    demand(len(names) == len(set(names)), f"a name twice among {names}")
    return dict(pairs)


def fields(value, where, required, optional, extensions=False):
    """An object with these fields and no other; extensions must be named by URIs (SLSA)."""
    demand(isinstance(value, dict), f"{where} is an object")
    for name in required:
        demand(name in value, f"{where}.{name} is required")
    for name, kind in {**required, **optional}.items():
        if name in value:
            kind(value[name], f"{where}.{name}")
    for name in value.keys() - required.keys() - optional.keys():
        demand(extensions and URI.fullmatch(name), f"{where} has no field {name}")


def text(value, where):
    demand(isinstance(value, str) and value != "", f"{where} is a string and not empty")


def uri(value, where):
    demand(isinstance(value, str) and URI.fullmatch(value), f"{where} is a URI, not {value!r}")


def time(value, where):
    demand(isinstance(value, str) and TIME.fullmatch(value), f"{where} is an RFC 3339 time in UTC with Z")
    datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))


def free(value, where):
    demand(isinstance(value, dict), f"{where} is an object")


def strings(value, where):
    free(value, where)
    for name, entry in value.items():
        demand(isinstance(entry, str), f"{where}.{name} is a string")


def content(value, where):
    demand(isinstance(value, str), f"{where} is a string")
    base64.b64decode(value, validate=True)


def media_type(value, where):
    demand(isinstance(value, str) and MEDIA_TYPE.fullmatch(value), f"{where} is a media type")


def digest_set(value, where):
    demand(isinstance(value, dict) and value, f"{where} is an object and not empty")
    for name, digest in value.items():
        demand(name in HEX_LENGTHS, f"{where}.{name} is an algorithm of the specification")
        demand(isinstance(digest, str) and re.fullmatch("[0-9a-f]+", digest), f"{where}.{name} is lower-case hexadecimal")
        demand(len(digest) in HEX_LENGTHS[name], f"{where}.{name} has a length of {HEX_LENGTHS[name]}")


def resource(value, where):
    fields(value, where, {}, {
        "name": text, "uri": uri, "digest": digest_set, "content": content,
        "downloadLocation": uri, "mediaType": media_type, "annotations": free,
    })
    demand(value.keys() & {"uri", "digest", "content"}, f"{where} has a uri, digest or content")


def resources(value, where):
    demand(isinstance(value, list), f"{where} is a list")
    for index, entry in enumerate(value):
        resource(entry, f"{where}[{index}]")


def subjects(value, where):
    resources(value, where)
    demand(value, f"{where} is not empty")
    for index, subject in enumerate(value):
        demand("digest" in subject, f"{where}[{index}].digest is required of a subject")
    names = [subject["name"] for subject in value if "name" in subject]
    demand(len(names) == len(set(names)), f"{where} has no name twice")


def statement(value):
    # As the protobuf message has it: consumers built on it refuse any other field.
    fields(value, "statement", {"_type": uri, "subject": subjects, "predicateType": uri}, {"predicate": free})
    demand(value["_type"] == STATEMENT, f"statement._type is {STATEMENT}")
    if value["predicateType"] == PROVENANCE:
        provenance(value["predicate"])


def provenance(predicate):
    fields(predicate, "predicate", {"buildDefinition": build_definition, "runDetails": run_details}, {}, extensions=True)
    BUILD_TYPES.get(predicate["buildDefinition"]["buildType"], other_build_type)(predicate)


def build_definition(value, where):
    fields(value, where, {"buildType": uri, "externalParameters": free},
           {"internalParameters": free, "resolvedDependencies": resources}, extensions=True)


def run_details(value, where):
    fields(value, where, {"builder": builder}, {"metadata": metadata, "byproducts": resources}, extensions=True)


def builder(value, where):
    fields(value, where, {"id": uri}, {"builderDependencies": resources, "version": strings}, extensions=True)


def metadata(value, where):
    fields(value, where, {}, {"invocationId": text, "startedOn": time, "finishedOn": time}, extensions=True)
    if "startedOn" in value and "finishedOn" in value:
        demand(value["startedOn"] <= value["finishedOn"], f"{where}: started before finished")


# The build types' own pages

def source_dependency(predicate):
    """The first dependency: the source, by git URI and commit."""
    dependencies = predicate["buildDefinition"].get("resolvedDependencies", [])
    demand(dependencies, "resolvedDependencies names the source")
    demand(dependencies[0].get("uri", "").startswith("git+https://"), "the source's uri begins with git+https://")
    demand("gitCommit" in dependencies[0].get("digest", {}), "the source has a gitCommit")
    return dependencies[0]


def github(predicate):
    definition = predicate["buildDefinition"]
    fields(definition["externalParameters"], "externalParameters", {"workflow": free}, {"inputs": free, "vars": free, "release": free})
    workflow = definition["externalParameters"]["workflow"]
    fields(workflow, "workflow", {"ref": text, "repository": uri, "path": text}, {})
    demand(workflow["ref"].startswith("refs/"), "workflow.ref is a full ref")
    demand(not workflow["path"].startswith("/"), "workflow.path is relative")
    internal = definition.get("internalParameters", {})
    fields(internal, "internalParameters", {"github": free}, {})
    fields(internal["github"], "github", {"event_name": text, "repository_id": text, "repository_owner_id": text},
           {"runner_environment": text, "actor_id": text})
    source = source_dependency(predicate)
    demand(source["uri"] == f"git+{workflow['repository']}@{workflow['ref']}", "the source is the workflow's repository and ref")
    invocation = predicate["runDetails"]["metadata"]["invocationId"]
    demand(re.fullmatch(re.escape(workflow["repository"]) + r"/actions/runs/\d+/attempts/\d+", invocation), "invocationId is the run's attempt")


def gitlab(predicate):
    external = predicate["buildDefinition"]["externalParameters"]
    # `variables`, which the published form has, are left out: they may hold secrets
    fields(external, "externalParameters", {"source": uri, "entryPoint": text}, {"variables": free})
    fields(predicate["buildDefinition"]["internalParameters"], "internalParameters", {"name": text, "architecture": text, "job": text},
           {"executor": text})
    demand(source_dependency(predicate)["uri"].startswith("git+" + external["source"]), "the source is the project")
    demand("/-/runners/" in predicate["runDetails"]["builder"]["id"], "builder.id is a runner")


def buildkite(predicate):
    external = predicate["buildDefinition"]["externalParameters"]
    fields(external, "externalParameters", {"pipeline": uri, "repository": text, "build": free, "step": free, "job": free}, {})
    fields(external["build"], "build", {"branch": text, "commit": text}, {"tag": text, "message": text})
    fields(external["step"], "step", {"id": text}, {"key": text, "command": text})
    fields(external["job"], "job", {"id": text}, {})
    internal = predicate["buildDefinition"].get("internalParameters", {})
    fields(internal, "internalParameters", {"buildkite": strings}, {})
    source_dependency(predicate)


def tekton(predicate):
    fields(predicate["buildDefinition"]["externalParameters"], "externalParameters", {"runSpec": free}, {"buildConfigSource": free})
    config = predicate["buildDefinition"]["externalParameters"].get("buildConfigSource")
    if config is not None:
        fields(config, "buildConfigSource", {"ref": text, "repository": text, "path": text}, {})


def other_build_type(predicate):
    kind = predicate["buildDefinition"]["buildType"]
    demand(kind.startswith("urn:signer:build-type:"), f"{kind} is a build type whose rules are known here")
    if "source" in predicate["buildDefinition"]["externalParameters"]:
        source_dependency(predicate)


BUILD_TYPES = {GITHUB: github, GITHUB_SLSA: github, GITLAB: gitlab, BUILDKITE: buildkite, TEKTON: tekton}


def read(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file, object_pairs_hook=no_duplicates)
    envelope = document.get("dsseEnvelope", document)
    demand(envelope["payloadType"] == "application/vnd.in-toto+json", "payloadType is application/vnd.in-toto+json")
    payload = base64.b64decode(envelope["payload"], validate=True)
    return json.loads(payload.decode("utf-8"), object_pairs_hook=no_duplicates)


# Damage, each as a path and what stands there instead (`...` takes the field away)
DAMAGE = [
    (["_type"], ...), (["_type"], "https://in-toto.io/Statement/v0.1"), (["subject"], ...), (["subject"], []), (["subject"], {}),
    (["subject", 0, "digest"], ...), (["subject", 0, "digest"], {}), (["subject", 0, "digest", "sha256"], "AB" * 32),
    (["subject", 0, "digest", "sha256"], "ab" * 31), (["subject", 0, "digest", "sha257"], "ab" * 32), (["subject", 0, "name"], 1),
    (["subject", 0, "extra"], "x"), (["extra"], "x"), (["urn:x:extra"], "x"), (["predicateType"], ...), (["predicateType"], "no uri"),
    (["predicateType"], ""), (["predicate"], "x"), (["predicate", "extra"], "x"), (["predicate", "buildDefinition"], ...),
    (["predicate", "buildDefinition", "buildType"], ...), (["predicate", "buildDefinition", "buildType"], "workflow"),
    (["predicate", "buildDefinition", "externalParameters"], ...), (["predicate", "buildDefinition", "externalParameters"], []),
    (["predicate", "buildDefinition", "internalParameters"], "x"), (["predicate", "buildDefinition", "resolvedDependencies"], {}),
    (["predicate", "buildDefinition", "resolvedDependencies"], [{"name": "x"}]),
    (["predicate", "buildDefinition", "resolvedDependencies"], [{"uri": "git+https://h/r", "digest": {"gitCommit": "abc"}}]),
    (["predicate", "runDetails"], ...), (["predicate", "runDetails", "builder"], ...), (["predicate", "runDetails", "builder", "id"], ...),
    (["predicate", "runDetails", "builder", "id"], "a builder"), (["predicate", "runDetails", "builder", "version"], {"x": 1}),
    (["predicate", "runDetails", "metadata", "finishedOn"], "2026-01-01 00:00:00Z"),
    (["predicate", "runDetails", "metadata", "finishedOn"], "2026-01-01T00:00:00+01:00"),
    (["predicate", "runDetails", "metadata", "finishedOn"], 1), (["predicate", "runDetails", "metadata", "startedOn"], "2999-01-01T00:00:00Z"),
    (["predicate", "runDetails", "metadata", "invocationId"], ""), (["predicate", "runDetails", "byproducts"], "x"),
]


def damaged(value, path, replacement):
    value = copy.deepcopy(value)
    place = value
    for part in path[:-1]:
        place = place[part]
    if replacement is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = replacement
    return value


def self_test(value):
    statement(value)
    for path, replacement in DAMAGE:
        try:
            statement(damaged(value, path, replacement))
        except (Rule, ValueError):
            continue
        sys.exit(f"a statement with {path} = {replacement!r} was accepted")
    print(f"{len(DAMAGE)} damaged statements refused")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "self-test"):
        sys.exit(__doc__)
    try:
        value = read(sys.argv[2])
        (statement if sys.argv[1] == "check" else self_test)(value)
    except Rule as rule:
        sys.exit(f"broken rule: {rule}")


main()
