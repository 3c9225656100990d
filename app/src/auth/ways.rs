//! Where forms and links of the pages of two-factor authentication lead: they are the same for partner users and admins.

/// Where the forms of the pages are sent, and where their links lead.
#[derive(Clone, Copy)]
pub(crate) struct Ways {
    pub(crate) begin: &'static str,
    pub(crate) on: &'static str,
    pub(crate) off: &'static str,
    pub(crate) codes: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) code: &'static str,
    pub(crate) passkey_ask: &'static str,
    pub(crate) passkey_login: &'static str,
    pub(crate) passkey_confirm: &'static str,
    pub(crate) passkey_begin: &'static str,
    pub(crate) passkey_add: &'static str,
    pub(crate) passkey_remove: &'static str,
    pub(crate) logout: &'static str,
    pub(crate) login: &'static str,
    pub(crate) start: &'static str,
    pub(crate) account: &'static str,
}
