#!/usr/bin/env python3
"""What others would write for the core of the question: which principal made which call how often.

    peers.py orjson|duckdb-typed|duckdb-json DIR [LARGEST]

LARGEST is the length of the longest file's content. Prints how many records and distinct calls there were.
"""
import glob
import gzip
import os
import sys
from collections import Counter

TYPED = """STRUCT(eventSource VARCHAR, eventName VARCHAR, userIdentity STRUCT(arn VARCHAR,
    sessionContext STRUCT(sessionIssuer STRUCT(arn VARCHAR))))[]"""
FIELDS = {
    "duckdb-typed": """coalesce(r.userIdentity.sessionContext.sessionIssuer.arn, r.userIdentity.arn) AS principal,
        r.eventSource AS source, r.eventName AS name""",
    "duckdb-json": """coalesce(r->>'$.userIdentity.sessionContext.sessionIssuer.arn', r->>'$.userIdentity.arn') AS principal,
        r->>'$.eventSource' AS source, r->>'$.eventName' AS name""",
}


def with_orjson(trail):
    import orjson

    calls = Counter()
    for path in glob.iglob(os.path.join(glob.escape(trail), "**", "*.json.gz"), recursive=True):
        with gzip.open(path) as file:
            records = orjson.loads(file.read())["Records"]
        for record in records:
            identity = record["userIdentity"]
            issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
            calls[issuer.get("arn") or identity.get("arn"), record["eventSource"], record["eventName"]] += 1
    return sum(calls.values()), len(calls)


def with_duckdb(trail, way, largest):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.cpu_count()}")
    pattern = os.path.join(trail, "**", "*.json.gz").replace("'", "''")
    columns = TYPED if way == "duckdb-typed" else "JSON[]"
    return connection.execute(f"""
        WITH records AS (
            SELECT unnest(Records) AS r FROM read_json('{pattern}', columns = {{Records: '{columns}'}},
                format = 'unstructured', maximum_object_size = {max(int(largest) + 1024, 16 << 20)})
        ), calls AS (SELECT principal, source, name, count(*) AS n FROM (SELECT {FIELDS[way]} FROM records) GROUP BY ALL)
        SELECT sum(n)::BIGINT, count(*) FROM calls""").fetchone()


def main():
    way, trail = sys.argv[1], sys.argv[2]
    records, calls = with_orjson(trail) if way == "orjson" else with_duckdb(trail, way, sys.argv[3])
    print(f"{records} records, {calls} calls")


if __name__ == "__main__":
    main()
