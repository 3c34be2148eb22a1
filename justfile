# List the recipes.
default:
    @just --list

# Everything that CI checks.
ci: fmt-check clippy test doctest generated checks

# Format check.
fmt-check:
    cargo fmt --all --check

# Lints, warnings denied.
clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

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

# Independent linter and evaluator over the policies generated from the fixtures.
checks:
    tools/checks/all.sh

# Regenerate the catalog's facts from the pinned registry packages.
catalog:
    python3 tools/catalog/generate.py

# Regenerate the fixtures.
fixtures:
    cargo run --locked -p tighten-testkit --bin tighten-fixtures -- fixtures

# The main job on the bundled fixtures.
demo:
    cargo run --release --locked -p tighten-cli --bin analyze -- --trail-dir fixtures/organisation

# Licences, advisories, bans.
deny:
    cargo deny check

# A first speed figure: TRAIL is a directory of logs.
speed TRAIL:
    cargo build --release --locked -p tighten-cli
    command time -v target/release/analyze --trail-dir {{TRAIL}} --quiet > /dev/null
