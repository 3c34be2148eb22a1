"""SimulatePrincipalPolicy and SimulateCustomPolicy, which moto lacks, answered by an evaluator that is not ours (../simulate.cjs).

SIMULATE_NODE_PATH: where the evaluator's packages are (node_modules); without it there is no simulation.
SIMULATE_PAGE: the most results of a page.
"""
import json
import os
import pathlib
import subprocess
from fnmatch import fnmatchcase
from urllib.parse import unquote
from xml.sax.saxutils import escape

from moto.iam.responses import IamResponse

PACKAGES = os.environ.get("SIMULATE_NODE_PATH")
MOST = int(os.environ.get("SIMULATE_PAGE", "100"))
SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "simulate.cjs"
DECISIONS = {"Allowed": "allowed", "ExplicitlyDenied": "explicitDeny", "ImplicitlyDenied": "implicitDeny"}


def listed(self, name):
    return [self.data[key][0] for key in sorted((key for key in self.data if key.startswith(name + ".member.") and key.count(".") == 2), key=lambda key: int(key.split(".")[2]))]


def structs(self, name):
    rows = {}
    for key, value in self.data.items():
        if key.startswith(name + ".member."):
            at, _, field = key[len(name + ".member."):].partition(".")
            rows.setdefault(int(at), {})[field] = value[0]
    return [rows[at] for at in sorted(rows)]


def parsed(document):
    return json.loads(document if document.lstrip().startswith("{") else unquote(document))


def in_force(policy):
    return next(one.document for one in policy.versions if one.version_id == policy.default_version_id)


def attached(self, arn, excluded):
    """What the principal holds, but for what is excluded, and its boundary."""
    name = arn.split("/")[-1]
    is_user = ":user/" in arn
    entity = self.backend.get_user(name) if is_user else self.backend.get_role(name)
    holders = [("user" if is_user else "role", entity)]
    if is_user:
        holders += [("group", group) for group in self.backend.groups.values() if any(user.name == name for user in group.users)]

    def is_managed_out(policy):
        return any(fnmatchcase(policy.arn, one.get("PolicyArn", "-")) for one in excluded)

    def is_inline_out(kind, holder, policy):
        def matches(one):
            prefix = "InlinePolicyIdentifier."
            wanted = [one.get(prefix + field, "-") for field in ("AttachmentType", "AttachmentName", "PolicyName")]
            return wanted[0].lower() == kind and fnmatchcase(holder.name, wanted[1]) and policy == wanted[2]

        return any(matches(one) for one in excluded)

    documents = []
    for kind, holder in holders:
        documents += [parsed(in_force(one)) for one in holder.managed_policies.values() if not is_managed_out(one)]
        inline = getattr(holder, "inline_policies", None) or getattr(holder, "policies", None) or {}
        for key, policy in inline.items():
            if not is_inline_out(kind, holder, key):
                documents.append(parsed(getattr(policy, "policy_document", policy)))
    boundary = getattr(entity, "permissions_boundary_arn", None)
    return documents, [parsed(in_force(self.backend.managed_policies[boundary]))] if boundary else []


def results(self, principal, documents, boundaries):
    actions, resources = listed(self, "ActionNames"), listed(self, "ResourceArns") or ["*"]
    context = {one["ContextKeyName"]: one["ContextKeyValues.member.1"] for one in structs(self, "ContextEntries")}
    asked = [(action, resource) for action in actions for resource in resources]
    requests = [{"principal": principal, "documents": documents, "boundaries": boundaries, "action": action, "resource": resource, "context": context} for action, resource in asked]
    done = subprocess.run(["node", str(SCRIPT)], input=json.dumps(requests), env={**os.environ, "NODE_PATH": PACKAGES}, capture_output=True, text=True, check=True)
    answers = dict(zip(asked, json.loads(done.stdout)))
    for action in actions:
        inside = ""
        for resource in resources:
            decision = DECISIONS.get(answers[action, resource])
            if decision and resource != "*":
                inside += f"<member><EvalResourceName>{escape(resource)}</EvalResourceName><EvalResourceDecision>{decision}</EvalResourceDecision></member>"
        whole = DECISIONS.get(answers[action, resources[0]])
        if whole:
            # IAM names no resource here, but what resources of the action look like.
            name = "*" if resources == ["*"] else "arn:aws:service:::${ResourceName}"
            yield (
                f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{name}</EvalResourceName>"
                f"<EvalDecision>{whole}</EvalDecision><ResourceSpecificResults>{inside}</ResourceSpecificResults></member>"
            )


def answer(self, operation, principal, documents, boundaries):
    rows = list(results(self, principal, documents, boundaries))
    first, size = int(self._get_param("Marker") or 0), min(int(self._get_param("MaxItems") or 100), MOST)
    more = first + size < len(rows)
    inside = f"<EvaluationResults>{''.join(rows[first:first + size])}</EvaluationResults><IsTruncated>{str(more).lower()}</IsTruncated>"
    if more:
        inside += f"<Marker>{first + size}</Marker>"
    text = f'<{operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{operation}Result>{inside}</{operation}Result></{operation}Response>'
    return 200, {"Content-Type": "text/xml"}, text


def simulate_principal_policy(self):
    arn = self._get_param("PolicySourceArn")
    documents, boundaries = attached(self, arn, structs(self, "PolicyExclusionList"))
    documents += [json.loads(one) for one in listed(self, "PolicyInputList")]
    return answer(self, "SimulatePrincipalPolicy", arn, documents, boundaries)


def simulate_custom_policy(self):
    documents = [json.loads(one) for one in listed(self, "PolicyInputList")]
    return answer(self, "SimulateCustomPolicy", self._get_param("CallerArn"), documents, [])


if PACKAGES:
    IamResponse.simulate_principal_policy = simulate_principal_policy
    IamResponse.simulate_custom_policy = simulate_custom_policy
