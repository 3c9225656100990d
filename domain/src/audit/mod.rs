//! The words of the audit log: who did what to which object, and how it went.

mod query;

pub use query::{ActorKind, AuditEntry, AuditFilter, AuditQuery};

use serde::{Deserialize, Serialize};

use crate::time::LocalTime;

text_enum! {
    /// What was done.
    AuditAction {
        /// Somebody logged in, or tried to.
        Login = "login",
        /// Somebody logged out.
        Logout = "logout",
        /// A user ended all its sessions but the one it used.
        OtherSessionsEnded = "other_sessions_ended",
        /// A user changed its password.
        PasswordChanged = "password_changed",
        /// A reset of a forgotten password was asked for.
        PasswordResetRequested = "password_reset_requested",
        /// A forgotten password was replaced.
        PasswordReset = "password_reset",
        /// A user asked to log in with another address from now on.
        EmailChangeRequested = "email_change_requested",
        /// A user's address was changed after its new mailbox had confirmed it.
        EmailChanged = "email_changed",
        /// A partner user opened a lead for the first time.
        LeadViewed = "lead_viewed",
        /// A partner user accepted a lead.
        LeadAccepted = "lead_accepted",
        /// A partner user rejected a lead.
        LeadRejected = "lead_rejected",
        /// Leads were downloaded as CSV.
        LeadsExported = "leads_exported",
        /// Leads were loaded from a file.
        LeadsImported = "leads_imported",
        /// Loading leads from a file was begun, or taken up again.
        LeadImportStarted = "lead_import_started",
        /// Loading leads from a file was stopped.
        LeadImportCancelled = "lead_import_cancelled",
        /// A file of leads was thrown away before it was loaded.
        LeadImportDiscarded = "lead_import_discarded",
        /// The rows of a file that could not be loaded were downloaded.
        LeadRejectsDownloaded = "lead_rejects_downloaded",
        /// An invoice was downloaded.
        InvoiceDownloaded = "invoice_downloaded",
        /// Several invoices were downloaded at once.
        InvoicesDownloaded = "invoices_downloaded",
        /// A partner's contact data was changed.
        ContactChanged = "contact_changed",
        /// Where leads are delivered was changed.
        DeliveryChanged = "delivery_changed",
        /// A new signing secret was made for the webhook.
        WebhookSecretRotated = "webhook_secret_rotated",
        /// A test was sent to the webhook.
        WebhookTested = "webhook_tested",
        /// Leads were queued for the webhook once more.
        LeadsReplayed = "leads_replayed",
        /// A webhook was switched off because its receiver said so, or failed for days.
        WebhookSwitchedOff = "webhook_switched_off",
        /// Leads were pushed in by the HTTP API.
        LeadsPushed = "leads_pushed",
        /// A key of the HTTP API was made.
        ApiKeyCreated = "api_key_created",
        /// A key of the HTTP API was revoked.
        ApiKeyRevoked = "api_key_revoked",
        /// Somebody was invited to the partner's portal.
        UserInvited = "user_invited",
        /// An invitation was taken back.
        InvitationRevoked = "invitation_revoked",
        /// Somebody followed an invitation and set a first password.
        InvitationAccepted = "invitation_accepted",
        /// A user's role was changed.
        UserRoleChanged = "user_role_changed",
        /// A user was shut out.
        UserDisabled = "user_disabled",
        /// A user was let in again.
        UserEnabled = "user_enabled",
        /// A page or action was refused for want of a permission.
        PermissionRefused = "permission_refused",
        /// The account's settings were changed.
        SettingsChanged = "settings_changed",
        /// The account's portal was switched on or off.
        PortalSwitched = "portal_switched",
        /// What partners may do unless overridden was changed.
        DefaultPermissionsChanged = "default_permissions_changed",
        /// The text of the welcome mail was changed.
        WelcomeChanged = "welcome_changed",
        /// For how long the audit log is kept was changed.
        RetentionChanged = "retention_changed",
        /// Old events of the audit log were purged.
        AuditPurged = "audit_purged",
        /// The audit log was downloaded.
        AuditExported = "audit_exported",
        /// A partner was created.
        PartnerCreated = "partner_created",
        /// A partner's data was changed.
        PartnerChanged = "partner_changed",
        /// A partner was paused, archived or let in again.
        PartnerStatusChanged = "partner_status_changed",
        /// A partner's access to the portal or its permissions were changed.
        PartnerAccessChanged = "partner_access_changed",
        /// The list of partners was downloaded.
        PartnersExported = "partners_exported",
        /// Partners were loaded from a file.
        PartnersImported = "partners_imported",
        /// An admin began to look at a partner's portal as the partner sees it.
        PartnerViewed = "partner_viewed",
        /// An admin ended that.
        PartnerViewEnded = "partner_view_ended",
        /// A temporary password was made for a user.
        TemporaryPasswordMade = "temporary_password_made",
        /// The staff had a link to reset a password sent to a user.
        ResetSent = "reset_sent",
        /// A draft of an invoice was begun.
        InvoiceDrafted = "invoice_drafted",
        /// A draft of an invoice was changed.
        InvoiceDraftChanged = "invoice_draft_changed",
        /// A draft of an invoice was thrown away.
        InvoiceDraftDeleted = "invoice_draft_deleted",
        /// An invoice was issued.
        InvoiceIssued = "invoice_issued",
        /// An invoice was marked as paid.
        InvoicePaid = "invoice_paid",
        /// The payment of an invoice was taken back.
        InvoicePaymentUndone = "invoice_payment_undone",
        /// An invoice was withdrawn.
        InvoiceVoided = "invoice_voided",
        /// Somebody was invited to the staff.
        AdminInvited = "admin_invited",
        /// An invitation to the staff was taken back.
        AdminInvitationRevoked = "admin_invitation_revoked",
        /// Somebody joined the staff.
        AdminInvitationAccepted = "admin_invitation_accepted",
        /// An admin's role was changed.
        AdminRoleChanged = "admin_role_changed",
        /// An admin was shut out.
        AdminDisabled = "admin_disabled",
        /// An admin was let in again.
        AdminEnabled = "admin_enabled",
        /// The account was set up.
        AccountCreated = "account_created",
        /// The demo account was filled.
        DemoFilled = "demo_filled",
    }
}

text_enum! {
    /// How it went.
    AuditResult {
        /// Done.
        Success = "success",
        /// Tried, and not done.
        Failure = "failure",
    }
}

text_enum! {
    /// What an action is about, to filter by.
    ActivityKind {
        /// Logging in and out, passwords, addresses.
        Access = "access",
        /// Leads.
        Leads = "leads",
        /// Invoices.
        Invoices = "invoices",
        /// Contact data and delivery.
        Settings = "settings",
        /// The partner's users.
        Users = "users",
        /// Partners, their switches and permissions.
        Partners = "partners",
    }
}

impl ActivityKind {
    /// The kind as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Access => "Access",
            Self::Leads => "Leads",
            Self::Invoices => "Invoices",
            Self::Settings => "Settings",
            Self::Users => "Users",
            Self::Partners => "Partner",
        }
    }
}

impl AuditAction {
    /// What it is about.
    #[must_use]
    pub const fn kind(self) -> ActivityKind {
        match self {
            Self::Login
            | Self::Logout
            | Self::OtherSessionsEnded
            | Self::PasswordChanged
            | Self::PasswordResetRequested
            | Self::PasswordReset
            | Self::EmailChangeRequested
            | Self::EmailChanged
            | Self::PermissionRefused => ActivityKind::Access,
            Self::LeadViewed
            | Self::LeadAccepted
            | Self::LeadRejected
            | Self::LeadsExported
            | Self::LeadsImported
            | Self::LeadImportStarted
            | Self::LeadImportCancelled
            | Self::LeadImportDiscarded
            | Self::LeadRejectsDownloaded
            | Self::LeadsPushed
            | Self::LeadsReplayed
            | Self::DemoFilled => ActivityKind::Leads,
            Self::InvoiceDownloaded
            | Self::InvoicesDownloaded
            | Self::InvoiceDrafted
            | Self::InvoiceDraftChanged
            | Self::InvoiceDraftDeleted
            | Self::InvoiceIssued
            | Self::InvoicePaid
            | Self::InvoicePaymentUndone
            | Self::InvoiceVoided => ActivityKind::Invoices,
            Self::ContactChanged
            | Self::DeliveryChanged
            | Self::WebhookSecretRotated
            | Self::WebhookTested
            | Self::WebhookSwitchedOff
            | Self::ApiKeyCreated
            | Self::ApiKeyRevoked
            | Self::SettingsChanged
            | Self::PortalSwitched
            | Self::DefaultPermissionsChanged
            | Self::WelcomeChanged
            | Self::RetentionChanged
            | Self::AuditPurged
            | Self::AuditExported
            | Self::AccountCreated => ActivityKind::Settings,
            Self::PartnerCreated
            | Self::PartnerChanged
            | Self::PartnerStatusChanged
            | Self::PartnerAccessChanged
            | Self::PartnersExported
            | Self::PartnersImported
            | Self::PartnerViewed
            | Self::PartnerViewEnded => ActivityKind::Partners,
            Self::UserInvited
            | Self::InvitationRevoked
            | Self::InvitationAccepted
            | Self::UserRoleChanged
            | Self::UserDisabled
            | Self::UserEnabled
            | Self::TemporaryPasswordMade
            | Self::ResetSent
            | Self::AdminInvited
            | Self::AdminInvitationRevoked
            | Self::AdminInvitationAccepted
            | Self::AdminRoleChanged
            | Self::AdminDisabled
            | Self::AdminEnabled => ActivityKind::Users,
        }
    }

    /// What was done, to follow who did it: `logged in`.
    #[must_use]
    pub const fn deed(self, result: AuditResult) -> &'static str {
        match (self, result) {
            (Self::Login, AuditResult::Success) => "logged in",
            (Self::Login, AuditResult::Failure) => "tried to log in and failed",
            (Self::Logout, _) => "logged out",
            (Self::OtherSessionsEnded, _) => "logged out everywhere else",
            (Self::PasswordChanged, AuditResult::Success) => "changed the password",
            (Self::PasswordChanged, AuditResult::Failure) => "tried to change the password and gave a wrong one",
            (Self::PasswordResetRequested, _) => "asked for a link to reset the password",
            (Self::PasswordReset, _) => "reset the password",
            (Self::EmailChangeRequested, AuditResult::Success) => "asked to change the login address",
            (Self::EmailChangeRequested, AuditResult::Failure) => {
                "tried to change the login address and gave a wrong password"
            }
            (Self::EmailChanged, _) => "confirmed the new login address",
            (Self::LeadViewed, _) => "opened a lead",
            (Self::LeadAccepted, _) => "accepted a lead",
            (Self::LeadRejected, _) => "rejected a lead",
            (Self::LeadsExported, AuditResult::Success) => "exported leads",
            (Self::LeadsExported, AuditResult::Failure) => "began an export of leads and did not finish it",
            (Self::LeadsImported, AuditResult::Success) => "loaded leads from a file",
            (Self::LeadsImported, AuditResult::Failure) => "could not load a file of leads to its end",
            (Self::LeadImportStarted, _) => "set an import of leads going",
            (Self::LeadImportCancelled, _) => "stopped an import of leads",
            (Self::LeadImportDiscarded, _) => "threw a file of leads away",
            (Self::LeadRejectsDownloaded, _) => "downloaded the rows an import could not take",
            (Self::InvoiceDownloaded, _) => "downloaded an invoice",
            (Self::InvoicesDownloaded, _) => "downloaded several invoices",
            (Self::ContactChanged, _) => "changed the contact data",
            (Self::DeliveryChanged, _) => "changed the delivery settings",
            (Self::WebhookSecretRotated, _) => "made a new signing secret for the webhook",
            (Self::WebhookTested, _) => "sent a test to the webhook",
            (Self::LeadsReplayed, _) => "had leads sent to the webhook again",
            (Self::WebhookSwitchedOff, _) => "switched a webhook off that no longer takes leads",
            (Self::LeadsPushed, _) => "pushed leads in",
            (Self::ApiKeyCreated, _) => "made a key of the API",
            (Self::ApiKeyRevoked, _) => "revoked a key of the API",
            (Self::UserInvited, _) => "invited somebody",
            (Self::InvitationRevoked, _) => "took an invitation back",
            (Self::InvitationAccepted, _) => "accepted an invitation",
            (Self::UserRoleChanged, _) => "changed a user's role",
            (Self::UserDisabled, _) => "disabled a user",
            (Self::UserEnabled, _) => "enabled a user",
            (Self::PermissionRefused, _) => "asked for something that is switched off",
            (Self::SettingsChanged, _) => "changed the settings",
            (Self::PortalSwitched, _) => "switched the portal on or off",
            (Self::DefaultPermissionsChanged, _) => "changed the default permissions",
            (Self::WelcomeChanged, _) => "changed the welcome mail",
            (Self::RetentionChanged, _) => "changed how long the audit log is kept",
            (Self::AuditPurged, _) => "purged old events of the audit log",
            (Self::AuditExported, _) => "exported the audit log",
            (Self::PartnerCreated, _) => "created a partner",
            (Self::PartnerChanged, _) => "changed a partner's data",
            (Self::PartnerStatusChanged, _) => "changed a partner's status",
            (Self::PartnerAccessChanged, _) => "changed a partner's access",
            (Self::PartnersExported, _) => "exported the list of partners",
            (Self::PartnersImported, _) => "loaded partners from a file",
            (Self::PartnerViewed, _) => "began to look at the portal as a partner",
            (Self::PartnerViewEnded, _) => "stopped looking at the portal as a partner",
            (Self::TemporaryPasswordMade, _) => "made a temporary password for a user",
            (Self::ResetSent, _) => "had a link to reset the password sent to a user",
            (Self::InvoiceDrafted, _) => "began a draft of an invoice",
            (Self::InvoiceDraftChanged, _) => "changed a draft of an invoice",
            (Self::InvoiceDraftDeleted, _) => "threw a draft of an invoice away",
            (Self::InvoiceIssued, _) => "issued an invoice",
            (Self::InvoicePaid, _) => "marked an invoice as paid",
            (Self::InvoicePaymentUndone, _) => "took the payment of an invoice back",
            (Self::InvoiceVoided, _) => "withdrew an invoice",
            (Self::AdminInvited, _) => "invited somebody to the staff",
            (Self::AdminInvitationRevoked, _) => "took an invitation to the staff back",
            (Self::AdminInvitationAccepted, _) => "joined the staff",
            (Self::AdminRoleChanged, _) => "changed an admin's role",
            (Self::AdminDisabled, _) => "disabled an admin",
            (Self::AdminEnabled, _) => "enabled an admin",
            (Self::AccountCreated, _) => "set the account up",
            (Self::DemoFilled, _) => "filled the demo account",
        }
    }

    /// The actions of a kind.
    pub fn of_kind(kind: ActivityKind) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |action| action.kind() == kind)
    }
}

/// An event as a partner user reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When.
    pub at: LocalTime,
    /// Who; empty for somebody who was not logged in.
    pub by: String,
    /// What was done.
    pub action: AuditAction,
    /// How it went.
    pub result: AuditResult,
    /// From which network address; empty for the portal itself.
    pub address: String,
    /// What else there is to say, such as how many rows or which fields; may be empty.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_actions_and_every_deed_is_a_phrase() {
        for kind in ActivityKind::ALL {
            assert!(AuditAction::of_kind(*kind).count() > 0, "{kind}");
        }
        for action in AuditAction::ALL {
            for result in AuditResult::ALL {
                assert!(action.deed(*result).starts_with(|c: char| c.is_ascii_lowercase()), "{action}");
            }
        }
    }
}
