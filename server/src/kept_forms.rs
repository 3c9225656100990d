//! What was typed into a form is not lost: neither when something in it has to be corrected, nor when its session has ended.
//!
//! A form that cannot be taken is kept on the server for half an hour, sealed, under a token in a cookie of the browser that sent
//! it; what was wrong with it is kept with it. The page that is shown next is filled with what was typed, so that nothing of it
//! ever stands in an address. It works for every form that the browser itself sends: the form is found in the finished page by
//! what it is sent to, and its fields by their names.

use std::{cell::RefCell, collections::HashMap, rc::Rc, str::FromStr};

use app::{
    access::{AppState, Restored, confirm_page, cookie, is_admin_area, session_hash, set_cookie, wants_html},
    auth::{admin_login_path, login_path},
    ui::with_pair,
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::Response,
};
use domain::{clock::OsEntropy, ids::UserId, partners::UserKind};
use http_body_util::{BodyExt, Limited};
use lol_html::{RewriteStrSettings, element, end_tag, html_content::ContentType, rewrite_str};
use serde::{Deserialize, Serialize};
use services::{sealed::KEPT_FORM, tokens};
use store::{
    Reader, StoreError,
    kept_forms::{self, KeptForm},
};

use crate::origin::{own_path, without_error};

/// The most bytes of a form that are kept.
const MAX_FORM: usize = 64 * 1024;
/// The most bytes of a page that is filled.
const MAX_PAGE: usize = 8 * 1024 * 1024;
/// The cookie with a form's token.
const COOKIE: &str = "portal-form";
/// The same for the forms by which somebody logs in: they must not drive out the form for whose sake that is done.
const LOGIN_COOKIE: &str = "portal-login-form";

/// The cookie for a form that is sent to a function.
fn cookie_of(action: &str) -> &'static str {
    if action.contains("/auth/") { LOGIN_COOKIE } else { COOKIE }
}

/// Keeps a form that was not taken, and fills its page with it.
pub(crate) async fn keep(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let area = if is_admin_area(path) { "admin" } else { "partner" };
    if *request.method() == Method::GET && wants_html(request.headers()) && !path.starts_with("/fn/") {
        return fill(&state, area, request, next).await;
    }
    if *request.method() != Method::POST || !path.starts_with("/fn/") {
        return next.run(request).await;
    }
    let action = path.to_owned();
    let token = token_of(&state, request.headers(), cookie_of(&action));
    let by_browser = wants_html(request.headers())
        && header(request.headers(), header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
    if !by_browser {
        let mut response = next.run(request).await;
        if let Some(token) = token.filter(|_| response.status().is_success())
            && forget(&state, &token, &action).await
        {
            forget_cookie(&state, &mut response, &action);
        }
        return response;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, 256 * 1024).collect().await.map(http_body_util::Collected::to_bytes) else {
        let mut refused = Response::new(Body::empty());
        *refused.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return refused;
    };
    let headers = parts.headers.clone();
    let mut response = next.run(Request::from_parts(parts, Body::from(body.clone()))).await;
    let sent_again = match token {
        Some(token) => forget(&state, &token, &action).await,
        None => false,
    };
    let Some(back) = way_back(&response, area, &action, &headers) else {
        if sent_again {
            forget_cookie(&state, &mut response, &action);
        }
        return response;
    };
    let location = HeaderValue::try_from(&back.location).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    match keep_form(&state, area, &headers, &back, &action, &body).await {
        Ok(cookie) => response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie))),
        // The page is shown without it.
        Err(error) => tracing::warn!(cause = %error, "a form that was not taken could not be kept"),
    }
    response
}

/// Where the browser is sent with a form that was not taken.
struct WayBack {
    location: String,
    /// The form's page.
    page: String,
    /// What was wrong with the form, as the framework writes it; nothing when its visitor had to log in, or
    /// to confirm the login, first.
    error: Option<String>,
}

/// The way back of a form that was not taken.
fn way_back(response: &Response, area: &str, action: &str, headers: &HeaderMap) -> Option<WayBack> {
    let location = header(response.headers(), header::LOCATION);
    if !response.status().is_redirection() {
        return None;
    }
    // The framework leads back to a whole address, the portal to a path.
    let whole = url::Url::parse(location).ok();
    let (path, query) = location.split_once('?').unwrap_or((location, ""));
    let path = whole.as_ref().map_or(path, url::Url::path);
    let (location, error) = without_error(path, query);
    if error.is_some() {
        return Some(WayBack { location, page: own_path(path).to_owned(), error });
    }
    let confirm = confirm_page(if area == "admin" { UserKind::Admin } else { UserKind::Partner });
    // What a login form holds is nobody's work.
    let is_login = path == format!("/{area}/login") && !action.contains("/auth/");
    if !is_login && path != confirm {
        return None;
    }
    let page = url::Url::parse(header(headers, header::REFERER)).ok();
    let page = page.filter(|page| page.path().starts_with(&format!("/{area}/")))?;
    let target = page.query().map_or_else(|| page.path().to_owned(), |query| format!("{}?{query}", page.path()));
    let location = match area {
        _ if path == confirm => with_pair(confirm, "next", &target),
        "admin" => admin_login_path(Some(&target)),
        _ => login_path(Some(&target)),
    };
    Some(WayBack { location, page: page.path().to_owned(), error: None })
}

/// What is sealed of a form.
#[derive(Serialize, Deserialize)]
struct Content {
    /// Its fields, as they were sent, secrets left out; none of a form that is too long to be kept.
    fields: Option<String>,
    error: Option<String>,
}

/// Keeps a form; the cookie with its token.
async fn keep_form(
    state: &AppState,
    area: &str,
    headers: &HeaderMap,
    back: &WayBack,
    action: &str,
    body: &Bytes,
) -> Result<Option<HeaderValue>, services::ServiceError> {
    // A form that is too long to be kept is told what was wrong with it all the same, and shows what is stored.
    let fields = (body.len() <= MAX_FORM).then(|| {
        let fields = form_urlencoded::parse(body).filter(|(name, _)| !is_secret(name));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    });
    let content = serde_json::json!(Content { fields, error: back.error.clone() }).to_string();
    let content = state.portal.secrets.seal(&OsEntropy, KEPT_FORM, &content)?;
    let (token, hash) = tokens::fresh()?;
    let user = user_of(&mut state.db.unguarded().reader().await?, state, area, headers).await?;
    let mut tx = state.db.unguarded().begin_write().await?;
    kept_forms::keep(&mut tx, &hash, KeptForm::new(user, &back.page, action, content)).await?;
    tx.commit().await?;
    Ok(set_cookie(cookie_of(action), state.portal.production, &token, kept_forms::LIFE.num_seconds()))
}

/// Passwords and other secrets are typed again.
fn is_secret(name: &str) -> bool {
    name == "code" || ["password", "repeat", "current", "secret", "token"].iter().any(|word| name.contains(word))
}

/// Whose the session in the browser's cookie is or was.
async fn user_of(
    read: &mut Reader,
    state: &AppState,
    area: &str,
    headers: &HeaderMap,
) -> Result<Option<UserId>, StoreError> {
    let id = cookie(headers, state, &format!("portal-{area}"));
    match id.and_then(|id| tower_sessions::session::Id::from_str(id).ok()) {
        Some(id) => store::sessions::user_of(read, &session_hash(id)).await,
        None => Ok(None),
    }
}

/// Answers with the page, filled with what was kept if it is the form's and the visitor is whoever sent it.
async fn fill(state: &AppState, area: &str, mut request: Request, next: Next) -> Response {
    let mut found = None;
    for name in [COOKIE, LOGIN_COOKIE] {
        let Some(token) = token_of(state, request.headers(), name) else { continue };
        match kept_for(state, area, &token, request.headers(), request.uri().path()).await {
            Ok(Some((action, content))) => found = Some((token, action, content)),
            Ok(None) => {}
            Err(error) => tracing::warn!(cause = %error, "a kept form could not be read"),
        }
    }
    let Some((token, action, content)) = found else { return next.run(request).await };
    match &content.error {
        // The framework reads it from the address, where nobody but us can put it.
        Some(error) => {
            if let Some(uri) = with_error(request.uri(), &action, error) {
                *request.uri_mut() = uri;
            }
        }
        None => drop(request.extensions_mut().insert(Restored)),
    }
    let ahead = header(request.headers(), HeaderName::from_static("sec-purpose")).contains("prefetch");
    let mut response = next.run(request).await;
    // Said once. What was typed before a session ended stays until it is sent.
    if content.error.is_some() && !ahead && forget(state, &token, &action).await {
        forget_cookie(state, &mut response, &action);
    }
    let Some(fields) = &content.fields else { return response };
    let is_page = header(response.headers(), header::CONTENT_TYPE).starts_with("text/html");
    if response.status().is_redirection() || !is_page {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(page) = Limited::new(body, MAX_PAGE).collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let typed: Vec<_> = form_urlencoded::parse(fields.as_bytes()).into_owned().collect();
    let filled = std::str::from_utf8(&page).ok().and_then(|page| filled(page, &action, &typed));
    Response::from_parts(parts, filled.map_or_else(|| Body::from(page), Body::from))
}

/// An address with what was wrong with a form.
fn with_error(uri: &Uri, action: &str, error: &str) -> Option<Uri> {
    let mut query = form_urlencoded::Serializer::new(uri.query().unwrap_or_default().to_owned());
    let query = query.append_pair("__path", action).append_pair("__err", error).finish();
    format!("{}?{query}", uri.path()).parse().ok()
}

/// What the form of a token is sent to and what is kept of it, if it belongs to this page and this visitor.
async fn kept_for(
    state: &AppState,
    area: &str,
    token: &str,
    headers: &HeaderMap,
    page: &str,
) -> Result<Option<(String, Content)>, services::ServiceError> {
    let mut read = state.db.unguarded().reader().await?;
    let kept = kept_forms::find(&mut read, &tokens::hash(token)).await?;
    let Some(kept) = kept.filter(|kept| kept.page == page) else { return Ok(None) };
    if !kept.is_for(user_of(&mut read, state, area, headers).await?) {
        return Ok(None);
    }
    let content = state.portal.secrets.open(KEPT_FORM, &kept.content)?;
    Ok(serde_json::from_str(&content).ok().map(|content| (kept.action, content)))
}

/// A form that was sent again needs to be kept no more. Whether it was the one of this token, which stands for nothing then.
async fn forget(state: &AppState, token: &str, action: &str) -> bool {
    let hash = tokens::hash(token);
    let forgotten = async {
        let kept = kept_forms::find(&mut state.db.unguarded().reader().await?, &hash).await?;
        let is_it = kept.is_some_and(|kept| kept.action == action);
        if is_it {
            let mut tx = state.db.unguarded().begin_write().await?;
            kept_forms::forget(&mut tx, &hash).await?;
            tx.commit().await?;
        }
        Ok::<_, StoreError>(is_it)
    };
    forgotten.await.unwrap_or_else(|error| {
        tracing::warn!(cause = %error, "a form that was sent could not be forgotten");
        false
    })
}

/// A browser that keeps a token of nothing would have it looked up for every page it opens.
fn forget_cookie(state: &AppState, response: &mut Response, action: &str) {
    let cookie = set_cookie(cookie_of(action), state.portal.production, "", 0);
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
}

fn token_of(state: &AppState, headers: &HeaderMap, name: &str) -> Option<String> {
    cookie(headers, state, name).filter(|token| token.len() == 64).map(ToOwned::to_owned)
}

fn header(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What is still to be put into the fields of the form that is being read.
struct Filling {
    /// How many forms with that action have begun.
    forms: usize,
    inside: bool,
    values: HashMap<String, Vec<String>>,
    select: Option<String>,
}

impl Filling {
    /// The next value of a field that has not been filled yet.
    fn next(&mut self, name: &str) -> Option<String> {
        let values = self.values.get_mut(name)?;
        if values.is_empty() { None } else { Some(values.remove(0)) }
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.values.get(name).is_some_and(|values| values.iter().any(|typed| typed == value))
    }
}

/// A form's id, and how much its hidden fields are alike to what was sent.
type Alike = (Option<String>, i32);

/// Which of the forms with that action was sent: a page may have one for each row, and these differ by what their hidden fields say. Answers
/// with its place among them and its id.
fn which(page: &str, action: &str, typed: &[(String, String)]) -> Option<(usize, Option<String>)> {
    let forms = Rc::new(RefCell::new(Vec::<Alike>::new()));
    let inside = Rc::new(RefCell::new(false));
    let (form, form_inside, input, input_inside) =
        (Rc::clone(&forms), Rc::clone(&inside), Rc::clone(&forms), Rc::clone(&inside));
    let typed = typed.to_vec();
    let handlers = vec![
        element!("form", move |element| {
            if element.get_attribute("action").is_none_or(|target| target != action) {
                return Ok(());
            }
            form.borrow_mut().push((element.get_attribute("id"), 0));
            *form_inside.borrow_mut() = true;
            if let Some(handlers) = element.end_tag_handlers() {
                let inside = Rc::clone(&form_inside);
                handlers.push(end_tag!(move |_| {
                    *inside.borrow_mut() = false;
                    Ok(())
                }));
            }
            Ok(())
        }),
        element!("input[type=hidden][name]", move |element| {
            let name = element.get_attribute("name").unwrap_or_default();
            if let (true, Some((_, alike))) =
                (*input_inside.borrow() && name != "version", input.borrow_mut().last_mut())
            {
                let value = element.get_attribute("value").unwrap_or_default();
                *alike += if typed.contains(&(name, value)) { 1 } else { -1 };
            }
            Ok(())
        }),
    ];
    let settings =
        handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    rewrite_str(page, settings).ok()?;
    let forms = forms.take();
    let most = forms.iter().map(|(_, alike)| *alike).max()?;
    forms.into_iter().enumerate().find(|(_, (_, alike))| *alike == most).map(|(place, (id, _))| (place, id))
}

/// A page whose form with that action is filled with what was typed; none when the page cannot be read.
fn filled(page: &str, action: &str, typed: &[(String, String)]) -> Option<String> {
    let mut values: HashMap<String, Vec<String>> = HashMap::new();
    // What the page was made from is said by the page alone: sent with an older version, the form would be refused for ever.
    let typed_by_people = |name: &str| name != "version" && !name.starts_with("was[");
    for (name, value) in typed.iter().filter(|(name, _)| typed_by_people(name)) {
        values.entry(name.clone()).or_default().push(value.clone());
    }
    let (place, id) = which(page, action, typed)?;
    // A field may stand outside its form and name it.
    let elsewhere = move |form: Option<String>| form.map(|form| Some(form) == id);
    let elsewhere = Rc::new(elsewhere);
    let (of_input, of_area, of_select) = (Rc::clone(&elsewhere), Rc::clone(&elsewhere), elsewhere);
    let state = Rc::new(RefCell::new(Filling { forms: 0, inside: false, values, select: None }));
    let (form, input, area, select, option) =
        (Rc::clone(&state), Rc::clone(&state), Rc::clone(&state), Rc::clone(&state), Rc::clone(&state));
    let handlers = vec![
        element!("form", move |element| {
            let mut state = form.borrow_mut();
            let alike = element.get_attribute("action").is_some_and(|target| target == action);
            let is_it = alike && state.forms == place;
            state.forms += usize::from(alike);
            state.inside = is_it;
            if let (true, Some(handlers)) = (is_it, element.end_tag_handlers()) {
                let form = Rc::clone(&form);
                handlers.push(end_tag!(move |_| {
                    form.borrow_mut().inside = false;
                    Ok(())
                }));
            }
            Ok(())
        }),
        element!("input[name]", move |element| {
            let mut state = input.borrow_mut();
            let name = element.get_attribute("name").unwrap_or_default();
            if !of_input(element.get_attribute("form")).unwrap_or(state.inside) {
                return Ok(());
            }
            match element.get_attribute("type").as_deref() {
                Some("password" | "file" | "submit" | "image" | "button") => {}
                Some("checkbox" | "radio") => {
                    let value = element.get_attribute("value").unwrap_or_else(|| "on".to_owned());
                    if state.has(&name, &value) {
                        element.set_attribute("checked", "")?;
                    } else {
                        element.remove_attribute("checked");
                    }
                }
                _ => {
                    if let Some(value) = state.next(&name) {
                        element.set_attribute("value", &value)?;
                    }
                }
            }
            Ok(())
        }),
        element!("textarea[name]", move |element| {
            let mut state = area.borrow_mut();
            let name = element.get_attribute("name").unwrap_or_default();
            let inside = of_area(element.get_attribute("form")).unwrap_or(state.inside);
            if let Some(value) = inside.then(|| state.next(&name)).flatten() {
                // The first line break within is not part of the text.
                element.set_inner_content(&format!("\n{value}"), ContentType::Text);
            }
            Ok(())
        }),
        element!("select[name]", move |element| {
            let mut state = select.borrow_mut();
            let inside = of_select(element.get_attribute("form")).unwrap_or(state.inside);
            state.select = element.get_attribute("name").filter(|name| inside && state.values.contains_key(name));
            Ok(())
        }),
        element!("select[name] option", move |element| {
            let state = option.borrow();
            if let Some(name) = &state.select {
                let value = element.get_attribute("value").unwrap_or_default();
                if state.has(name, &value) {
                    element.set_attribute("selected", "")?;
                } else {
                    element.remove_attribute("selected");
                }
            }
            Ok(())
        }),
    ];
    let settings =
        handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    rewrite_str(page, settings).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_filled_and_nothing_else() {
        let page = r#"<form action="/fn/other"><input name="name" value="before"></form>
            <form method="post" action="/fn/save"><input name="name" value="before"><input type="password" name="name2">
            <textarea name="note">old</textarea><select name="role"><option value="a" selected>A</option><option value="b">B</option>
            </select><input type="checkbox" name="fields[]" value="x" checked><input type="checkbox" name="fields[]" value="y">
            <input name="tags[]" value=""><input name="tags[]" value=""></form><input name="name" value="outside">"#;
        let typed = [
            ("name", "Ada <b>&\"x\""),
            ("name2", "hidden"),
            ("note", "line one\nline </textarea><script>"),
            ("role", "b"),
            ("fields[]", "y"),
            ("tags[]", "one"),
            ("tags[]", "two"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let filled = filled(page, "/fn/save", &typed).unwrap();
        assert!(filled.contains(r#"<form action="/fn/other"><input name="name" value="before">"#));
        assert!(filled.contains(r#"<input name="name" value="outside">"#));
        assert!(filled.contains("Ada <b>&amp;&quot;x&quot;") || filled.contains("Ada <b>&&quot;x&quot;"), "{filled}");
        assert!(filled.contains("line one\nline &lt;/textarea&gt;&lt;script&gt;"), "{filled}");
        assert!(filled.contains(r#"<option value="a">A</option><option value="b" selected="">"#), "{filled}");
        assert!(
            filled.contains(r#"value="x"><input type="checkbox" name="fields[]" value="y" checked="">"#),
            "{filled}"
        );
        assert!(filled.contains(r#"value="one"><input name="tags[]" value="two">"#), "{filled}");
        assert!(!filled.contains("hidden"));
    }

    #[test]
    fn of_several_forms_the_one_that_was_sent_is_filled() {
        let page = r#"<input type="checkbox" name="rows[]" value="1" form="two"><form action="/fn/save" id="one">
            <input type="hidden" name="decision" value="accept"><input name="note" value=""></form>
            <form action="/fn/save" id="two"><input type="hidden" name="decision" value="reject"><input name="note" value=""></form>"#;
        let typed = [("decision", "reject"), ("note", "why"), ("rows[]", "1")];
        let typed = typed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let filled = filled(page, "/fn/save", &typed).unwrap();
        assert!(filled.contains(r#"value="accept"><input name="note" value="">"#), "{filled}");
        assert!(filled.contains(r#"value="reject"><input name="note" value="why">"#), "{filled}");
        assert!(filled.contains(r#"form="two" checked="">"#), "{filled}");
    }

    #[test]
    fn secrets_are_not_kept() {
        for name in ["password", "new_password", "repeat", "current", "webhook_secret", "code"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["note", "postal_code", "country"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
