//! The staff's area: the account's partners, invoices, settings, admins and audit log.

pub mod api_keys;
pub mod audit;
pub mod auth_api;
mod auth_pages;
#[cfg(feature = "ssr")]
pub mod clerk;
pub mod invoices;
mod layout;
pub mod lead_imports;
pub mod overview;
pub mod partners;
pub mod settings;
pub mod staff;

pub use auth_pages::{AdminForgotPasswordPage, AdminInvitePage, AdminLoginPage, AdminResetPasswordPage, SetupPage};
pub use layout::AdminLayout;
pub(crate) use layout::IfMay;

#[cfg(feature = "ssr")]
pub(crate) mod deed {
    //! Writing down what an admin does, within the change it tells of.

    use domain::{audit::AuditAction, ids::PartnerId};
    use store::{
        Tx,
        access::AdminScope,
        audit::{self, Event},
    };
    use uuid::Uuid;

    use crate::{access::client_address, error::AppError};

    /// An event about something of the account.
    pub(crate) fn note(
        tx: &mut Tx,
        scope: &AdminScope,
        action: AuditAction,
        object: (&'static str, Option<Uuid>),
        detail: serde_json::Value,
    ) -> Result<(), AppError> {
        let event = Event::by_admin(scope.session(), &client_address()?, action, object).with_detail(detail);
        audit::record(tx, &event);
        Ok(())
    }

    /// An event about one of its partners.
    pub(crate) fn note_about(
        tx: &mut Tx,
        scope: &AdminScope,
        partner: PartnerId,
        action: AuditAction,
        object: (&'static str, Option<Uuid>),
        detail: serde_json::Value,
    ) -> Result<(), AppError> {
        let event = Event::by_admin(scope.session(), &client_address()?, action, object).about(partner);
        audit::record(tx, &event.with_detail(detail));
        Ok(())
    }
}
