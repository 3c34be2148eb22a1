#!/usr/bin/env python3
"""What reading from S3 costs, against reading the same files: CPU, wall and peak memory, medians of interleaved rounds.

    tools/bench/s3.py TRAIL [--rounds 5] [--binary target/release/tighten]

TRAIL is a directory as CloudTrail delivers it. rclone serves it on core 1 (`just servers` installs it), the program runs on core 0,
and so does curl, which fetches the same objects and throws them away. Linux.
"""
import argparse
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
}


def measured(command, core):
    """Wall and CPU seconds, and peak memory in MiB, of a command on one core."""
    begun = time.monotonic()
    pid = os.posix_spawnp(
        "taskset", ["taskset", "-c", str(core), *command], ENVIRONMENT,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 3):
        raise SystemExit(f"{command[0]} ended with {code}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trail", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--binary", default=str(HERE / "target/release/tighten"))
    options = parser.parse_args()
    objects = [path for path in options.trail.resolve().rglob("*.json.gz")]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    rclone = HERE / "target/servers/bin/rclone"
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(options.trail.resolve(), pathlib.Path(folder) / "logs")
        wanted = pathlib.Path(folder) / "wanted"
        wanted.write_text("".join(
            f'url = "{url}/logs/{path.relative_to(options.trail.resolve())}"\noutput = "/dev/null"\n' for path in objects
        ))
        server = subprocess.Popen(
            ["taskset", "-c", "1", str(rclone), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--copy-links", "--no-modtime",
             "--config", "/dev/null", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                time.sleep(0.1)
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
            kinds = {
                "files": [options.binary, "analyze", "--quiet", "--trail-dir", str(options.trail), "--allow-partial"],
                "s3": [options.binary, "analyze", "--quiet", "--s3", "s3://logs", "--allow-partial", "--endpoint-url", url],
                "curl": ["curl", "--silent", "--parallel", "--parallel-max", "32", "--config", str(wanted)],
            }
            runs = {name: [] for name in kinds}
            for _ in range(options.rounds + 1):
                for name, command in kinds.items():
                    runs[name].append(measured(command, 0))
        finally:
            server.kill()
            server.wait()
    # The first round warms up.
    medians = {name: [statistics.median(run[at] for run in own[1:]) for at in range(3)] for name, own in runs.items()}
    print(f"{len(objects)} objects, {sum(path.stat().st_size for path in objects) / 2**20:.0f} MiB as stored, {options.rounds} rounds")
    for name, (wall, cpu, memory) in medians.items():
        print(f"  {name:6} wall {wall:6.2f} s   CPU {cpu:6.2f} s   {memory:6.0f} MiB")
    files, s3, curl = medians["files"], medians["s3"], medians["curl"]
    print(f"  CPU of s3 against files: {s3[1] / files[1]:.2f}")
    print(f"  wall of s3 against the slower of files and curl: {s3[0] / max(files[0], curl[0]):.2f}")
    print(f"  CPU of s3 beside files, an object: {(s3[1] - files[1]) / len(objects) * 1e6:.0f} µs; in all {s3[1] / len(objects) * 1e6:.0f} µs")


if __name__ == "__main__":
    main()
