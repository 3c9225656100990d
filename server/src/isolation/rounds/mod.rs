//! The parts of the walk.

pub(super) mod foreign;
pub(super) mod keys;
pub(super) mod outgoing;
pub(super) mod rights;
pub(super) mod sessions;
pub(super) mod unchanged;
pub(super) mod visitors;

use super::{
    routes::admin_call,
    routes::{About, call, is_admin_path},
    visitor::Content,
};

/// A well-formed body for a server function of either area.
fn content(path: &str, about: &About<'_>) -> Option<Content> {
    if is_admin_path(path) {
        admin_call(path, about).map(|(body, _)| body)
    } else {
        call(path, about).map(|(body, _)| body)
    }
}

/// Said of a route that the tables do not know.
const NO_LINE: &str = "a line in the tables of who may do what";
