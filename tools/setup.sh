#!/usr/bin/env bash
# Brings what this project needs onto a machine, each piece only when it is missing.
#   tools/setup.sh build   what building and running takes
#   tools/setup.sh test    the above, and what the test suite takes
# Needs rustup (or any cargo); the rest it installs or names, with it Node.js 20 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."

say()  { printf '\033[1m•\033[0m %s  %s\n' "$(date +%T)" "$*" >&2; }
fail() { printf '\nSet-up stopped: %s\n' "$*" >&2; exit 1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 1; fi; }

# apt_get ARGUMENT...: waits while somebody else holds the package manager (unattended upgrades, another terminal), half an
# hour at most. apt waits by itself for dpkg's lock alone, and gives up at once on those of its lists and its downloads.
apt_get() {
  local log begun=$SECONDS
  log=$(mktemp)
  until as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=10 "$@" >"$log" 2>&1; do
    if ! grep -qE 'Could not get lock|is another process using it' "$log" || [ $((SECONDS - begun)) -gt 1800 ]; then
      tail -5 "$log" >&2; rm "$log"; return 1
    fi
    [ -n "${apt_waits:-}" ] || say "Another package manager is at work; waiting until it has finished"
    apt_waits=yes
    sleep 2
  done
  rm "$log"
}

apt_install() { # apt_install WHY PACKAGE...
  local why=$1; shift
  command -v apt-get >/dev/null || fail "$why needs $*; install them with this system's package manager and run the command again."
  say "Installing $* ($why; about a minute)"
  # Old lists may still do.
  apt_get update || true
  apt_get install -y --no-install-recommends "$@" \
    || fail "apt could not install $* ($why). Install them by hand and run the command again."
}

# sass, Playwright and the tests' own tools need this Node.js or a newer one. One that the set-up brought is in a folder of its
# own, which the Makefile puts ahead on PATH too: what else this machine does with its Node.js stays as it is.
NODE_MAJOR=20
NODE_FOLDER="$HOME/.cache/partner-portal/node"
export PATH="$NODE_FOLDER/node_modules/.bin:$PATH"

node_is_recent() { [ "$(node --version 2>/dev/null | sed -E 's/^v([0-9]+)\..*/\1/')" -ge "$NODE_MAJOR" ] 2>/dev/null && command -v npm >/dev/null; }

node_and_npm() {
  node_is_recent && return
  say "Node.js $NODE_MAJOR or newer with npm is needed; found: Node.js $(node --version 2>/dev/null || echo none), npm $(npm --version 2>/dev/null || echo none)"
  command -v npm >/dev/null || apt_install "Node.js for sass and the browser tests" nodejs npm
  node_is_recent && return
  # The system's is older. npm has Node.js itself, one package for each kind of machine.
  local kind; kind=$(node -p 'process.platform + "-" + process.arch' 2>/dev/null) \
    || fail "Node.js does not start here. Install Node.js $NODE_MAJOR or newer and run the command again."
  say "Bringing Node.js 24 from npm, for this project alone (a few seconds)"
  mkdir -p "$NODE_FOLDER"
  npm install --prefix "$NODE_FOLDER" --loglevel=error --no-update-notifier --no-audit --no-fund "node-$kind@24" npm@11 >/dev/null || true
  hash -r
  node_is_recent || fail "npm could not bring Node.js 24 for $kind. Install Node.js $NODE_MAJOR or newer and run the command again."
}

need_basics() {
  [ -x "$HOME/.cargo/bin/cargo" ] && export PATH="$HOME/.cargo/bin:$PATH"
  command -v cargo >/dev/null || fail "cargo is missing. Install rustup (https://rustup.rs) and run the command again."
  command -v cc >/dev/null || apt_install "a C compiler for SQLite" build-essential
  node_and_npm
  command -v curl >/dev/null || apt_install "the readiness check" curl
}

# The build tools need this Rust or a newer one.
RUST_MINOR=96

rust_is_recent() { [ "$(rustc --version 2>/dev/null | sed -E 's/^rustc 1\.([0-9]+).*/\1/')" -ge "$RUST_MINOR" ] 2>/dev/null; }
has_wasm() { compgen -G "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null; }

# A recent Rust with the WebAssembly standard library. With a recent rustup toolchain that is one download.
# Where rustup's server cannot be reached, or the installed toolchain is too old (it is not ours to update),
# Debian carries a current Rust whose sources hold that library, and we build it once.
wasm_target() {
  rust_is_recent && has_wasm && return
  if command -v rustup >/dev/null; then
    rustup override unset --nonexistent >/dev/null 2>&1 || true
    if rustup toolchain list 2>/dev/null | grep -q '^portal-web' && RUSTUP_TOOLCHAIN=portal-web has_wasm; then
      rustup override set portal-web >/dev/null 2>&1; return
    fi
    if rust_is_recent; then
      say "Adding the wasm32-unknown-unknown target with rustup (a few seconds)"
      if timeout 180 rustup target add wasm32-unknown-unknown >/dev/null 2>&1 && has_wasm; then return; fi
    fi
  fi
  command -v apt-get >/dev/null \
    || fail "Rust 1.$RUST_MINOR or newer with the wasm32-unknown-unknown target is needed. Run 'rustup update stable && rustup target add wasm32-unknown-unknown' and start again."
  say "Using the system's Rust packages: rustup has no recent toolchain with the WebAssembly target here"
  local packages="rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web lld-22"
  # shellcheck disable=SC2086
  [ -d /usr/lib/rustlib/src/rust/library ] && [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo-clippy ] && command -v lld-22 >/dev/null \
    || apt_install "a Rust that can build for WebAssembly" $packages
  local library=/usr/lib/rustlib/wasm32-unknown-unknown/lib
  if ! compgen -G "$library/libstd-*.rlib" >/dev/null; then
    say "Building the WebAssembly standard library (about a minute)"
    local work; work=$(mktemp -d)
    mkdir -p "$work/src"; : > "$work/src/lib.rs"
    printf '[package]\nname="empty_probe"\nversion="0.0.0"\nedition="2021"\n[lib]\ncrate-type=["cdylib"]\n' > "$work/Cargo.toml"
    (cd "$work" && env -u CARGO_TARGET_DIR RUSTUP_TOOLCHAIN= RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo build -q --release \
      --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort,panic_unwind,proc_macro) \
      || fail "the WebAssembly standard library did not build. With rustup's server in reach, 'rustup target add wasm32-unknown-unknown' does the same."
    as_root mkdir -p "$library"
    find "$work/target/wasm32-unknown-unknown/release/deps" -name '*.rlib' ! -name 'libempty_probe*' -print0 \
      | as_root xargs -0 cp -t "$library"
    rm -rf "$work"
  fi
  if command -v rustup >/dev/null; then
    rustup toolchain link portal-web /usr
    rustup override set portal-web >/dev/null 2>&1
  fi
  has_wasm || fail "the WebAssembly target is still missing after installing it."
}

# cargo_tool BINARY CRATE VERSION MINUTES: a debug build is enough for a build tool, and far quicker to make.
cargo_tool() {
  local binary=$1 crate=$2 version=$3 minutes=$4
  "$binary" --version 2>/dev/null | grep -q " $version" && return
  if command -v cargo-binstall >/dev/null && cargo binstall -y "$crate@$version" >/dev/null 2>&1; then return; fi
  say "Building $crate $version (about $minutes minutes on two cores, once)"
  local options=(--debug --force --quiet "$crate" --version "$version")
  export CARGO_PROFILE_DEV_DEBUG=0
  env -u CARGO_TARGET_DIR cargo install --locked "${options[@]}" 2>/tmp/portal-setup.log \
    || env -u CARGO_TARGET_DIR cargo install "${options[@]}" 2>>/tmp/portal-setup.log \
    || { tail -20 /tmp/portal-setup.log >&2; fail "cargo could not install $crate $version; install it by hand and run the command again."; }
  unset CARGO_PROFILE_DEV_DEBUG
}

# npm_folder FOLDER WHAT: installs a folder's lock file when it changed since the last time.
npm_folder() {
  local folder=$1 what=$2
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
  say "Installing $what (a few seconds)"
  npm ci --prefix "$folder" --silent --no-audit --no-fund || fail "npm could not install $folder/package.json ($what)."
  touch "$folder/node_modules/.package-lock.json"
}

# What the tests take from PyPI, in a folder of its own: the API's fuzzer, and what reads webhooks and workbooks without being ours.
python_folder() {
  local folder="$HOME/.cache/partner-portal/python"
  cmp -s tools/requirements.txt "$folder/requirements.txt" && return
  command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null \
    || apt_install "the API's fuzzer, a verifier of webhooks, a reader of workbooks and an authenticator" python3 python3-venv
  say "Installing the API's fuzzer, a verifier of webhooks, a reader of workbooks and an authenticator (half a minute)"
  python3 -m venv --clear "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check -r tools/requirements.txt \
    || fail "pip could not install tools/requirements.txt."
  cp tools/requirements.txt "$folder/"
}

# cargo-leptos looks for its helpers on PATH: give it links beside cargo, unless the machine has its own. With a Node.js that the
# set-up brought, they name it: somebody who types `cargo leptos watch` does not have make's PATH.
link_tool() {
  local name=$1 target="$PWD/tools/node_modules/.bin/$1" place="$HOME/.cargo/bin/$1" brought="$NODE_FOLDER/node_modules/.bin"
  [ -L "$place" ] || grep -qs "partner-portal" "$place" || ! command -v "$name" >/dev/null || return 0
  rm -f "$place"
  if [ -x "$brought/node" ]; then
    printf '#!/bin/sh\n# Made by the set-up of partner-portal.\nPATH="%s:$PATH" exec "%s" "$@"\n' "$brought" "$target" >"$place"
    chmod +x "$place"
  else
    ln -s "$target" "$place"
  fi
}

# Invoices are drawn in these fonts where they are not in Latin, Greek or Cyrillic. Without them they are refused, in words; so a
# system that has other fonts, or another package manager, goes without.
invoice_fonts() {
  # Droid's fallback has Chinese and Japanese, but no Korean.
  [ -d /usr/share/fonts/truetype/noto ] && [ -d /usr/share/fonts/truetype/droid ] && [ -d /usr/share/fonts/truetype/nanum ] && return
  if command -v apt-get >/dev/null; then
    apt_install "invoices in every script" fonts-noto-core fonts-droid-fallback fonts-nanum
  else
    say "For invoices in every script, install Noto Sans (Hebrew, Arabic, Thai, Devanagari, symbols and others) and a font with Chinese, Japanese and Korean"
  fi
}

build_tools() {
  need_basics
  invoice_fonts
  wasm_target
  cargo_tool wasm-bindgen wasm-bindgen-cli "$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)" 3
  cargo_tool cargo-leptos cargo-leptos 0.3.11 8
  npm_folder tools "sass and wasm-opt"
  link_tool sass
  link_tool wasm-opt
}

test_tools() {
  local browser; browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
  [ -n "$browser" ] || apt_install "the browser of the end-to-end tests" chromium
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null \
    || apt_install "the second database engine of the tests" postgresql
  command -v pdftotext >/dev/null || apt_install "the independent reader of invoices" poppler-utils
  cargo_tool cargo-deny cargo-deny 0.20.2 2
  npm_folder end2end "Playwright, axe, a mail server and a verifier of webhooks"
  python_folder
}

case "${1:-build}" in
  build) build_tools ;;
  test)  build_tools; test_tools ;;
  *)     fail "unknown part '$1'; say 'build' or 'test'." ;;
esac
