//! What islands ask of the document.

use leptos::{
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Document, Element, Event, HtmlElement},
};
use web_sys::NodeList;

/// All elements below a document or an element that a selector names, in their order.
pub(crate) fn all(below: &JsValue, selector: &str) -> impl Iterator<Item = Element> + use<> {
    let found: Option<NodeList> = match below.dyn_ref::<Document>() {
        Some(document) => document.query_selector_all(selector).ok(),
        None => below.dyn_ref::<Element>().and_then(|element| element.query_selector_all(selector).ok()),
    };
    let length = found.as_ref().map_or(0, NodeList::length);
    (0..length).filter_map(move |index| found.as_ref()?.get(index)?.dyn_into().ok())
}

/// The first of them.
pub(crate) fn first(below: &JsValue, selector: &str) -> Option<Element> {
    all(below, selector).next()
}

/// The element itself or the next one around it that a selector names.
pub(crate) fn closest(element: &Element, selector: &str) -> Option<Element> {
    element.closest(selector).ok().flatten()
}

/// The element that an event is about, if it is of this kind.
pub(crate) fn target_of<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

/// Gives an element the focus; whether it can have it.
pub(crate) fn focus(element: Element) -> bool {
    element.dyn_into::<HtmlElement>().is_ok_and(|element| element.focus().is_ok())
}
