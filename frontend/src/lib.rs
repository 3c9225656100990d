//! The WebAssembly entry point: wakes the islands of the page the server sent.

#![recursion_limit = "512"]
#![cfg(target_arch = "wasm32")]

// The islands' own entry points are in there.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's own script once the module is loaded; the script wakes each island after that.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
