#!/usr/bin/env python3
"""Writes crates/catalog/handlers.tsv: which permissions CloudFormation's handlers of each resource type use.

AWS publishes them in the schemas of its resource types. A pinned commit of a repository that keeps all of these schemas is
read, either from a local clone or fetched with git. A line is the type, the property that names such a resource (`-`: AWS
mints the name), and the actions, each with the handlers that use it: `c`reate, `r`ead, `u`pdate, `d`elete, and `t` for
changing tags. The list handlers are left out, because no deployment runs them.

Actions are spelled as in the facts. What is spelled wrong there or stands for something else is replaced by a row of
handler_actions.tsv; a wildcard by the reading actions of the type's own service that it matches, or by such a row.
What remains unknown is left out, and says so in crates/catalog/handlers_left_out.tsv. Standard library only.
"""

import argparse
import fnmatch
import json
import subprocess
import tempfile
from pathlib import Path

from generate import FACTS, HERE, rows

URL = "https://github.com/pulumi/pulumi-aws-native"
COMMIT = "43eed3b017fff3b41e0ceeae37ee943afce53275"
FOLDER = "aws-cloudformation-schema"
LETTERS = {"create": "c", "read": "r", "update": "u", "delete": "d"}
READING = {"List", "Read"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--repository", type=Path, help="a local clone, bare or not, of " + URL + " that has " + COMMIT)
    parser.add_argument("--out", type=Path, default=FACTS.parent, help="the directory to write")
    args = parser.parse_args()
    facts = Facts()
    with tempfile.TemporaryDirectory() as scratch:
        lines, left_out = [], []
        for schema in schemas(args.repository or fetched(scratch)):
            if schema.get("handlers"):
                lines.append(line(schema, facts, left_out))
    (args.out / "handlers.tsv").write_text("".join(sorted(lines)))
    (args.out / "handlers_left_out.tsv").write_text("".join(sorted(set(left_out))))
    print(f"{len(lines)} types, {len(set(left_out))} actions left out")


def fetched(scratch):
    """A clone of the one commit."""
    git(scratch, "init", "--quiet", "--bare")
    git(scratch, "fetch", "--quiet", "--depth", "1", URL, COMMIT)
    return scratch


def git(repository, *args):
    return subprocess.run(["git", "-C", str(repository), *args], check=True, stdout=subprocess.PIPE).stdout


def schemas(repository):
    """The schemas of all types, parsed."""
    listed = git(repository, "ls-tree", "-r", COMMIT, FOLDER + "/").decode().splitlines()
    ids = [row.split()[2] for row in listed if row.endswith(".json")]
    batch = ["git", "-C", str(repository), "cat-file", "--batch"]
    text = subprocess.run(batch, check=True, input="\n".join(ids).encode(), stdout=subprocess.PIPE).stdout
    at = 0
    for _ in ids:
        end = text.index(b"\n", at)
        size = int(text[at:end].split()[2])
        yield json.loads(text[end + 1 : end + 1 + size])
        at = end + 1 + size + 1


class Facts:
    """What the catalog and the rows know of actions."""

    def __init__(self):
        self.levels = {}
        for path in sorted(FACTS.glob("*.facts")):
            for columns in (row.split("\t") for row in path.read_text().splitlines()):
                if columns[0] == "action":
                    self.levels[f"{path.stem}:{columns[1]}"] = set(columns[2].split(", "))
        self.spelled = {action.lower(): action for action in self.levels}
        self.replaced = {old.lower(): new for old, new, _ in rows(HERE / "handler_actions.tsv")}

    def resolved(self, action, own):
        """The actions that are meant; `own`: the prefixes of the type's own actions."""
        if action.lower() in self.spelled:
            return [self.spelled[action.lower()]]
        new = self.replaced.get(action.lower())
        if new is not None:
            return [] if new == "-" else [self.spelled[one.lower()] for one in new.split()]
        service, _, name = action.partition(":")
        if "*" in name and name != "*" and service.lower() in own:
            return [one for one in self.levels if fnmatch.fnmatch(one.lower(), action.lower()) and self.levels[one] <= READING]
        return []


def line(schema, facts, left_out):
    kind = schema["typeName"]
    listed = {LETTERS[verb]: found.get("permissions", []) for verb, found in schema["handlers"].items() if verb in LETTERS}
    tagging = schema.get("tagging")
    listed["t"] = tagging.get("permissions", []) if isinstance(tagging, dict) else []
    own = {action.partition(":")[0].lower() for action in listed.get("c", []) + listed.get("d", [])}
    used = {}
    for letter in "crudt":
        for action in listed.get(letter, []):
            meant = facts.resolved(action.strip(), own)
            if not meant:
                left_out.append(f"{kind}\t{action.strip() or '-'}\n")
            for one in meant:
                used.setdefault(one, set()).add(letter)
    actions = [f"{action}={''.join(one for one in 'crudt' if one in used[action])}" for action in sorted(used)]
    return "\t".join([kind, name_of(kind, schema) or "-", " ".join(actions)]) + "\n"


def name_of(kind, schema):
    """The property that names a resource: its only identifier, or a name that cannot be changed."""

    def top(key):
        return [path.split("/")[-1] for path in schema.get(key, []) if path.count("/") == 2]

    identifiers, minted, fixed = top("primaryIdentifier"), top("readOnlyProperties"), top("createOnlyProperties")
    if len(identifiers) == 1 and identifiers[0] not in minted:
        return identifiers[0]
    service, thing = kind.split("::")[1:3]
    usual = [thing + "Name", "Name", service + "Name"]
    shorter = [name for name in sorted(fixed) if name.endswith("Name") and thing.lower().startswith(name[:-4].lower())]
    return next((name for name in usual + shorter if name in fixed), None)


if __name__ == "__main__":
    main()
