//! Views of the list: filter, order and columns under a name.

use serde::{Deserialize, Serialize};

use super::{Count, LeadColumns, LeadListQuery};
use crate::ids::ViewId;

/// A view that somebody has saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// What it is called.
    pub name: String,
    /// Which leads, in which order.
    pub query: LeadListQuery,
    /// Its columns.
    pub columns: LeadColumns,
    /// Whether all of the partner's users have it.
    pub shared: bool,
    /// Whether it stands on the dashboard.
    pub pinned: bool,
    /// Who saved it.
    pub by: String,
    /// Whether the reader did.
    pub own: bool,
}

impl SavedView {
    /// Maximum number of characters of a name.
    pub const MAX_NAME: usize = 60;
    /// The most views that a user saves.
    pub const MOST: u64 = 50;

    /// A link to the list at `path` in this view.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        self.state().href(path)
    }

    /// The list's state in this view, which says so.
    #[must_use]
    pub fn state(&self) -> LeadListQuery {
        LeadListQuery { view: Some(self.id), cursor: None, ..self.query.clone() }
    }

    /// Reads a form's field `name`.
    ///
    /// # Errors
    /// A message when it is empty or too long.
    #[cfg(feature = "server")]
    pub fn read_name(text: &str) -> Result<String, crate::validation::FieldErrors> {
        let name = crate::text::name(text).into_owned();
        if name.is_empty() || name.chars().count() > Self::MAX_NAME || name.contains('\0') {
            let message = format!("Enter a name of at most {} characters.", Self::MAX_NAME);
            return Err(crate::validation::FieldErrors::one("view_name", message));
        }
        Ok(name)
    }
}

/// A view on the dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedView {
    /// What it is called.
    pub name: String,
    /// The list's state.
    pub query: LeadListQuery,
    /// How many leads it shows; nothing where it searches for a text, which is too much for each opening of the dashboard.
    pub count: Option<Count>,
}
