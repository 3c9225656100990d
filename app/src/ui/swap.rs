//! Asking for a page beside the one that is open, and putting parts of it in the place of what stands there.

use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{
        Document, Element, FormData, HtmlElement, HtmlInputElement, HtmlSelectElement, RequestInit, Response, Url,
    },
};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomParser, NodeList, SupportedType, UrlSearchParams};

/// The header of a request that a page sends by itself: it is no use of a session, which would otherwise never be idle.
pub const UNATTENDED: &str = "portal-unattended";

/// A page.
pub(crate) struct Answer {
    /// What its URL says from the question mark on, wherever the question was led.
    pub(crate) search: String,
    /// The page.
    pub(crate) document: Document,
}

/// Why there is no such page.
pub(crate) enum Missed {
    /// Nobody answered.
    Unreachable,
    /// There are too many questions at the moment.
    Busy,
    /// It is another page that answers, of this URL.
    Elsewhere(String),
}

/// How a question is asked.
pub(crate) enum Question {
    /// As by a link.
    Page,
    /// As by a form.
    Form(FormData),
    /// By the page itself, without anybody's doing.
    Unattended,
}

/// Asks for a page as a browser does: the one of this path, with parts that change in place. Any other is somewhere else.
pub(crate) async fn ask(url: &str, question: Question, path: &str) -> Result<Answer, Missed> {
    let (response, text) = fetch(url, &question, "text/html").await.map_err(|_| Missed::Unreachable)?;
    if is_busy(&response) {
        return Err(Missed::Busy);
    }
    let parsed = DomParser::new().and_then(|parser| parser.parse_from_string(&text, SupportedType::TextHtml));
    match (parsed, Url::new(&response.url())) {
        (Ok(document), Ok(led))
            if led.pathname() == path && document.query_selector("[data-part]").is_ok_and(|part| part.is_some()) =>
        {
            Ok(Answer { search: led.search(), document })
        }
        // What a form was answered with cannot be asked for by its address.
        _ if matches!(question, Question::Form(_)) && !response.redirected() => Err(Missed::Elsewhere(path.to_owned())),
        _ => Err(Missed::Elsewhere(response.url())),
    }
}

/// Asks a server function without arguments for a number, by the page itself.
pub(crate) async fn number_of(function: &str) -> Result<u64, Missed> {
    let asked = fetch(function, &Question::Unattended, "application/json").await;
    let (response, text) = asked.map_err(|_| Missed::Unreachable)?;
    if is_busy(&response) {
        return Err(Missed::Busy);
    }
    text.parse().map_err(|_| Missed::Elsewhere(response.url()))
}

fn is_busy(response: &Response) -> bool {
    matches!(response.status(), 429 | 502..=504)
}

async fn fetch(url: &str, question: &Question, accept: &str) -> Result<(Response, String), JsValue> {
    let with = RequestInit::new();
    let headers = leptos::web_sys::Headers::new()?;
    headers.set("accept", accept)?;
    match question {
        Question::Page => {}
        Question::Form(form) => {
            let fields: JsValue = UrlSearchParams::new_with_str_sequence_sequence(form)?.into();
            with.set_body(&fields);
        }
        Question::Unattended => headers.set(UNATTENDED, "true")?,
    }
    if matches!(question, Question::Form(_)) || accept != "text/html" {
        with.set_method("POST");
    }
    with.set_headers(&headers);
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(url, &with)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response, text.as_string().unwrap_or_default()))
}

/// Puts the parts of another page in the place of those of this one, and what its filters say into those of this one; the search
/// box is left alone while somebody types in it. The focus stays where it was if there is such a place.
pub(crate) fn swap(from: &Document, typing: bool) {
    let place = Place::of_focus();
    for part in all(&document(), "[data-part]") {
        let name = part.get_attribute("data-part").unwrap_or_default();
        if let Ok(Some(new)) = from.query_selector(&format!("[data-part={name}]")) {
            let _ = part.replace_with_with_node_1(&new);
        }
    }
    for field in all(&document(), ".filters [name]") {
        let Some(new) = from.get_element_by_id(&field.id()) else { continue };
        if let (Some(field), Some(new)) = (field.dyn_ref::<HtmlSelectElement>(), new.dyn_ref::<HtmlSelectElement>()) {
            field.set_inner_html(&new.inner_html());
            field.set_value(&new.value());
        } else if let (Some(field), Some(new)) =
            (field.dyn_ref::<HtmlInputElement>(), new.dyn_ref::<HtmlInputElement>())
            && !(typing && field.id() == "q")
        {
            field.set_value(&new.value());
        }
    }
    if let Some(place) = place {
        place.focus();
    }
}

/// Where the focus is, within a part: the how-manieth of what can have it.
struct Place {
    part: String,
    index: usize,
}

/// What can have the focus.
const FOCUSABLE: &str = "a[href], button, summary, input, select";

impl Place {
    fn of_focus() -> Option<Self> {
        let focused = document().active_element()?;
        let part = focused.closest("[data-part]").ok()??;
        let index = all(&part, FOCUSABLE).position(|element| element == focused)?;
        Some(Self { part: part.get_attribute("data-part")?, index })
    }

    fn focus(&self) {
        let part = document().query_selector(&format!("[data-part={}]", self.part)).ok().flatten();
        let element = part.and_then(|part| all(&part, FOCUSABLE).nth(self.index));
        let _ = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()).map(|element| element.focus());
    }
}

/// All elements below one that a selector names, in their order.
pub(crate) fn all(below: &JsValue, selector: &str) -> impl Iterator<Item = Element> + use<> {
    let found: Option<NodeList> = match below.dyn_ref::<Document>() {
        Some(document) => document.query_selector_all(selector).ok(),
        None => below.dyn_ref::<Element>().and_then(|element| element.query_selector_all(selector).ok()),
    };
    let length = found.as_ref().map_or(0, NodeList::length);
    (0..length).filter_map(move |index| found.as_ref()?.get(index)?.dyn_into().ok())
}
