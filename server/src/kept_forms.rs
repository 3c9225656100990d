//! What was typed into a form is not lost when its session has ended meanwhile.
//!
//! A form that comes without a session leads to the login, as every request does. What was typed is kept for half an hour, sealed,
//! under a token in a cookie of the browser that sent it. After the login that leads back to the form's page, the page is filled
//! with it. It works for every form that the browser itself sends: the form is found in the finished page by what it is sent to, and
//! its fields by their names.

use std::{cell::RefCell, collections::HashMap, rc::Rc, str::FromStr};

use app::{
    access::{AppState, Restored, cookie, is_admin_area, session_hash, set_cookie, wants_html},
    auth::{admin_login_path, login_path},
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use domain::{clock::OsEntropy, ids::UserId};
use http_body_util::{BodyExt, Limited};
use lol_html::{RewriteStrSettings, element, end_tag, html_content::ContentType, rewrite_str};
use services::tokens;
use store::{
    Reader, StoreError,
    kept_forms::{self, KeptForm},
};

/// The most bytes of a form that are kept.
const MAX_FORM: usize = 64 * 1024;
/// The most bytes of a page that is filled.
const MAX_PAGE: usize = 8 * 1024 * 1024;
/// The cookie with a form's token.
const COOKIE: &str = "portal-form";
/// The owner that forms are sealed for.
const OWNER: &[u8] = b"kept form";

/// Keeps a form whose session has ended, and fills its page after the login.
pub(crate) async fn keep(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let area = if is_admin_area(path) { "admin" } else { "partner" };
    let token = token_of(&state, request.headers());
    if *request.method() == Method::GET && wants_html(request.headers()) && !path.starts_with("/fn/") {
        return match token {
            Some(token) => fill(&state, area, &token, request, next).await,
            None => next.run(request).await,
        };
    }
    // What a login form holds is nobody's work, and a secret.
    if *request.method() != Method::POST || !path.starts_with("/fn/") || path.contains("/auth/") {
        return next.run(request).await;
    }
    let action = path.to_owned();
    let by_browser = wants_html(request.headers())
        && header(request.headers(), header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
    if !by_browser {
        let response = next.run(request).await;
        if let Some(token) = token.filter(|_| response.status().is_success()) {
            forget(&state, &token, &action).await;
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
    if !leads_to_login(&response, area) {
        if let Some(token) = token {
            forget(&state, &token, &action).await;
        }
        return response;
    }
    if body.len() <= MAX_FORM {
        match keep_form(&state, area, &headers, &action, &body).await {
            Ok(Some((cookie, target))) => {
                response.headers_mut().insert(header::LOCATION, target);
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(None) => {}
            // The login works without it.
            Err(error) => tracing::warn!(cause = %error, "a form could not be kept over the end of its session"),
        }
    }
    response
}

fn leads_to_login(response: &Response, area: &str) -> bool {
    let location = header(response.headers(), header::LOCATION);
    response.status().is_redirection() && location.split('?').next() == Some(&format!("/{area}/login"))
}

/// The cookie with the form's token, and the login that leads back to the form's page.
async fn keep_form(
    state: &AppState,
    area: &str,
    headers: &HeaderMap,
    action: &str,
    body: &Bytes,
) -> Result<Option<(HeaderValue, HeaderValue)>, services::ServiceError> {
    let page = url::Url::parse(header(headers, header::REFERER)).ok();
    let Some(page) = page.filter(|page| page.path().starts_with(&format!("/{area}/"))) else { return Ok(None) };
    let fields = form_urlencoded::parse(body).filter(|(name, _)| !is_secret(name));
    let content = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let content = state.portal.secrets.seal(&OsEntropy, OWNER, &content)?;
    let (token, hash) = tokens::fresh()?;
    let user = user_of(&mut state.db.reader().await?, state, area, headers).await?;
    let mut tx = state.db.begin_write().await?;
    kept_forms::keep(&mut tx, &hash, KeptForm::new(user, page.path(), action, content)).await?;
    tx.commit().await?;
    let target = page.query().map_or_else(|| page.path().to_owned(), |query| format!("{}?{query}", page.path()));
    let login = if area == "admin" { admin_login_path(Some(&target)) } else { login_path(Some(&target)) };
    let cookie = set_cookie(COOKIE, state.portal.production, &token, kept_forms::LIFE.num_seconds());
    Ok(cookie.zip(HeaderValue::try_from(login).ok()))
}

/// Passwords and other secrets are typed again.
fn is_secret(name: &str) -> bool {
    ["password", "repeat", "current", "secret", "token"].iter().any(|word| name.contains(word))
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
async fn fill(state: &AppState, area: &str, token: &str, mut request: Request, next: Next) -> Response {
    let kept = match kept_for(state, area, token, request.headers(), request.uri().path()).await {
        Ok(kept) => kept,
        Err(error) => {
            tracing::warn!(cause = %error, "a kept form could not be read");
            None
        }
    };
    let Some((action, typed)) = kept else { return next.run(request).await };
    request.extensions_mut().insert(Restored);
    let response = next.run(request).await;
    let is_page = header(response.headers(), header::CONTENT_TYPE).starts_with("text/html");
    if response.status() != StatusCode::OK || !is_page {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(page) = Limited::new(body, MAX_PAGE).collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let filled = std::str::from_utf8(&page).ok().and_then(|page| filled(page, &action, &typed));
    Response::from_parts(parts, filled.map_or_else(|| Body::from(page), Body::from))
}

/// What the form of a token is sent to and what was typed, if it belongs to this page and this visitor.
async fn kept_for(
    state: &AppState,
    area: &str,
    token: &str,
    headers: &HeaderMap,
    page: &str,
) -> Result<Option<(String, Vec<(String, String)>)>, services::ServiceError> {
    let mut read = state.db.reader().await?;
    let kept = kept_forms::find(&mut read, &tokens::hash(token)).await?;
    let Some(kept) = kept.filter(|kept| kept.page == page) else { return Ok(None) };
    if !user_of(&mut read, state, area, headers).await?.is_some_and(|user| kept.is_for(user)) {
        return Ok(None);
    }
    let content = state.portal.secrets.open(OWNER, &kept.content)?;
    Ok(Some((kept.action, form_urlencoded::parse(content.as_bytes()).into_owned().collect())))
}

/// A form that was sent again needs to be kept no more.
async fn forget(state: &AppState, token: &str, action: &str) {
    let hash = tokens::hash(token);
    let forgotten = async {
        let kept = kept_forms::find(&mut state.db.reader().await?, &hash).await?;
        if kept.is_some_and(|kept| kept.action == action) {
            let mut tx = state.db.begin_write().await?;
            kept_forms::forget(&mut tx, &hash).await?;
            tx.commit().await?;
        }
        Ok::<_, store::StoreError>(())
    };
    if let Err(error) = forgotten.await {
        tracing::warn!(cause = %error, "a form that was sent could not be forgotten");
    }
}

fn token_of(state: &AppState, headers: &HeaderMap) -> Option<String> {
    cookie(headers, state, COOKIE).filter(|token| token.len() == 64).map(ToOwned::to_owned)
}

fn header(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What is still to be put into the fields of the form that is being read.
struct Filling {
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

/// A page whose form with that action is filled with what was typed; none when the page cannot be read.
fn filled(page: &str, action: &str, typed: &[(String, String)]) -> Option<String> {
    let mut values: HashMap<String, Vec<String>> = HashMap::new();
    for (name, value) in typed {
        values.entry(name.clone()).or_default().push(value.clone());
    }
    let state = Rc::new(RefCell::new(Filling { inside: false, values, select: None }));
    let (form, input, area, select, option) =
        (Rc::clone(&state), Rc::clone(&state), Rc::clone(&state), Rc::clone(&state), Rc::clone(&state));
    let handlers = vec![
        element!("form", move |element| {
            let is_it = element.get_attribute("action").is_some_and(|target| target == action);
            form.borrow_mut().inside = is_it;
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
            if !state.inside {
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
            if let Some(value) = state.inside.then(|| state.next(&name)).flatten() {
                // The first line break within is not part of the text.
                element.set_inner_content(&format!("\n{value}"), ContentType::Text);
            }
            Ok(())
        }),
        element!("select[name]", move |element| {
            let mut state = select.borrow_mut();
            state.select = element.get_attribute("name").filter(|name| state.inside && state.values.contains_key(name));
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
    fn secrets_are_not_kept() {
        for name in ["password", "new_password", "repeat", "current", "webhook_secret"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["note", "postal_code", "country"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
