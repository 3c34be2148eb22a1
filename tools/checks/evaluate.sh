#!/usr/bin/env bash
# Holds our decisions against those of an independent evaluator (npm @cloud-copilot/iam-simulate, an external process):
# the table of documented rules, and N random pairs of policies and requests, 5000 unless said.
#   tools/checks/evaluate.sh [N] [SEED]
# Fails on every difference that is not of a class listed in docs/evaluate.md.
set -euo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$here/../.."
count=${1:-5000}
seed=${2:-20}
target=${CARGO_TARGET_DIR:-target}
# The packages of oracle.sh, at the same place.
node=$target/checks/oracle
mkdir -p "$node"
if ! cmp -s "$here/package.json" "$node/installed.json"; then
  cp "$here/package.json" "$node/package.json"
  npm install --prefix "$node" --silent --no-audit --no-fund --ignore-scripts
  cp "$here/package.json" "$node/installed.json"
fi
cargo build --quiet --locked -p tighten-iam --example evaluate_pairs
pairs=$target/checks/evaluate
mkdir -p "$pairs"
"$target/debug/examples/evaluate_pairs" table > "$pairs/table.jsonl"
"$target/debug/examples/evaluate_pairs" random "$count" "$seed" > "$pairs/random.jsonl"
failed=0
for file in table random; do
  NODE_PATH=$node/node_modules node "$here/evaluate.cjs" "$pairs/$file.jsonl" || failed=1
done
exit $failed
