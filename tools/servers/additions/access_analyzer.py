"""Access Analyzer's CheckNoNewAccess and ValidatePolicy, which moto lacks, answered by a small evaluator of their own.

A document allows nothing new if each action and resource that it allows is matched by an entry of a statement of the other one with the
same conditions, and it denies all that the other one denies. Good for documents that differ by what was taken away.
"""
import json
import re

from moto.moto_server.werkzeug_app import DomainDispatcherApplication


def entries(value):
    return value if isinstance(value, list) else [value]


def covers(wide, narrow, ignore_case=False):
    """Whether a pattern matches all that another one does, whose own stars are taken as text."""
    pattern = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in wide)
    return re.fullmatch(pattern, narrow, re.S | (re.I if ignore_case else 0)) is not None


def allows(statement, action, resource):
    if "NotAction" in statement:
        by_action = not any(covers(one, action, True) or covers(action, one, True) for one in entries(statement["NotAction"]))
    else:
        by_action = any(covers(one, action, True) for one in entries(statement["Action"]))
    if "NotResource" in statement:
        by_resource = not any(covers(one, resource) or covers(resource, one) for one in entries(statement["NotResource"]))
    else:
        by_resource = any(covers(one, resource) for one in entries(statement["Resource"]))
    return by_action and by_resource


def statements(document, effect):
    return [one for one in entries(document["Statement"]) if one["Effect"] == effect]


def same_but_sid(one, other):
    strip = lambda statement: {key: value for key, value in statement.items() if key != "Sid"}
    return strip(one) == strip(other)


def is_covered(statement, existing):
    if any(same_but_sid(statement, one) for one in statements(existing, "Allow")):
        return True
    if "NotAction" in statement or "NotResource" in statement:
        return False
    conditions = lambda one: [one.get("Condition"), None]
    return all(
        any(one.get("Condition") in conditions(statement) and allows(one, action, resource) for one in statements(existing, "Allow"))
        for action in entries(statement["Action"])
        for resource in entries(statement["Resource"])
    )


def check_no_new_access(ask):
    new, existing = json.loads(ask["newPolicyDocument"]), json.loads(ask["existingPolicyDocument"])
    kept = all(any(same_but_sid(one, other) for other in statements(new, "Deny")) for one in statements(existing, "Deny"))
    wider = [at for at, one in enumerate(entries(new["Statement"])) if one["Effect"] == "Allow" and not is_covered(one, existing)]
    if kept and not wider:
        return {"result": "PASS", "message": "The modified permissions do not grant new access compared to the existing policy.", "reasons": []}
    reasons = [{"description": f"New access in the statement with index: {at}.", "statementIndex": at} for at in wider]
    return {"result": "FAIL", "message": "The modified permissions grant new access compared to the existing policy.", "reasons": reasons}


def validate_policy(ask):
    document = json.loads(ask["policyDocument"])
    wrong = [at for at, one in enumerate(entries(document["Statement"])) if not ("Action" in one or "NotAction" in one)]
    finding = lambda at: {
        "findingType": "ERROR", "issueCode": "MISSING_ACTION", "findingDetails": f"Statement {at} has no Action or NotAction.",
        "learnMoreLink": "https://example.org", "locations": [],
    }
    return {"findings": [finding(at) for at in wrong]}


OPERATIONS = {"/policy/check-no-new-access": check_no_new_access, "/policy/validation": validate_policy}
others = DomainDispatcherApplication.__call__


def dispatch(self, environ, start_response):
    operation = OPERATIONS.get(environ.get("PATH_INFO"))
    if operation is None or "/access-analyzer/" not in environ.get("HTTP_AUTHORIZATION", ""):
        return others(self, environ, start_response)
    ask = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    body = json.dumps(operation(ask)).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


DomainDispatcherApplication.__call__ = dispatch
