"""Service last accessed, which moto lacks: reports from a file, ready at the second question, in pages.

LAST_ACCESSED: a JSON file {ARN: {service: {"at": TIME, "actions": {name: TIME or null}}}}; an ARN that is not in it has used nothing,
and one whose value is text has a report that fails with it.
LAST_ACCESSED_PAGE: the most services of a page.
"""
import json
import os

from moto.iam.responses import IamResponse

FILE = os.environ.get("LAST_ACCESSED")
MOST = int(os.environ.get("LAST_ACCESSED_PAGE", "1000"))
WHEN = "2026-06-01T00:00:00Z"
JOBS = {}


def answer(operation, inside):
    xmlns = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
    text = f"<{operation}Response {xmlns}><{operation}Result>{inside}</{operation}Result></{operation}Response>"
    return 200, {"Content-Type": "text/xml"}, text


def generate(self):
    arn = self._get_param("Arn")
    job = f"{len(JOBS):08d}-0000-4000-8000-000000000000"
    JOBS[job] = [arn, 0, self._get_param("Granularity")]
    return answer("GenerateServiceLastAccessedDetails", f"<JobId>{job}</JobId>")


def action(name, at):
    when = f"<LastAccessedTime>{at}</LastAccessedTime>" if at else ""
    return f"<member><ActionName>{name}</ActionName>{when}</member>"


def service(name, known):
    tracked = "".join(action(*one) for one in known.get("actions", {}).items())
    when = f"<LastAuthenticated>{known['at']}</LastAuthenticated>" if known.get("at") else ""
    return (
        f"<member><ServiceName>{name}</ServiceName><ServiceNamespace>{name}</ServiceNamespace>{when}"
        f"<TrackedActionsLastAccessed>{tracked}</TrackedActionsLastAccessed></member>"
    )


def get(self):
    job = JOBS[self._get_param("JobId")]
    arn, asked, granularity = job
    job[1] += 1
    rows = json.load(open(FILE)).get(arn, {}) if FILE else {}
    status = "COMPLETED" if asked else "IN_PROGRESS"
    inside = f"<JobType>{granularity}</JobType><JobCreationDate>{WHEN}</JobCreationDate><JobCompletionDate>{WHEN}</JobCompletionDate>"
    if asked and isinstance(rows, str):
        inside += f"<JobStatus>FAILED</JobStatus><Error><Message>{rows}</Message><Code>ServiceFailure</Code></Error><ServicesLastAccessed/>"
        return answer("GetServiceLastAccessedDetails", inside)
    rows = list(rows.items()) if asked else []
    first = int(self._get_param("Marker") or 0)
    size = min(int(self._get_param("MaxItems") or 100), MOST)
    listed = "".join(service(*row) for row in rows[first:first + size])
    more = first + size < len(rows)
    inside += f"<JobStatus>{status}</JobStatus><ServicesLastAccessed>{listed}</ServicesLastAccessed><IsTruncated>{str(more).lower()}</IsTruncated>"
    if more:
        inside += f"<Marker>{first + size}</Marker>"
    return answer("GetServiceLastAccessedDetails", inside)


IamResponse.generate_service_last_accessed_details = generate
IamResponse.get_service_last_accessed_details = get
