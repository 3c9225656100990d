#!/usr/bin/env bash
# What we depend on, by the rules of deny.toml: licences, sources, wildcards, and known holes where the list of them is at hand.
set -euo pipefail
cd "$(dirname "$0")/.."

# The rules are about the dependencies on every system, so each must be here. Nothing is fetched when they are.
cargo fetch --quiet --locked
cargo deny --offline check licenses bans sources

# The list of known holes (RustSec's) is no package: it comes from a repository that not every machine reaches.
if compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/.git" >/dev/null; then
  cargo deny --offline check advisories
else
  echo "Known holes were NOT looked for: their list is not on this machine. 'cargo deny fetch db' brings it where the network allows."
fi
