#!/bin/sh
# Asks an independent evaluator (npm @cloud-copilot/iam-simulate, an external process) whether the policies of an
# `analyze --out DIR` allow every need of its report.json.
#   tools/checks/oracle.sh DIR
#   tools/checks/oracle.sh --install
# The packages live under target/, installed at the first run.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 DIR | --install" >&2
    exit 2
fi
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
node=${CARGO_TARGET_DIR:-$here/../../target}/checks/oracle
mkdir -p "$node"
if ! cmp -s "$here/package.json" "$node/installed.json"; then
    cp "$here/package.json" "$node/package.json"
    npm install --prefix "$node" --silent --no-audit --no-fund --ignore-scripts
    cp "$here/package.json" "$node/installed.json"
fi
[ "$1" != --install ] || exit 0
NODE_PATH=$node/node_modules exec node "$here/oracle.cjs" "$1"
