#!/usr/bin/env python3
"""A trail of names that turn over beside closed sets and names of others that look alike.

turning_names.py --out DIR [--days 75] [--seed 1] [--start 2026-01-05] [--family open|closed]
  DIR/trail     one file a day; the role `other` stands for other teams
  DIR/foreign   the calls of `other` alone: a policy made for any other role must allow none of them

`open` is mostly names that turn over, in forms that differ from team to team. `closed` is mostly sets of which all members are
in use, some of them rarely, at month ends or on one weekday, with names of others that only look like members. All data is invented.
"""
import argparse
import datetime as dt
import gzip
import json
import os
import random
import string

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--days", type=int, default=75)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--start", default="2026-01-05")
parser.add_argument("--family", default="open", choices=["open", "closed"])
args = parser.parse_args()
rng = random.Random(f"{args.family} {args.seed}")
ACCOUNT, REGION = "111122223333", "eu-west-1"
START = dt.date.fromisoformat(args.start)
BASE36 = string.digits + string.ascii_lowercase
WORDS = "amber basil cedar delta ember fjord grove hazel inlet jolly kayak lemon maple nylon ocean pearl quilt river solar tulip umbra vapor".split()


def hexadecimal(length):
    return "%0*x" % (length, rng.getrandbits(4 * length))


def uuid():
    return "-".join(hexadecimal(length) for length in (8, 4, 4, 4, 12))


def mixed(length, digits=BASE36):
    return "".join(rng.choice(digits) for _ in range(length))


def ulid(when):
    milliseconds, text = int(when.timestamp() * 1000), ""
    for _ in range(10):
        text = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[milliseconds % 32] + text
        milliseconds //= 32
    return text + mixed(16, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def record(role, when, source, name, parameters, resources=(), data=False, response=None):
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    identity = {"type": "AssumedRole", "principalId": f"AROA{role.upper()[:12]}:s", "accountId": ACCOUNT,
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s",
                "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": f"AROA{role.upper()[:12]}",
                                                     "arn": arn, "accountId": ACCOUNT, "userName": role}}}
    own = {"eventVersion": "1.11", "userIdentity": identity, "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
           "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": REGION,
           "sourceIPAddress": "198.51.100.7", "userAgent": "x", "requestParameters": parameters,
           "responseElements": response, "requestID": uuid(), "eventID": uuid(), "readOnly": False,
           "eventType": "AwsApiCall", "managementEvent": not data, "recipientAccountId": ACCOUNT,
           "eventCategory": "Data" if data else "Management"}
    if resources:
        own["resources"] = [{"type": kind, "ARN": arn, "accountId": ACCOUNT} for kind, arn in resources]
    return own


def s3(role, when, name, bucket, key):
    parameters = {"bucketName": bucket, "key": key, "Host": f"{bucket}.s3.{REGION}.amazonaws.com"}
    resources = [("AWS::S3::Object", f"arn:aws:s3:::{bucket}/{key}"), ("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}")]
    return record(role, when, "s3", name, parameters, resources, True)


def dynamodb(role, when, name, table):
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    return record(role, when, "dynamodb", name, {"tableName": table}, [("AWS::DynamoDB::Table", arn)], True)


def sqs(role, when, queue):
    parameters = {"queueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}"}
    return record(role, when, "sqs", "SendMessage", parameters, [("AWS::SQS::Queue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")], True)


state = {"patch": 0, "minor": 4, "export": 96, "features": [], "revision": 7, "people": rng.sample(WORDS, 6), "customers": 940}


def at(day, hour=None):
    return dt.datetime(day.year, day.month, day.day, rng.randrange(24) if hour is None else hour, rng.randrange(60),
                       rng.randrange(60), tzinfo=dt.timezone.utc)


def open_day(n, day):
    out, iso, compact = [], day.isoformat(), day.strftime("%Y%m%d")
    for _ in range(5):
        when = at(day)
        out.append(s3("firehose", when, "PutObject", "stream", f"events/{when:%Y/%m/%d/%H}/delivery-1-{when:%Y-%m-%d-%H-%M-%S}-{uuid()}"))
    for _ in range(4):
        when = at(day)
        out.append(s3("archiver", when, "PutObject", "archive", f"y{when:%Y}m{when:%m}d{when:%d}/h{when:%H}.gz"))
        out.append(s3("gateway", when, "PutObject", "uploads", f"in/{ulid(when)}.bin"))
        out.append(s3("probe", when, "PutObject", "probes", f"ping/{int(when.timestamp())}.json"))
        out.append(s3("stamper", when, "PutObject", "stamps", f"run-{when:%Y%m%dT%H%M%SZ}/out.json"))
    if n % 2 == 0:
        state["patch"] += 1
        if n % 20 == 18:
            state["minor"], state["patch"] = state["minor"] + 1, 0
        out.append(s3("release", at(day), "PutObject", "releases", f"cli/v3.{state['minor']}.{state['patch']}/cli-linux.tar.gz"))
    state["export"] += 1
    out.append(s3("exporter", at(day), "PutObject", "exports", f"batch-{state['export']}/rows.csv"))
    out.append(s3("quarterly", at(day), "PutObject", "finance", f"ledger/{day.year}Q{(day.month + 2) // 3}/{iso}.csv"))
    out.append(dynamodb("sharder", at(day), "PutItem", f"clicks_{day.year}_{day.month:02d}"))
    api = mixed(10)
    if n % 2 == 0:
        when = at(day)
        out.append(record("deployer", when, "apigateway", "CreateDeployment", {"restApiId": "a1b2c3d4e5", "createDeploymentInput": {}},
                          response={"id": mixed(6)}))
        out.append(record("deployer", when, "apigateway", "GetDeployment", {"restApiId": "a1b2c3d4e5", "deploymentId": mixed(6)}))
        out.append(record("deployer", when, "apigateway", "DeleteRestApi", {"restApiId": api}))
    if n % 3 == 0:
        feature = f"feature-{rng.choice(WORDS)}-{rng.choice(WORDS)}"
        out.append(record("previews", at(day), "cloudformation", "CreateStack", {"stackName": f"web-{feature}", "templateURL": "x"}))
        state["features"].append(feature)
        if len(state["features"]) > 2:
            out.append(record("previews", at(day), "cloudformation", "DeleteStack", {"stackName": f"web-{state['features'].pop(0)}"}))
    out.append(record("trainer", at(day), "sagemaker", "CreateTrainingJob", {"trainingJobName": f"churn-{iso}-06-00-00-{rng.randrange(1000):03d}"}))
    out.append(record("copier", at(day), "rds", "DeleteDBSnapshot", {"dBSnapshotIdentifier": f"core-{(day - dt.timedelta(days=14)):%Y-%m-%d}"}))
    out.append(record("ecs-deploy", at(day), "ecs", "UpdateService", {"cluster": "main", "service": "web", "taskDefinition": f"web:{state['revision']}"}))
    if n % 4 == 0:
        state["revision"] += 1
    if n % 8 == 0:
        state["customers"] += 1
    for _ in range(6):
        customer = rng.randrange(925, state["customers"] + 1)
        out.append(s3("invoicer", at(day), "PutObject", "invoices", f"c{customer}/{day:%b-%Y}.pdf".lower()))
    if n % 12 == 11:
        state["people"].append([word for word in WORDS if word not in state["people"]][0])
    for person in rng.sample(state["people"], 3):
        out.append(s3("homes", at(day), rng.choice(["GetObject", "PutObject"]), "homes", f"users/{person}/notes-{rng.randrange(4)}.txt"))
    out.append(s3("model", at(day), "GetObject", "models", "churn/model-2025-09-01.bin"))
    out.append(record("logs-reader", at(day), "logs", "GetLogEvents", {"logGroupName": "/app/web", "logStreamName": f"web/{hexadecimal(32)}"}))
    return out


def closed_day(n, day):
    out, iso = [], day.isoformat()
    month_end = (day + dt.timedelta(days=1)).day == 1
    for shard in rng.sample(range(16), 4):
        out.append(s3("shards", at(day), "PutObject", "index", f"shard-{shard:02d}/segment.idx"))
    for store in rng.sample(range(1, 41), 6):
        out.append(s3("stores", at(day), "GetObject", "stores", f"store-{store:03d}/prices.csv"))
    out.append(s3("weekly", at(day), "PutObject", "plans", f"{day:%A}.json".lower()))
    for name in ("orders", "billing", "search", "users"):
        out.append(sqs("queues", at(day), f"prod-{name}"))
    if month_end:
        out.append(sqs("queues", at(day), "prod-closing"))
        out.append(s3("weekly", at(day), "PutObject", "plans", "month.json"))
    for number in rng.sample(range(4), 2):
        out.append(dynamodb("tables", at(day), "PutItem", f"orders-{number}"))
    for env in ("dev", "staging", "prod"):
        out.append(s3("config", at(day), "GetObject", "config", f"{env}/app.json"))
    for key in rng.sample(["db", "mail", "cache", "flags", "search", "limits", "routes", "seo", "pay", "geo", "ads", "cms"], 3):
        out.append(s3("config", at(day), "GetObject", "config", f"prod/{key}.json"))
    out.append(s3("model", at(day), "GetObject", "models", f"churn/model-{rng.choice(['2025-09-01', '2025-12-01'])}.bin"))
    out.append(s3("summit", at(day), "GetObject", "events", f"summit-2026/{rng.choice(['agenda', 'speakers'])}.json"))
    out.append(s3("keyed", at(day), "GetObject", "vault", "550e8400-e29b-41d4-a716-446655440000/settings.json"))
    for version in rng.sample(["v1", "v2", "v3"], 2):
        out.append(s3("api-docs", at(day), "GetObject", "docs", f"api/{version}/openapi.json"))
    for hour in rng.sample(range(24), 3):
        out.append(s3("hourly", at(day), "PutObject", "grid", f"cells/{hour:02d}.bin"))
    for team in rng.sample(["red", "green", "blue", "black", "white"], 2):
        out.append(record("params", at(day), "ssm", "GetParameter", {"name": f"/teams/{team}/token", "withDecryption": True}))
    out.append(s3("dated", at(day), "PutObject", "reports", f"sales/{iso}/summary.csv"))
    for region in ("eu-west-1", "us-east-1"):
        out.append(s3("replica", at(day), "PutObject", "mirror", f"{region}/{day:%Y-%m-%d}.tar"))
    if day.weekday() == 6:
        out.append(record("functions", at(day), "lambda", "Invoke", {"functionName": "report-weekly"}, [("AWS::Lambda::Function", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:report-weekly")], True))
    out.append(record("functions", at(day), "lambda", "Invoke", {"functionName": "report-daily"}, [("AWS::Lambda::Function", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:report-daily")], True))
    return out


def foreign(n, day):
    if args.family == "open":
        return [s3("other", at(day), "PutObject", "stream", f"payments/{day:%Y/%m/%d}/05/x-{uuid()}"),
                s3("other", at(day), "PutObject", "releases", f"kernel/v3.{n}.0/kernel.tar.gz"),
                s3("other", at(day), "PutObject", "exports", "payroll/rows.csv"),
                s3("other", at(day), "PutObject", "finance", f"board/{day.year}Q1/{day.isoformat()}.csv"),
                s3("other", at(day), "GetObject", "models", "fraud/model-2025-09-01.bin"),
                s3("other", at(day), "PutObject", "homes", "admins/root/notes-1.txt"),
                s3("other", at(day), "PutObject", "uploads", f"in-review/{ulid(at(day))}.bin"),
                dynamodb("other", at(day), "PutItem", f"salaries_{day.year}_{day.month:02d}"),
                record("other", at(day), "cloudformation", "DeleteStack", {"stackName": "prod-web"}),
                record("other", at(day), "rds", "DeleteDBSnapshot", {"dBSnapshotIdentifier": f"vault-{(day - dt.timedelta(days=14)):%Y-%m-%d}"}),
                record("other", at(day), "sagemaker", "CreateTrainingJob", {"trainingJobName": f"fraud-{day.isoformat()}-06-00-00-001"}),
                record("other", at(day), "logs", "GetLogEvents", {"logGroupName": "/app/bank", "logStreamName": f"web/{hexadecimal(32)}"})]
    return [s3("other", at(day), "PutObject", "index", f"shard-{rng.randrange(16, 32):02d}/segment.idx"),
            s3("other", at(day), "GetObject", "stores", f"store-{rng.randrange(41, 81):03d}/prices.csv"),
            s3("other", at(day), "PutObject", "plans", "salaries.json"), sqs("other", at(day), "prod-payroll"),
            dynamodb("other", at(day), "PutItem", f"orders-{rng.randrange(5, 9)}"),
            s3("other", at(day), "GetObject", "config", f"prod/{rng.choice(['root', 'vault'])}.json"),
            s3("other", at(day), "GetObject", "config", "bank/app.json"),
            s3("other", at(day), "GetObject", "models", "churn/model-2025-06-01.bin"),
            s3("other", at(day), "GetObject", "events", "summit-2027/agenda.json"),
            s3("other", at(day), "GetObject", "vault", "660e8400-e29b-41d4-a716-446655440000/settings.json"),
            s3("other", at(day), "GetObject", "docs", "api/v9/openapi.json"),
            s3("other", at(day), "PutObject", "grid", f"cells/{rng.randrange(40, 60):02d}.bin"),
            record("other", at(day), "ssm", "GetParameter", {"name": "/teams/gold/token", "withDecryption": True}),
            s3("other", at(day), "PutObject", "reports", f"wages/{day.isoformat()}/summary.csv"),
            s3("other", at(day), "PutObject", "mirror", f"us-gov-1/{day:%Y-%m-%d}.tar"),
            record("other", at(day), "lambda", "Invoke", {"functionName": "report-board"}, [("AWS::Lambda::Function", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:report-board")], True)]


def main():
    own = open_day if args.family == "open" else closed_day
    for sub, kinds in (("trail", (own, foreign)), ("foreign", (foreign,))):
        for n in range(args.days):
            day = START + dt.timedelta(days=n)
            records = [one for make in kinds for one in make(n, day)]
            folder = f"{args.out}/{sub}/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{day:%Y/%m/%d}"
            os.makedirs(folder, exist_ok=True)
            name = f"{folder}/{ACCOUNT}_CloudTrail_{REGION}_{day:%Y%m%d}T2355Z_{n:016d}.json.gz"
            with gzip.GzipFile(name, "wb", mtime=0) as out:
                out.write(json.dumps({"Records": records}, separators=(",", ":")).encode())


main()
