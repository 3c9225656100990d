//! The arrow keys in a chart: thirty bars are one stop for the tab key, as the ARIA practices have it for what lies side by side.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys::Element};

use crate::ui::dom::{all, closest, target_of};

/// The bars of a drawing.
fn bars(root: &Element) -> Vec<Element> {
    all(root, ".chart__step").collect()
}

/// Makes one bar the stop.
fn stop_at(bars: &[Element], place: usize) {
    for (index, bar) in bars.iter().enumerate() {
        let _ = bar.set_attribute("tabindex", if index == place { "0" } else { "-1" });
    }
}

/// A chart whose bars the arrow keys walk along. Without a script each of them is a stop of its own.
#[island]
pub fn ChartKeys(
    /// The drawing.
    children: Children,
) -> impl IntoView {
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if let Some(root) = root.get() {
            let bars = bars(&root);
            stop_at(&bars, bars.len().max(1) - 1);
        }
    });
    let pressed = move |event: ev::KeyboardEvent| {
        let Some(root) = root.get_untracked() else { return };
        let bars = bars(&root);
        let focused = target_of(&event).and_then(|target| closest(&target, ".chart__step"));
        let Some(place) = bars.iter().position(|bar| Some(bar) == focused.as_ref()) else { return };
        let last = bars.len() - 1;
        let to = match &*event.key() {
            "ArrowRight" => (place + 1).min(last),
            "ArrowLeft" => place.saturating_sub(1),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        stop_at(&bars, to);
        if let Some(bar) = bars.get(to).and_then(|bar| bar.dyn_ref::<web_sys::SvgElement>()) {
            let _ = bar.focus();
        }
    };
    view! { <div node_ref=root on:keydown=pressed>{children()}</div> }
}
