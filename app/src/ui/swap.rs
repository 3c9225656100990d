//! Asking for a page beside the one that is open, and putting parts of it in the place of what stands there.

use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Document, FormData, Headers, HtmlInputElement, HtmlSelectElement, RequestInit, Response, Url},
};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomParser, SupportedType, UrlSearchParams};

use super::dom::{all, closest, first, focus};

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
    let with = RequestInit::new();
    let mut headers = vec![("accept", "text/html")];
    let sent = match &question {
        Question::Page => Ok(()),
        Question::Form(form) => UrlSearchParams::new_with_str_sequence_sequence(form).map(|fields| {
            with.set_method("POST");
            with.set_body(&fields);
        }),
        Question::Unattended => {
            headers.push((UNATTENDED, "true"));
            Ok(())
        }
    };
    sent.map_err(|_| Missed::Unreachable)?;
    let (response, text) = fetch(url, &with, &headers).await?;
    let parsed = DomParser::new().and_then(|parser| parser.parse_from_string(&text, SupportedType::TextHtml));
    match (parsed, Url::new(&response.url())) {
        (Ok(document), Ok(led)) if led.pathname() == path && first(&document, "[data-part]").is_some() => {
            Ok(Answer { search: led.search(), document })
        }
        // What a form was answered with cannot be asked for by its address: the page it stands in is loaded anew.
        _ if matches!(question, Question::Form(_)) && !response.redirected() => {
            Err(Missed::Elsewhere(window().location().href().unwrap_or_else(|_| path.to_owned())))
        }
        _ => Err(Missed::Elsewhere(response.url())),
    }
}

/// Asks a server function without arguments for a number, by the page itself.
pub(crate) async fn number_of(function: &str) -> Result<u64, Missed> {
    let with = RequestInit::new();
    with.set_method("POST");
    let (response, text) = fetch(function, &with, &[("accept", "application/json"), (UNATTENDED, "true")]).await?;
    text.parse().map_err(|_| Missed::Elsewhere(response.url()))
}

/// Sends a request, and answers what it was answered with.
async fn fetch(url: &str, with: &RequestInit, headers: &[(&str, &str)]) -> Result<(Response, String), Missed> {
    let answered = async {
        let sent = Headers::new()?;
        for (name, value) in headers {
            sent.set(name, value)?;
        }
        with.set_headers(&sent);
        let response: Response = JsFuture::from(window().fetch_with_str_and_init(url, with)).await?.dyn_into()?;
        let text = JsFuture::from(response.text()?).await?;
        Ok::<_, JsValue>((response, text.as_string().unwrap_or_default()))
    };
    let (response, text) = answered.await.map_err(|_| Missed::Unreachable)?;
    if matches!(response.status(), 429 | 502..=504) { Err(Missed::Busy) } else { Ok((response, text)) }
}

/// Puts the parts of another page in the place of those of this one, and what its filters say into those of this one; the search
/// box is left alone while somebody types in it. The focus stays where it was if there is such a place.
pub(crate) fn swap(from: &Document, typing: bool) {
    let place = Place::of_focus();
    for part in all(&document(), "[data-part]") {
        let name = part.get_attribute("data-part").unwrap_or_default();
        // What is the same stays: somebody may just be pressing a link in it.
        let new = first(from, &format!("[data-part={name}]")).filter(|new| !part.is_equal_node(Some(new)));
        if let Some(new) = new {
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
        let part = closest(&focused, "[data-part]")?;
        let index = all(&part, FOCUSABLE).position(|element| element == focused)?;
        Some(Self { part: part.get_attribute("data-part")?, index })
    }

    fn focus(&self) {
        let part = first(&document(), &format!("[data-part={}]", self.part));
        let Some(place) = part.and_then(|part| all(&part, FOCUSABLE).nth(self.index)) else { return };
        // What is folded away cannot have it; what folds it away can.
        let folded = closest(&place, "details:not([open])").and_then(|details| first(&details, "summary"));
        focus(folded.unwrap_or(place));
    }
}
