#!/bin/sh
# Feeds whatever reads what strangers write with inputs that a fuzzer makes up: tools/fuzz.sh [seconds] [target…].
# The targets are in tools/fuzz; what they find is kept in target/fuzz/TARGET, the input of a crash with it.
set -eu
cd "$(dirname "$0")/.."
seconds="${1:-60}"
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- tables filters api forwarded webhooks
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
host="$(rustc -vV | sed -n 's/^host: //p')"
# What cargo-fuzz passes to a nightly compiler, without the sanitizers: there is no unsafe code of ours for them to watch.
export RUSTFLAGS="--cfg fuzzing --cfg erase_components -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks"
export LEPTOS_OUTPUT_NAME=partner-portal
cargo build --profile fuzz -p fuzz --target "$host" --target-dir "$CARGO_TARGET_DIR/fuzz"
failed=0
for target in "$@"; do
    found="$CARGO_TARGET_DIR/fuzz/found/$target"
    mkdir -p "$found"
    printf '\033[1m•\033[0m %s for %s s\n' "$target" "$seconds"
    "$CARGO_TARGET_DIR/fuzz/$host/fuzz/fuzz-$target" "$found" "tools/fuzz/seeds/$target" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -artifact_prefix="$found-" -print_final_stats=1 || failed=1
done
exit "$failed"
