//! The built site is part of the binary: a new one makes a new binary.

fn main() {
    println!("cargo::rerun-if-changed=../target/site");
    println!("cargo::rerun-if-changed=build.rs");
}
