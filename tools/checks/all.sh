#!/usr/bin/env bash
# Policies generated from the fixtures, through an independent linter and an independent evaluator; and our own evaluation
# of policies against that evaluator.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
cargo build --quiet --locked -p tighten-cli
# A collection of real trails, where one stands beside the repository.
for trail in fixtures/*/trail ../shared/trails; do
  [ -d "$trail" ] || { echo "== skipped: no $trail"; continue; }
  name=$(basename "$(dirname "$trail")")
  for resources in auto exact; do
    out=$target/checks/out/$name-$resources
    rm -rf "$out"
    # A file of the organisation is cut short on purpose.
    "$target/debug/tighten" analyze --trail-dir "$trail" --resources "$resources" --allow-partial --quiet --out "$out" > /dev/null
    echo "== $name, --resources $resources"
    tools/checks/lint_policies.sh "$out"
    tools/checks/oracle.sh "$out"
  done
done
tools/checks/evaluate.sh
