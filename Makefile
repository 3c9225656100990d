# The commands of this project. `make run` and `make test` do all the set-up a fresh machine needs.

export CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TERM_COLOR ?= auto
# The first is there where the set-up had to bring a newer Node.js.
export PATH := $(HOME)/.cache/partner-portal/node/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)

# Says what begins and when, so that a log shows where the time went.
STEP = printf '\033[1m•\033[0m %s  %s\n' "$$(date +%T)"

NATIVE := -p domain -p store -p services -p app -p server -p fuzz
# As cargo-leptos builds them: one set of flags, or everything is compiled and stored twice. The name is one of those that the
# framework's crates are compiled with.
NATIVE_FLAGS := RUSTFLAGS="--cfg erase_components" LEPTOS_OUTPUT_NAME=partner-portal
BINARY = $(CARGO_TARGET_DIR)/debug/partner-portal

.PHONY: run test setup build lint test-rust test-api test-kill test-end2end test-watch release size bench lighthouse fuzz clean

## Installs what is missing, builds, fills the demo account, serves; prints address and logins.
run: build
	$(BINARY) serve --demo

## Installs what is missing and runs everything that CI runs.
test: setup-test lint test-rust size build test-api test-kill test-end2end test-watch
	@echo "All tests passed."

setup:
	@tools/setup.sh build

.PHONY: setup-test
setup-test:
	@tools/setup.sh test

## The binary, the style sheet and the WebAssembly, unoptimised.
build: setup
	@$(STEP) "build"
	cargo leptos build

## Format, lints, the borders between the crates, circles between files, what the documentation names, dependencies.
lint: setup-test
	@$(STEP) "format and lints"
	cargo fmt --all --check
	tools/borders.sh
	node tools/check-circles.mjs
	node tools/check-docs.mjs
	tools/deny.sh
	$(NATIVE_FLAGS) cargo clippy $(NATIVE) --all-targets -- -D warnings
	cargo clippy -p frontend --target wasm32-unknown-unknown --target-dir $(CARGO_TARGET_DIR)/front --profile wasm-dev --no-default-features -- -D warnings

## Domain, services, store and HTTP; the last two on SQLite and on a throw-away PostgreSQL.
test-rust: setup-test
	@$(STEP) "domain, services, store and HTTP tests"
	$(NATIVE_FLAGS) tools/with-postgres.sh cargo test $(NATIVE)
	@$(STEP) "HTTP tests on PostgreSQL"
	$(NATIVE_FLAGS) PORTAL_TEST_ENGINE=postgres tools/with-postgres.sh cargo test -p server --test http

## The HTTP API against its own description, by a fuzzer.
test-api: setup-test build
	@$(STEP) "the HTTP API against its description"
	tools/with-server.sh tools/schemathesis.sh

## Leads go through while processes are killed, by the API and from a file: none is lost, none doubled.
test-kill: setup-test build
	@$(STEP) "leads go through while processes are killed"
	node tools/kill.mjs 5000 3 1
	node tools/import.mjs 50000
	tools/with-postgres.sh sh -c 'name=kill_$$$$ && psql -q "$$PORTAL_TEST_POSTGRES" -c "CREATE DATABASE $$name" && DATABASE_URL="$${PORTAL_TEST_POSTGRES%/*}/$$name" node tools/kill.mjs 5000 3 2'

## The whole in a real browser; on PostgreSQL each journey once, for the statements are tested whole on both engines before.
test-end2end: setup-test build
	@$(STEP) "end-to-end tests"
	tools/end2end.sh sqlite
	tools/with-postgres.sh tools/end2end.sh postgres

## `cargo leptos watch`: what is changed in the source arrives in an open page, and Ctrl-C ends all of it.
test-watch: setup-test build
	@$(STEP) "what is changed in the source arrives in an open page"
	node tools/watch.mjs

## The optimised binary and site: what production runs.
release: setup
	cargo leptos build --release --precompress
	tools/one-file.sh

## What the browser loads, compressed, against the budgets.
size: setup
	@$(STEP) "size of what the browser loads"
	cargo leptos build --release --frontend-only --precompress
	node tools/size.mjs

## Measures the budgets; docs/PERFORMANCE.md says what was found.
bench: release
	tools/bench.sh

## How quickly pages stand on a phone, by Lighthouse, against the budgets.
lighthouse: release
	PORTAL_BINARY="$(CARGO_TARGET_DIR)/release/partner-portal" tools/with-server.sh node tools/lighthouse.mjs

## Feeds whatever reads what strangers write with made-up input, ten minutes for each of tools/fuzz/targets.
fuzz: setup
	tools/fuzz.sh 600

clean:
	rm -rf target data
