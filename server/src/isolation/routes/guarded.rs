//! What wants a login, area by area.

use super::{is_admin_path, is_open, pages_and_downloads, server_functions, wanted};

/// The server functions of one area that want a login.
pub fn guarded_functions(is_admin: bool) -> impl Iterator<Item = &'static str> {
    let paths = server_functions().into_iter().map(|(path, _)| path);
    paths.filter(move |path| is_admin_path(path) == is_admin && !is_open(path))
}

/// The pages and downloads of one area that want a login.
pub fn guarded_pages(is_admin: bool) -> impl Iterator<Item = String> {
    pages_and_downloads().into_iter().filter(move |path| is_admin_path(path) == is_admin && !is_open(path))
}

/// The server functions of the partners' area whose answer depends on a permission. What counts tries or ends sessions is the same whatever
/// is permitted.
pub fn functions_by_permission() -> impl Iterator<Item = &'static str> {
    let asks = |path: &&str| !wanted(path).is_empty() || path.starts_with("/fn/dashboard");
    let paths = server_functions().into_iter().map(|(path, _)| path);
    paths.filter(|path| !is_admin_path(path)).filter(asks)
}
