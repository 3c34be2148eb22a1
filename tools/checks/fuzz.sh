#!/bin/sh
# Runs the fuzz targets one after the other with random inputs, each for so many minutes of one core.
#   tools/checks/fuzz.sh MINUTES [TARGET…]
# A finding is printed smallest first, with the BOLERO_RANDOM_SEED that brings it back:
#   BOLERO_RANDOM_SEED=… cargo test --profile fuzz -p tighten-fuzz --test targets -- --exact TARGET
set -eu

if [ $# -lt 1 ]; then
    echo "usage: $0 MINUTES [TARGET…]" >&2
    exit 2
fi
cd "$(dirname -- "$0")/../.."
minutes=$1
shift
run="cargo test --quiet --locked --profile fuzz -p tighten-fuzz --test targets --"
[ $# -gt 0 ] || set -- $($run --list 2>/dev/null | sed -n 's/: test$//p')
BOLERO_RANDOM_TEST_TIME_MS=$((minutes * 60000))
export BOLERO_RANDOM_TEST_TIME_MS
failed=
for target in "$@"; do
    echo "== $target, $minutes min"
    $run --exact "$target" --nocapture || failed="$failed $target"
done
[ -z "$failed" ] || { echo "findings:$failed" >&2; exit 1; }
