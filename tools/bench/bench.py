#!/usr/bin/env python3
"""How fast a trail is read: the least that it can cost, this program, and what else people use.

    tools/bench/bench.py [--quick] [--trail DIR | --bytes 256M] [--rounds 5] [--only NAME,…] [--json FILE]

Everything runs in turn, round after round, on files that are in the page cache; of all rounds the medians count. CPU is
that of the whole process with all that it starts. A contender that is not installed is left out and named. The trail is
made by `tighten-fixtures bench` unless one is given. docs/performance.md explains the columns.
"""
import argparse
import glob
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
TARGET = os.path.abspath(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")))
PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers.py")
BASELINE = "inflate libdeflate"


def main():
    options = arguments()
    build(options)
    trail = options.trail or make_trail(options)
    files = sorted(glob.glob(os.path.join(glob.escape(trail), "**", "*.json.gz"), recursive=True))
    if not files:
        sys.exit(f"error: no .json.gz below {trail}")
    stored = sum(os.path.getsize(path) for path in files)
    for path in files:
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass
    contenders, missing = select(options, trail, files)
    with tempfile.TemporaryDirectory() as scratch:
        runs = measure(contenders, options, scratch)
    size = size_of_content(runs)
    print(f"{len(files):,} files, {stored:,} bytes stored, {size:,} bytes of JSON; {os.cpu_count()} cores, "
          f"{options.rounds} rounds, medians\n")
    rows = [row(name, runs[name], runs, size) for name in runs]
    table(rows)
    for name, why in missing:
        print(f"left out: {name} ({why})")
    check_answers(runs)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"files": len(files), "storedBytes": stored, "jsonBytes": size, "cores": os.cpu_count(),
                       "rounds": options.rounds, "contenders": rows}, out, indent=2)
            out.write("\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trail", help="measure on this directory of .json.gz files")
    parser.add_argument("--bytes", help="how much JSON to generate (default: 256M)")
    parser.add_argument("--layout", default="mixed", choices=["mixed", "tiny", "one"])
    parser.add_argument("--rounds", type=int, help="(default: 5)")
    parser.add_argument("--patience", type=float, default=60, help="what takes longer than so many seconds runs once")
    parser.add_argument("--only", default="", help="only contenders whose name has one of these, separated by commas")
    parser.add_argument("--tighten", help="measure this program and not the one built here")
    parser.add_argument("--json", help="write the figures to this file as well")
    parser.add_argument("--quick", action="store_true", help="20 MB and three rounds, to see that everything runs")
    options = parser.parse_args()
    options.bytes = options.bytes or ("20M" if options.quick else "256M")
    options.rounds = options.rounds or (3 if options.quick else 5)
    return options


def build(options):
    cargo = ["cargo", "build", "--quiet", "--release", "--locked"]
    subprocess.run([*cargo, "-p", "tighten-testkit", "--bin", "tighten-fixtures", "--example", "inflate"], cwd=ROOT, check=True)
    if not options.tighten:
        subprocess.run([*cargo, "-p", "tighten-cli", "--bin", "tighten"], cwd=ROOT, check=True)
        options.tighten = os.path.join(TARGET, "release", "tighten")


def make_trail(options):
    """The same options give the same bytes, so a trail that is there is used again."""
    out = os.path.join(TARGET, "bench", f"trail-{options.layout}-{options.bytes}")
    if not os.path.exists(os.path.join(out, "truth.json")):
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        generator = os.path.join(TARGET, "release", "tighten-fixtures")
        subprocess.run([generator, "bench", "--out", out, "--bytes", options.bytes, "--layout", options.layout],
                       check=True, stdout=subprocess.DEVNULL)
    return os.path.join(out, "AWSLogs")


def select(options, trail, files):
    """The contenders as name → command, and those that cannot run."""
    inflate = os.path.join(TARGET, "release", "examples", "inflate")
    tighten = [options.tighten, "analyze", "--trail-dir", trail, "--quiet", "--format", "json"]
    python = [sys.executable, PEERS]
    find = f"find {shell(trail)} -name '*.json.gz' -print0 | xargs -0 zcat"
    jq = ".Records[] | [.userIdentity.sessionContext.sessionIssuer.arn // .userIdentity.arn, .eventSource, .eventName] | @tsv"
    count = "LC_ALL=C sort | uniq -c | awk '{n += $1} END {print n \" records, \" NR \" calls\"}'"
    scraper = f"trailscraper select --log-dir {shell(trail)} | trailscraper generate"
    largest = str(max(content_length(path) for path in files))
    everything = [
        (BASELINE, [inflate, "libdeflate", trail], None),
        ("inflate flate2", [inflate, "flate2", trail], None),
        ("tighten, 1 thread", [*tighten, "--threads", "1"], None),
        ("tighten, 2 threads", [*tighten, "--threads", "2"], None),
        ("python, orjson", [*python, "orjson", trail], lacks_module("orjson")),
        ("DuckDB, typed", [*python, "duckdb-typed", trail, largest], lacks_module("duckdb")),
        ("DuckDB, JSON", [*python, "duckdb-json", trail, largest], lacks_module("duckdb")),
        ("zcat and jq", ["sh", "-c", f"{find} | jq -r '{jq}' | {count}"], lacks_program("jq")),
        ("trailscraper", ["sh", "-c", scraper], lacks_program("trailscraper")),
    ]
    wanted = [word for word in options.only.split(",") if word]
    chosen = [one for one in everything if one[0] == BASELINE or not wanted or any(word in one[0] for word in wanted)]
    return {name: command for name, command, lacks in chosen if not lacks}, \
        [(name, lacks) for name, _, lacks in chosen if lacks]


def shell(text):
    return "'" + text.replace("'", "'\\''") + "'"


def lacks_module(name):
    found = subprocess.run([sys.executable, "-c", f"import {name}"], stderr=subprocess.DEVNULL, check=False)
    return None if found.returncode == 0 else f"no module `{name}` for {sys.executable}"


def lacks_program(name):
    return None if shutil.which(name) else f"no `{name}` in PATH"


def content_length(path):
    """What gzip's last bytes say."""
    with open(path, "rb") as file:
        file.seek(-4, os.SEEK_END)
        return struct.unpack("<I", file.read(4))[0]


def measure(contenders, options, scratch):
    runs = {name: [] for name in contenders}
    for number in range(options.rounds):
        for name, command in contenders.items():
            if number > 0 and runs[name][0]["wall"] > options.patience:
                continue
            print(f"\rround {number + 1} of {options.rounds}: {name:<30}", end="", file=sys.stderr, flush=True)
            runs[name].append(run(name, command, os.path.join(scratch, "out")))
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    return runs


def run(name, command, out):
    with open(out, "wb") as stdout:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE)
        error = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"\nerror: {name} ended with {child.returncode}\n{error.decode(errors='replace')[-2000:]}")
    with open(out, "rb") as stdout:
        answer = stdout.read(4 << 20)
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss * 1024, "answer": answer}


def size_of_content(runs):
    """`N files, M bytes`, as the baseline prints it."""
    return int(runs[BASELINE][0]["answer"].split()[2])


def median(runs, key):
    return statistics.median(one[key] for one in runs)


def row(name, own, runs, size):
    wall, cpu = median(own, "wall"), median(own, "cpu")
    return {
        "name": name,
        "rounds": len(own),
        "megabytesPerSecond": round(size / 1e6 / wall, 1),
        "cpuSeconds": round(cpu, 3),
        # Of each round on its own, so that what slows the machine for a while slows both sides.
        "timesInflate": round(statistics.median(a["cpu"] / b["cpu"] for a, b in zip(own, runs[BASELINE])), 2),
        "wallSeconds": round(wall, 3),
        "peakMebibytes": round(median(own, "rss") / (1 << 20), 1),
    }


def table(rows):
    print("| | MB/s of JSON | CPU s | × inflate | wall s | peak MiB |")
    print("|---|---:|---:|---:|---:|---:|")
    for one in rows:
        once = " (once)" if one["rounds"] == 1 and len(rows) > 1 and rows[0]["rounds"] > 1 else ""
        print(f"| {one['name']}{once} | {one['megabytesPerSecond']:,.0f} | {one['cpuSeconds']:.2f} | {one['timesInflate']:.2f} "
              f"| {one['wallSeconds']:.2f} | {one['peakMebibytes']:,.0f} |")
    print()


def check_answers(runs):
    """Whoever counts records has to count the same ones."""
    counted = {}
    for name, own in runs.items():
        words = own[0]["answer"].split()
        if len(words) >= 2 and words[1] == b"records,":
            counted[name] = int(words[0])
        elif name.startswith("tighten"):
            counted[name] = json.loads(own[0]["answer"])["input"]["records"]
    if len(set(counted.values())) > 1:
        sys.exit(f"error: the contenders did not read the same records: {counted}")


if __name__ == "__main__":
    main()
