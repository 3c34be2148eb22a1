#!/usr/bin/env python3
"""Writes crates/catalog/role_members.tsv: every member of a request that may hold an IAM role or an instance profile.

A member is listed if its name or the name of its shape says so, if the pattern of its shape fits roles, or if it is one of
the few whose names do not say it (`OTHERS`). A test holds that each is ruled by a row of pass_role.toml or a call's rule, or
left out by a row of not_passed.toml. Reads the same pinned package as generate.py; standard library only.
"""

import argparse
import re
import tempfile
from pathlib import Path

from generate import BOTOCORE, FACTS, HERE, models, prefix_of, rows, wheel

OUT = FACTS.parent / "role_members.tsv"
NAME = re.compile(
    r"(Role|Roles)(Arn|ARN|Name|NameOrArn|Identifier)?s?$|^roles?(Arn|ARN|Name)?s?$|IAMRole|IamRole|RoleARN|RoleArn"
    r"|InstanceProfile(Arn|ARN|Name)?$",
)
SHAPE = re.compile(r"Role(Arn|ARN)|IamRole|IAMRole")
OTHERS = re.compile(r"^(authorizerCredentials(Arn)?|credentials(Arn)?|.*[Cc]allerArn|.*PermissionArn|.*SecretIamArn)$")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--botocore-wheel", type=Path, help="a local wheel of botocore " + BOTOCORE[1])
    parser.add_argument("--out", type=Path, default=OUT, help="the file to write")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = sorted(set(members(wheel(BOTOCORE, args.botocore_wheel, scratch))))
    args.out.write_text("".join("\t".join(row) + "\n" for row in found))
    print(f"{len(found)} members of {len({row[:2] for row in found})} operations")


def members(archive):
    """Prefix, operation and path of each."""
    known = {path.stem for path in FACTS.glob("*.facts")}
    exceptions = dict(rows(HERE / "sdk_prefixes.tsv"))
    for sdk, model in models(archive):
        prefix = prefix_of(sdk, model["metadata"], known, exceptions)
        if prefix is None:
            continue
        for operation, row in model["operations"].items():
            if "input" in row:
                for path in of_shape(model["shapes"], row["input"]["shape"], "", "", ()):
                    yield prefix, operation, path


def of_shape(shapes, name, path, member, above):
    """The paths below a shape, spelled as in CloudTrail: the first letter of a member is small, lists end in `[]`."""
    shape = shapes[name]
    kind = shape["type"]
    if kind == "string":
        if not shape.get("enum") and is_role_like(name, shape, path, member):
            yield path
    elif name not in above:
        above = (*above, name)
        if kind == "structure":
            for own, use in shape["members"].items():
                spelled = own[0].lower() + own[1:]
                yield from of_shape(shapes, use["shape"], f"{path}.{spelled}" if path else spelled, own, above)
        elif kind == "list":
            yield from of_shape(shapes, shape["member"]["shape"], path + "[]", member, above)
        elif kind == "map":
            yield from of_shape(shapes, shape["value"]["shape"], path + ".*", member, above)


def is_role_like(name, shape, path, member):
    pattern = shape.get("pattern", "").lower()
    spelled = member[:1].lower() + member[1:]
    within_profile = re.search(r"[iI]amInstanceProfile\.(arn|name)$", path)
    told = NAME.search(member) or SHAPE.search(name) or OTHERS.match(spelled) or within_profile
    return bool(told) or ("role" in pattern and "iam" in pattern)


if __name__ == "__main__":
    main()
