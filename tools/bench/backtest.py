#!/usr/bin/env python3
"""Whether the interval that the backtest prints holds: policies made from the first days of a trail, and what came then.

    tools/bench/backtest.py --generator FILE [--tighten BIN] [--seeds 20] [--days 75] [--from 30] [--start DATE]

For each seed `FILE --out DIR --days N --seed S --start DATE` makes a trail below DIR/trail. `tighten analyze` makes policies
from its first days and prints an estimate of the share of later calls that they deny, with an interval of 90 %; `tighten
replay` counts the calls of the days after that they do deny, over all principals. Unless a start is given, each seed has one
of its own, so that turns of months, quarters and years fall everywhere.
"""
import argparse
import collections
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile

DAY = datetime.timedelta(days=1)


def main():
    options = arguments()
    rows = [measure(options, seed) for seed in range(1, options.seeds + 1)]
    held = [row for row in rows if row["low"] <= row["denied"] <= row["high"]]
    width = statistics.median(row["high"] - row["low"] for row in rows)
    print(f"the interval holds in {len(held)} of {len(rows)} ({len(held) / len(rows):.0%}), median width "
          f"{100 * width:.2f} points; median share denied {100 * statistics.median(row['denied'] for row in rows):.2f} %")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--generator", required=True, help="the program that makes a trail")
    parser.add_argument("--tighten", default="target/release/tighten")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--days", type=int, default=75)
    parser.add_argument("--from", dest="first", type=int, default=30, help="how many days policies are made from")
    parser.add_argument("--start", type=datetime.date.fromisoformat, help="the first day of every trail")
    parser.add_argument("--flags", default="", help="more flags for analyze")
    parser.add_argument("--verbose", action="store_true", help="the denied needs, too")
    return parser.parse_args()


def measure(options, seed):
    start = options.start or datetime.date(2026, 1, 5) + 19 * (seed - 1) * DAY
    last = start + (options.first - 1) * DAY
    with tempfile.TemporaryDirectory() as scratch:
        run([sys.executable, options.generator, "--out", scratch, "--days", str(options.days), "--seed", str(seed),
             "--start", start.isoformat()])
        trail, out = os.path.join(scratch, "trail"), os.path.join(scratch, "policies")
        run([options.tighten, "analyze", "--trail-dir", trail, "--until", last.isoformat(), "--out", out, "--quiet",
             *options.flags.split()])
        with open(os.path.join(out, "report.json"), encoding="utf-8") as file:
            report = json.load(file)
        calls, lost = later_calls(options, trail, out, report, last + DAY)
    backtest = report["backtest"]
    estimate, first = backtest["estimate"], backtest["cuts"][0]
    row = {"low": estimate["low"], "high": estimate["high"], "denied": calls["denied"] / max(calls["known"], 1)}
    verdict = "holds" if row["low"] <= row["denied"] <= row["high"] else "FAILS"
    earlier = ", ".join(f"{100 * cut['denied'] / max(cut['calls'], 1):.2f} %" for cut in backtest["cuts"])
    print(f"seed {seed:2} from {start}: expected {100 * estimate['expected']:5.2f} %, {100 * row['low']:5.2f} to "
          f"{100 * row['high']:5.2f} %; denied {100 * row['denied']:5.2f} % of {calls['known']:,}, {verdict}; "
          f"backtest {earlier}", flush=True)
    if options.verbose:
        for (who, action, resource), count in lost.most_common(8):
            print(f"        {count:5} {who} {action} {resource}")
    return row


def later_calls(options, trail, out, report, since):
    """The calls after the policies were made, over all principals that have one."""
    calls, lost = collections.Counter(), collections.Counter()
    for principal in report["principals"]:
        policies = [flag for document in principal["documents"] if "service" not in document
                    for flag in ("--policy", os.path.join(out, document["path"]))]
        if not policies:
            continue
        answer = run([options.tighten, "replay", *policies, "--trail-dir", trail, "--since", since.isoformat(),
                      "--principal", principal["principal"], "--format", "json"], codes=(0, 1))
        for replayed in json.loads(answer)["principals"]:
            calls.update({key: replayed["calls"][key] for key in ("known", "denied")})
            for need in replayed["needs"]:
                if "deny" in need["verdict"]:
                    lost[principal["name"], need["action"], str(need["resource"])] += need["count"]
    return calls, lost


def run(command, codes=(0,)):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        sys.exit(f"error: {' '.join(command)} ended with {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
