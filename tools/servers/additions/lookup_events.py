"""CloudTrail's LookupEvents, over log files.

LOOKUP_EVENTS_GLOB says which (`logs/**/*.json.gz`), LOOKUP_EVENTS_DISABLED which regions the account has not enabled
(`ap-east-1,me-south-1`). As AWS does it: the events of the region that is asked, the latest first, both ends of the time inclusive and
in whole seconds, 50 a page at most, one attribute, and of a role's calls the session's name as the user's.
"""
import base64
import glob
import gzip
import json
import os
from datetime import datetime, timezone

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

DISABLED = set(filter(None, os.environ.get("LOOKUP_EVENTS_DISABLED", "").split(",")))
MOST = 50


def records():
    for name in sorted(glob.glob(os.environ.get("LOOKUP_EVENTS_GLOB", ""), recursive=True)):
        with (gzip.open if name.endswith(".gz") else open)(name, "rt", encoding="utf-8") as file:
            yield from json.load(file).get("Records") or []


def second(record):
    return int(datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())


def username(record):
    identity = record.get("userIdentity") or {}
    if identity.get("type") == "AssumedRole":
        return identity.get("arn", "").rsplit("/", 1)[-1]
    return identity.get("userName")


def attributes(record):
    return {
        "EventId": record.get("eventID"),
        "EventName": record.get("eventName"),
        "EventSource": record.get("eventSource"),
        "ReadOnly": str(record.get("readOnly")).lower(),
        "Username": username(record),
        "AccessKeyId": (record.get("userIdentity") or {}).get("accessKeyId"),
    }


# The history has no data events.
HISTORY = sorted((one for one in records() if one.get("managementEvent") is not False), key=second, reverse=True)


def lookup_events(self):
    if self.region in DISABLED:
        raise JsonRESTError("UnrecognizedClientException", "The security token included in the request is invalid.")
    ask = json.loads(self.body) if self.body else {}
    wanted = ask.get("LookupAttributes") or []
    if len(wanted) > 1:
        raise JsonRESTError("InvalidLookupAttributesException", "There may be one attribute.")
    since, until = int(ask.get("StartTime", 0)), int(ask.get("EndTime", 1 << 40))
    if until < since:
        raise JsonRESTError("InvalidTimeRangeException", "The end is before the start.")

    def fits(record):
        own = attributes(record)
        return (
            record.get("awsRegion") == self.region
            and since <= second(record) <= until
            and all(own.get(one["AttributeKey"]) == one["AttributeValue"] for one in wanted)
        )

    found = [record for record in HISTORY if fits(record)]
    size = min(int(ask.get("MaxResults", MOST)), MOST)
    first = int(base64.b64decode(ask["NextToken"])) if ask.get("NextToken") else 0
    page = [
        {
            **{key: value for key, value in attributes(record).items() if value},
            "EventTime": second(record),
            "Resources": [],
            "CloudTrailEvent": json.dumps(record),
        }
        for record in found[first : first + size]
    ]
    answer = {"Events": page}
    if first + size < len(found):
        answer["NextToken"] = base64.b64encode(str(first + size).encode()).decode()
    return json.dumps(answer)


CloudTrailResponse.lookup_events = lookup_events
