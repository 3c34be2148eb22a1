# List the recipes.
default:
    @just --list

# What CI checks without further tools; `checks` is the rest.
ci: fmt-check clippy test doctest generated

# Format check.
fmt-check:
    cargo fmt --all --check

# Lints, warnings denied.
clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo clippy -p tighten-cli --no-default-features --locked -- -D warnings

# All tests but doctests.
test:
    cargo nextest run --workspace --locked --no-fail-fast

# Documentation examples.
doctest:
    cargo test --workspace --locked --doc --quiet

# Generated files are what their generators write.
generated:
    cargo run --quiet --locked -p tighten-testkit --bin tighten-fixtures -- fixtures
    git diff --exit-code --stat -- fixtures

# An independent linter and evaluator over generated policies; the catalog's facts are what their sources say.
checks:
    tools/checks/all.sh
    python3 tools/catalog/generate.py
    python3 tools/catalog/role_members.py
    git diff --exit-code --stat -- crates/catalog/facts crates/catalog/role_members.tsv

# What takes too long for every change: 100,000 pairs of policies compared by brute force, 50,000 decisions compared with
# another evaluator.
nightly:
    TIGHTEN_COMPARE_CASES=100000 cargo test --release --locked -p tighten-iam --test compare_laws
    tools/checks/evaluate.sh 50000

# Regenerate the catalog's facts from the pinned registry packages, and CloudFormation's handlers from their schemas.
catalog:
    python3 tools/catalog/generate.py
    python3 tools/catalog/role_members.py
    python3 tools/catalog/handlers.py

# Regenerate the fixtures.
fixtures:
    cargo run --locked -p tighten-testkit --bin tighten-fixtures -- fixtures

# Install the servers that stand for AWS in tests.
servers:
    python3 -m venv target/servers
    target/servers/bin/pip install --quiet -r tools/servers/requirements.txt
    tools/checks/oracle.sh --install

# The main job on the bundled fixtures.
demo:
    cargo run --release --locked --no-default-features --bin analyze -- --trail-dir fixtures/organisation/trail --allow-partial

# Licences, advisories, bans.
deny:
    cargo deny check

# Each fuzz target for so many minutes with random inputs; `just test` runs each for a moment.
fuzz MINUTES *TARGETS:
    tools/checks/fuzz.sh {{MINUTES}} {{TARGETS}}

# Speed against inflating alone and against installed peers; `--quick` for a small trail.
bench *ARGS:
    python3 tools/bench/bench.py {{ARGS}}

# Micro-benchmarks of reading, folding, comparing and narrowing.
bench-micro *ARGS:
    cargo bench --locked -p tighten-iam -p tighten-trail -p tighten-usage -p tighten-synthesis --bench '*' -- {{ARGS}}

# A first speed figure: TRAIL is a directory of logs.
speed TRAIL:
    cargo build --release --locked -p tighten-cli
    command time -v target/release/analyze --trail-dir {{TRAIL}} --quiet > /dev/null
