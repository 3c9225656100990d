//! Who may call a server function beside those whom its own guard lets in. It is said beside the function, by `mark!`; whatever
//! is not marked wants a session, and is refused to an admin who views a partner's portal.

use chrono::TimeDelta;

/// For how long somebody who has proved who they are need not do so again, whatever they do.
pub const FRESH: TimeDelta = TimeDelta::minutes(10);

/// What a server function is marked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A visitor may call it without being logged in.
    Open,
    /// It only reads: an admin who views a partner's portal may call it.
    Viewable,
    /// It may be called by somebody who has something to do before anything else: set an own password in place of a temporary one,
    /// or set two-factor authentication up.
    First,
    /// Whoever calls it must have proved who they are within the last [`FRESH`].
    Fresh,
    /// The same where there is a second factor: the password it asks for itself.
    FreshFactor,
}

/// A server function and its mark.
#[derive(Debug)]
pub struct Marked {
    /// The function's path.
    pub path: &'static str,
    /// What it is marked as.
    pub mark: Mark,
}

inventory::collect!(Marked);

/// Marks a server function, by the struct that the server macro makes of it.
macro_rules! mark {
    ($function:ident: $($mark:ident),+) => {$(
        inventory::submit! {
            $crate::access::Marked {
                path: <$function as leptos::server_fn::ServerFn>::PATH,
                mark: $crate::access::Mark::$mark,
            }
        }
    )+};
}

/// The paths of the server functions that are marked so.
pub fn marked(mark: Mark) -> impl Iterator<Item = &'static str> {
    inventory::iter::<Marked>().filter(move |marked| marked.mark == mark).map(|marked| marked.path)
}

/// Whether a path is that of a server function that is marked so.
#[must_use]
pub fn is_marked(mark: Mark, path: &str) -> bool {
    marked(mark).any(|marked| marked == path)
}
