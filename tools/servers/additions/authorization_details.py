"""GetAccountAuthorizationDetails in pages, as IAM hands it out; moto's answer ignores MaxItems and Marker.

AUTHORIZATION_DETAILS_PAGE: the most entities of a page, whatever is asked for (IAM may return fewer, too).
AUTHORIZATION_DETAILS_CREATED: when everything was made, such as 2024-03-01T00:00:00+00:00; by default when it was put there.
Policies of AWS are there only where somebody holds them or is bound by them.
"""
import os
from datetime import datetime

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

LISTS = {"UserDetailList": "users", "GroupDetailList": "groups", "RoleDetailList": "roles", "Policies": "managed_policies"}
CREATED = os.environ.get("AUTHORIZATION_DETAILS_CREATED")
MOST = int(os.environ.get("AUTHORIZATION_DETAILS_PAGE", "1000"))


def is_in_use(policy, everything):
    def bound(entity):
        return (getattr(entity, "permissions_boundary_arn", None) or getattr(entity, "permissions_boundary", None)) == policy.arn

    bounds = any(bound(entity) for key in ("users", "roles") for entity in everything[key])
    return ":aws:policy/" not in policy.arn or policy.attachment_count > 0 or bounds


def is_of_old(entity):
    for one in [entity, *getattr(entity, "versions", [])]:
        one.create_date = datetime.fromisoformat(CREATED)
        if hasattr(one, "update_date"):
            one.update_date = one.create_date


def get_account_authorization_details(self):
    everything = {key: list(value) for key, value in self.backend.get_account_authorization_details(self._get_param("Filter", [])).items()}
    everything["managed_policies"] = [policy for policy in everything["managed_policies"] if is_in_use(policy, everything)]
    for entity in [entity for key in LISTS.values() for entity in everything[key]] if CREATED else []:
        is_of_old(entity)
    rows = [(name, entity) for name, key in LISTS.items() for entity in everything[key]]
    size = min(int(self._get_param("MaxItems") or 100), MOST)
    first = int(self._get_param("Marker") or 0)
    page = {name: [] for name in LISTS}
    for name, entity in rows[first:first + size]:
        page[name].append(entity)
    more = first + size < len(rows)
    page["IsTruncated"] = more
    if more:
        page["Marker"] = str(first + size)
    return ActionResult(page)


IamResponse.get_account_authorization_details = get_account_authorization_details
