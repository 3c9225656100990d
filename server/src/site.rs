//! The files that pages load: style sheet, script, WebAssembly, icon. They are part of the binary; a folder that is named in
//! their place is read once, or, while somebody works on them, at every request.
//!
//! A page names them under a hash of what is in them, so that browsers and proxies may keep them for good (RFC 8246), and a page of
//! an earlier version never gets the code of a later one. Compressed forms are made when the site is built (`cargo leptos build
//! --release --precompress`), beside the files.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use app::Assets;
use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};
use tower_http::services::{ServeDir, ServeFile};

/// What the build has left there; nothing in a development build, which reads the folder.
#[derive(rust_embed::Embed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Embedded;

/// The folder of a development build.
const FOLDER: &str = "target/site";
const ICON: &str = "favicon.svg";

/// A file in each of its forms.
pub(crate) struct File {
    media: &'static str,
    /// What stands for its content: the beginning of its SHA-256.
    tag: String,
    plain: Cow<'static, [u8]>,
    brotli: Option<Cow<'static, [u8]>>,
    gzip: Option<Cow<'static, [u8]>>,
}

/// The site.
#[derive(Clone)]
pub(crate) enum Site {
    /// A folder somebody works on.
    Folder(PathBuf),
    /// Files by their paths.
    Files(Arc<BTreeMap<String, File>>),
}

impl Site {
    /// Opens the site: the folder, if one is named, else what is in the binary.
    pub(crate) fn open(folder: Option<&FilePath>) -> Self {
        // `cargo leptos watch` changes files while the server runs, and the open page asks for them by their plain names.
        if std::env::var_os("LEPTOS_WATCH").is_some() {
            return Self::Folder(folder.unwrap_or(FilePath::new(FOLDER)).to_owned());
        }
        let folder = folder.or(cfg!(debug_assertions).then_some(FilePath::new(FOLDER)));
        let mut found: BTreeMap<String, Cow<'static, [u8]>> = match folder {
            Some(folder) => ["", "pkg"].into_iter().flat_map(|part| files_in(folder, part)).collect(),
            None => Embedded::iter().filter_map(|name| Some((name.to_string(), Embedded::get(&name)?.data))).collect(),
        };
        let names: Vec<String> = found.keys().filter(|name| media_of(name).is_some()).cloned().collect();
        let files = names.into_iter().filter_map(|name| {
            let (media, plain) = (media_of(&name)?, found.remove(&name)?);
            let tag = Sha256::digest(&plain).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            let (brotli, gzip) = (found.remove(&format!("{name}.br")), found.remove(&format!("{name}.gz")));
            Some((name, File { media, tag, plain, brotli, gzip }))
        });
        let files: BTreeMap<String, File> = files.collect();
        if !files.contains_key("pkg/partner-portal.css") {
            tracing::warn!("the style sheet is missing: build the site, or set PORTAL_SITE_ROOT to its folder");
        }
        Self::Files(Arc::new(files))
    }

    /// The addresses of what every page loads.
    pub(crate) fn assets(&self) -> Assets {
        let address = |ending: &str| {
            let name = format!("partner-portal.{ending}");
            match self {
                Self::Folder(_) => format!("/pkg/{name}"),
                Self::Files(files) => match files.get(&format!("pkg/{name}")) {
                    Some(file) => format!("/pkg/{}/{name}", file.tag),
                    None => format!("/pkg/{name}"),
                },
            }
        };
        Assets { style: address("css"), script: address("js"), wasm: address("wasm") }
    }

    /// The routes to the files.
    pub(crate) fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        match self {
            Self::Folder(folder) => Router::new()
                .nest_service("/pkg", ServeDir::new(folder.join("pkg")))
                .route_service("/favicon.svg", ServeFile::new(folder.join(ICON))),
            Self::Files(files) => Router::new()
                .route("/pkg/{file}", get(plain))
                .route("/pkg/{tag}/{file}", get(kept))
                .route("/favicon.svg", get(icon))
                .with_state(files.clone()),
        }
    }
}

/// The files of a part of a folder, with their paths in it.
fn files_in(folder: &FilePath, part: &str) -> Vec<(String, Cow<'static, [u8]>)> {
    let Ok(entries) = std::fs::read_dir(folder.join(part)) else { return Vec::new() };
    let files = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let named =
        files.filter_map(|entry| Some((entry.file_name().into_string().ok()?, std::fs::read(entry.path()).ok()?)));
    let path = |name: String| if part.is_empty() { name } else { format!("{part}/{name}") };
    named.map(|(name, bytes)| (path(name), Cow::Owned(bytes))).collect()
}

/// The media type of what pages load; nothing for any other file.
fn media_of(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "wasm" => Some("application/wasm"),
        _ => None,
    }
}

type Files = State<Arc<BTreeMap<String, File>>>;

/// A file under its plain name: asked for anew each time, and sent if it has changed.
async fn plain(State(files): Files, Path(name): Path<String>, headers: HeaderMap) -> Response {
    files
        .get(&format!("pkg/{name}"))
        .map_or_else(nothing, |file| send(file, &headers, "public, max-age=0, must-revalidate"))
}

/// A file under the hash of its content: the same for ever.
async fn kept(State(files): Files, Path((tag, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let file = files.get(&format!("pkg/{name}")).filter(|file| file.tag == tag);
    file.map_or_else(nothing, |file| send(file, &headers, "public, max-age=31536000, immutable"))
}

async fn icon(State(files): Files, headers: HeaderMap) -> Response {
    files.get(ICON).map_or_else(nothing, |file| send(file, &headers, "public, max-age=86400"))
}

fn nothing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// Sends a file in the smallest form that the browser takes.
fn send(file: &File, headers: &HeaderMap, cache: &'static str) -> Response {
    let takes = |coding: &str| {
        let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        let mut codings = accepted.flat_map(|line| line.split(',')).map(|one| one.split_once(';').unwrap_or((one, "")));
        codings.any(|(name, weight)| name.trim().eq_ignore_ascii_case(coding) && weight.replace(' ', "") != "q=0")
    };
    let brotli = file.brotli.as_ref().filter(|_| takes("br")).map(|bytes| (bytes, Some("br")));
    let gzip = || file.gzip.as_ref().filter(|_| takes("gzip")).map(|bytes| (bytes, Some("gzip")));
    let (bytes, coding) = brotli.or_else(gzip).unwrap_or((&file.plain, None));
    let tag = format!("\"{}{}\"", file.tag, coding.map(|coding| format!("-{coding}")).unwrap_or_default());
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = [(header::CACHE_CONTROL, cache), (header::VARY, "Accept-Encoding")];
    if known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return (StatusCode::NOT_MODIFIED, fresh, [(header::ETAG, tag)]).into_response();
    }
    let body = match bytes {
        Cow::Borrowed(bytes) => Body::from(*bytes),
        Cow::Owned(bytes) => Body::from(bytes.clone()),
    };
    let mut response = (fresh, [(header::ETAG, tag)], [(header::CONTENT_TYPE, file.media)], body).into_response();
    if let Some(coding) = coding {
        response.headers_mut().insert(header::CONTENT_ENCODING, axum::http::HeaderValue::from_static(coding));
    }
    response
}
