//! Who may open and call what, by the lines of [`portal_server::isolation::routes`], for the people of the test's world.

use axum::http::Method;
pub(crate) use portal_server::isolation::routes::{
    NOTHING as SOME_ID, filled, functions_by_permission, guarded_functions, guarded_pages, is_admin_path, is_open,
    wanted,
};
use portal_server::isolation::{
    Content,
    routes::{self, About},
};

use crate::world::{FINANCE, LEADS, MEMBER, OWNER, VIEWER, World};

/// Whose answers the tables list, in this order.
pub(crate) const ROLES: [&str; 4] = [OWNER, MEMBER, FINANCE, VIEWER];

pub(crate) fn server_functions() -> Vec<(&'static str, Method)> {
    let functions = routes::server_functions();
    assert!(
        functions.iter().any(|(path, _)| *path == "/fn/leads/review"),
        "the functions are linked in: {functions:?}"
    );
    functions
}

pub(crate) fn pages() -> Vec<String> {
    let pages = routes::pages();
    assert!(pages.iter().any(|page| page == LEADS), "{pages:?}");
    pages
}

/// What the admin tables are about: one partner, and things that are not there.
pub(crate) struct Things {
    pub(crate) partner: String,
}

impl Things {
    pub(crate) fn of(world: &World) -> Self {
        Self { partner: world.northwind.to_string() }
    }
}

fn about<'a>(partner: &'a str, lead: &'a str) -> About<'a> {
    About { account: "acme", domain: "northwind.example", partner, lead, other: SOME_ID }
}

/// A well-formed body for a server function, and how it answers each of [`ROLES`].
pub(crate) fn call(path: &str, lead: &str) -> (Content, [u16; 4]) {
    routes::call(path, &about("", lead)).unwrap_or_else(|| panic!("{path} has no line: say who may call it"))
}

/// How a page or download answers each of [`ROLES`].
pub(crate) fn opened(pattern: &str) -> [u16; 4] {
    routes::opened(pattern).unwrap_or_else(|| panic!("{pattern} has no line: say who may open it"))
}

/// A well-formed body for a server function of the admin area, and how it answers owner, manager and support.
pub(crate) fn admin_call(path: &str, things: &Things) -> (Content, [u16; 3]) {
    routes::admin_call(path, &about(&things.partner, ""))
        .unwrap_or_else(|| panic!("{path} has no line: say which admins may call it"))
}

/// How a page or download of the admin area answers owner, manager and support.
pub(crate) fn admin_opened(pattern: &str) -> [u16; 3] {
    routes::admin_opened(pattern).unwrap_or_else(|| panic!("{pattern} has no line: say which admins may open it"))
}

/// A path of the admin area with the ids of which its table speaks.
pub(crate) fn admin_path(pattern: &str, things: &Things) -> String {
    routes::admin_path(pattern, &about(&things.partner, ""))
}
