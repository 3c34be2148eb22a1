"""Which members of requests name resources of which type, read off the API shapes.

AWS may check one call on resources of several types. For every action that takes more than one, this says which members
of its operations' requests have room for a resource of each type: by the member's name, by the name together with the
member around it, or by the name of its shape. A member that has room for several of the action's types is marked `*`.
"""

import re

# Names of members that say nothing about whose name or id it is.
GENERIC = {
    "name", "names", "id", "ids", "identifier", "identifiers", "arn", "arns", "resource", "resources",
    "resourcename", "resourceid", "resourceids", "resourcearn", "resourcearns", "resourcesarn", "resourcesarns",
    "resourceidentifier", "resourcelist", "resourcearnlist", "targetarn", "targetid", "targetresourcearn", "entityarn",
}
# Of these, those that hold whatever the call is about; the others hold what the operation's name speaks of.
WHATEVER = {name for name in GENERIC if name.startswith(("resource", "target", "entity", "arn", "identifier"))}
ENDINGS = (
    "namewithoutleadingslash", "namewithpath", "idwithpath", "identifiers", "identifier", "names", "name", "ids", "id",
    "arns", "arn", "number",
)
# How the last word of a member goes that names something.
NAMING = ("id", "ids", "arn", "arns", "name", "names", "identifier", "identifiers", "target", "key", "bucket")
NOT_NAMING = ("regionname", "clienttokenid", "displayname", "versionid", "queryid", "accountid", "requestid")
PREPOSITIONS = {"As", "From", "With", "For", "To", "By", "In", "On", "Of"}
CREATING = ("Create", "Run", "Allocate", "Copy", "Import", "Request", "Purchase", "Launch", "Register", "Clone")
# Where variables of formats are not the resource's own.
PLACE = {"Partition", "Region", "Account", "AccountId"}
# Shapes nest; what lies deeper names nothing that a call is checked on.
MAX_DEPTH = 8
# A shorter word stands at the end of too many names.
MIN_ENDING = 4


def normal(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def stem(name):
    """A name without its ending: `LaunchTemplateId` and `launchTemplateName` are of one thing."""
    name = normal(name)
    ending = next((one for one in ENDINGS if name.endswith(one) and name != one), "")
    return name[: len(name) - len(ending)]


def spellings(name):
    """How the names of types may spell what a member is called."""
    singular = lambda text: text[:-1] if text.endswith("s") and not text.endswith("ss") else text
    return {normal(name), singular(normal(name)), stem(name), singular(stem(name))}


def words(name):
    return re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+\d*", name)


def speaks_of(operation, name):
    """Whether a normal name stands in an operation's name as whole words."""
    own = [normal(word) for word in words(operation)]
    for start in range(len(own)):
        rest = name
        for word in own[start:]:
            if word in (rest, rest + "s"):
                return True
            if not rest.startswith(word):
                break
            rest = rest[len(word) :]
    return False


def makes(operation, name):
    """Whether the operation creates what is called so."""
    verb = next((verb for verb in CREATING if operation.startswith(verb)), None)
    if verb is None:
        return False
    made = ""
    for word in words(operation[len(verb) :]):
        if word in PREPOSITIONS:
            break
        made += normal(word)
    return any(one.endswith(name) for one in (made, made.removesuffix("s")))


def names_of(kind, arn):
    """What a type is called: by its name and by the last variable of its formats."""
    found = {normal(kind), normal(kind.split("/")[0])}
    for form in arn.split(", "):
        variables = [name for name in re.findall(r"\$\{(\w+)\}", form) if name not in PLACE]
        if variables:
            found.add(stem(variables[-1]))
    return {name for name in found if name and name not in GENERIC and name not in ("scope", "key", "resource")} or {normal(kind)}


def leaves(shapes, shape, path=(), around=(), depth=0):
    """Paths of all text members of a shape, each with its shape's name."""
    one = shapes[shape]
    inner = {"list": lambda: one["member"], "map": lambda: one["value"]}.get(one["type"])
    if depth > MAX_DEPTH or shape in around:
        return
    if one["type"] == "structure":
        for name, member in one.get("members", {}).items():
            yield from leaves(shapes, member["shape"], (*path, name), (*around, shape), depth + 1)
    elif inner:
        yield from leaves(shapes, inner()["shape"], path, (*around, shape), depth)
    elif one["type"] == "string" and "enum" not in one:
        yield path, shape


class Places:
    """The members that have room for each type of one action."""

    def __init__(self, action, types):
        self.action = action
        self.names = {kind: names_of(kind, arn) for kind, arn in types.items()}
        self.members = {kind: set() for kind in types}
        named = [kind for kind in types if speaks_of(action, normal(kind))]
        longest = max((len(normal(kind)) for kind in named), default=0)
        self.named = [kind for kind in named if len(normal(kind)) == longest]

    def add(self, operation, shapes):
        """Adds the members of an operation's request."""
        if "input" not in operation:
            return
        shape = operation["input"]["shape"]
        open_members = []
        for path, own in leaves(shapes, shape):
            kinds, text = self.room(path, own)
            for kind in kinds:
                self.members[kind].add(text)
            if not kinds and len(path) == 1:
                open_members.append(path[0])
        # What must be given, names something, and bears no type's name, holds whatever the call is about.
        required = shapes[shape].get("required", [])
        whatever = [name for name in open_members if name in required and is_naming(name)]
        for kind, members in self.members.items():
            if not members:
                members.update(whatever)

    def room(self, path, shape):
        """The types that a member has room for, and how the member is called."""
        leaf, both = path[-1], ".".join(path[-2:])
        generic = normal(leaf) in GENERIC
        called = [] if generic else [(leaf, leaf)]
        if len(path) > 1:
            called.append(("".join(path[-2:]), both))
        for name, text in called:
            kinds = [kind for kind, own in self.names.items() if own & spellings(name)]
            if kinds:
                return kinds, text
        if normal(shape) not in GENERIC | {"string"}:
            kinds = [kind for kind, own in self.names.items() if own & {stem(shape), stem(shape).removesuffix("s")}]
            if kinds:
                return kinds, both if generic else leaf
        for name, text in called:
            kinds = self.ending(name)
            if kinds:
                return kinds, text
        if generic and len(path) == 1:
            return list(self.members) if normal(leaf) in WHATEVER else self.named, leaf
        return [], leaf

    def ending(self, name):
        """The types whose name is the end of the member's, the longest; else those that end as the member's does."""
        if not is_naming(name):
            return []
        of = stem(name)
        ends = {kind: max((len(one) for one in own if of.endswith(one)), default=0) for kind, own in self.names.items()}
        longest = max(ends.values(), default=0)
        if longest >= MIN_ENDING:
            return [kind for kind, length in ends.items() if length == longest]
        if len(of) < MIN_ENDING:
            return []
        return [kind for kind, own in self.names.items() if any(one.endswith(of) for one in own)]

    def row(self):
        """Each type with its members; `*` marks those that have room for several types, `+` stands for what the call
        makes."""
        shared = lambda member: sum(member in members for members in self.members.values()) > 1
        row = {}
        for kind, members in self.members.items():
            texts = sorted({("*" if shared(member) else "") + member for member in members}, key=lambda text: (text.lower(), text))
            made = ["+"] if makes(self.action, normal(kind)) else []
            row[kind] = made + texts
        return row


def is_naming(name):
    last = normal(words(name)[-1]) if words(name) else ""
    return last in NAMING and normal(name) not in NOT_NAMING
