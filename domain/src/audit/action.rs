//! What can be done, as the audit log knows it: the stored text of each action, what it is about, and how it reads.

use super::kind::{ActivityKind, AuditResult};

/// What there is to know of an action.
#[derive(Clone, Copy)]
struct Row {
    kind: ActivityKind,
    done: &'static str,
    failed: &'static str,
}

/// About this, and read so: after the name of who did it. A failure reads alike, unless [`Row::or`] says otherwise.
const fn of(kind: ActivityKind, done: &'static str) -> Row {
    Row { kind, done, failed: done }
}

impl Row {
    const fn or(self, failed: &'static str) -> Self {
        Self { failed, ..self }
    }
}

use ActivityKind::{Access, Invoices, Leads, Partners, Settings, Users};

text_enum! {
    /// What was done.
    AuditAction: Row {
        /// Somebody logged in, or tried to.
        Login = "login" => of(Access, "logged in").or("tried to log in and failed"),
        /// Somebody tried to log in more often than is allowed. One event stands for many.
        LoginThrottled = "login_throttled" => of(Access, "tried to log in too often"),
        /// Somebody logged out.
        Logout = "logout" => of(Access, "logged out"),
        /// A user ended all its sessions but the one it used.
        OtherSessionsEnded = "other_sessions_ended" => of(Access, "logged out everywhere else"),
        /// A user ended one of its sessions, or an admin those of a partner's user.
        SessionEnded = "session_ended" => of(Access, "ended sessions"),
        /// A user changed its own name.
        OwnNameChanged = "own_name_changed" => of(Access, "changed their name"),
        /// A user changed its password.
        PasswordChanged = "password_changed" =>
            of(Access, "changed the password").or("tried to change the password and gave a wrong one"),
        /// A user set two-factor authentication up.
        TwoFactorOn = "two_factor_on" => of(Access, "turned two-factor authentication on"),
        /// A user turned two-factor authentication off, or somebody did it for a user who has lost the app.
        TwoFactorOff = "two_factor_off" => of(Access, "turned two-factor authentication off"),
        /// A user added a passkey to its login.
        PasskeyAdded = "passkey_added" => of(Access, "added a passkey"),
        /// A user removed a passkey from its login.
        PasskeyRemoved = "passkey_removed" => of(Access, "removed a passkey"),
        /// A provider for single sign-on was set up or changed.
        ProviderChanged = "provider_changed" => of(Access, "changed single sign-on"),
        /// A provider for single sign-on was removed.
        ProviderRemoved = "provider_removed" => of(Access, "removed single sign-on"),
        /// It was allowed, or not any more, that partners set up a provider of their own.
        PartnerSsoChanged = "partner_sso_changed" => of(Access, "changed whether partners set up single sign-on"),
        /// Somebody came from a provider and was not let in.
        SsoRefused = "sso_refused" => of(Access, "came by single sign-on and was refused"),
        /// A user of a provider is one of the portal's from now on.
        SsoLinked = "sso_linked" => of(Access, "was linked with a user of the provider for single sign-on"),
        /// A user was made at the first login by single sign-on.
        SsoUserMade = "sso_user_made" => of(Access, "became a user by single sign-on"),
        /// Somebody logged out at the provider for single sign-on, and so here.
        SsoSignedOut = "sso_signed_out" => of(Access, "was logged out by the provider for single sign-on"),
        /// A user made new recovery codes.
        RecoveryCodesMade = "recovery_codes_made" => of(Access, "created new recovery codes"),
        /// The second factor of a login was a recovery code.
        RecoveryCodeUsed = "recovery_code_used" => of(Access, "used a recovery code"),
        /// The password of a login was right, and a code was asked for.
        TwoFactorAsked = "two_factor_asked" => of(Access, "gave the right password and was asked for a code"),
        /// The password of a login was right, its second factor was not.
        TwoFactorFailed = "two_factor_failed" => of(Access, "gave a wrong code for two-factor authentication"),
        /// A user proved anew who it is.
        LoginConfirmed = "login_confirmed" => of(Access, "confirmed the login").or("tried to confirm the login and failed"),
        /// A reset of a forgotten password was asked for.
        PasswordResetRequested = "password_reset_requested" => of(Access, "asked for a link to reset the password"),
        /// A forgotten password was replaced.
        PasswordReset = "password_reset" => of(Access, "reset the password"),
        /// A user asked to log in with another address from now on.
        EmailChangeRequested = "email_change_requested" =>
            of(Access, "asked to change the login address").or("tried to change the login address and gave a wrong password"),
        /// A user's address was changed after its new mailbox had confirmed it.
        EmailChanged = "email_changed" => of(Access, "confirmed the new login address"),
        /// A partner user opened a lead for the first time.
        LeadViewed = "lead_viewed" => of(Leads, "opened a lead"),
        /// A partner user accepted a lead.
        LeadAccepted = "lead_accepted" => of(Leads, "accepted a lead"),
        /// A partner user rejected a lead.
        LeadRejected = "lead_rejected" => of(Leads, "rejected a lead"),
        /// A decision about a lead was undone.
        LeadReviewUndone = "lead_review_undone" => of(Leads, "undid a decision about a lead"),
        /// A partner asked for a lead to be taken back.
        LeadReturnRequested = "lead_return_requested" => of(Leads, "requested the return of a lead"),
        /// A partner does not ask for it any more.
        LeadReturnWithdrawn = "lead_return_withdrawn" => of(Leads, "withdrew the return of a lead"),
        /// A lead was taken back.
        LeadReturnApproved = "lead_return_approved" => of(Leads, "approved the return of a lead"),
        /// A lead was not taken back.
        LeadReturnDeclined = "lead_return_declined" => of(Leads, "declined the return of a lead"),
        /// Nobody decided in time whether a lead is taken back.
        LeadReturnExpired = "lead_return_expired" => of(Leads, "let the return of a lead expire"),
        /// A file was attached to a lead.
        LeadFileAttached = "lead_file_attached" => of(Leads, "attached a file to a lead"),
        /// A file that is attached to a lead was downloaded.
        LeadFileDownloaded = "lead_file_downloaded" => of(Leads, "downloaded a file that is attached to a lead"),
        /// The list of returns was downloaded.
        ReturnsExported = "returns_exported" => of(Leads, "exported returns"),
        /// A partner said what became of a lead.
        LeadOutcomeSet = "lead_outcome_set" => of(Leads, "recorded what became of a lead"),
        /// The next step of a lead was planned.
        LeadStepPlanned = "lead_step_planned" => of(Leads, "planned the next step of a lead"),
        /// A note was written on a lead.
        LeadNoteWritten = "lead_note_written" => of(Leads, "wrote a note on a lead"),
        /// The account's list of outcomes was changed.
        OutcomesChanged = "outcomes_changed" => of(Settings, "changed the list of outcomes"),
        /// The account's list of reasons to refuse a lead was changed.
        ReasonsChanged = "reasons_changed" => of(Settings, "changed the list of reasons to reject a lead"),
        /// Who must use two-factor authentication was changed.
        TwoFactorPolicyChanged = "two_factor_policy_changed" =>
            of(Settings, "changed who must use two-factor authentication"),
        /// The rules for returns were changed.
        ReturnPolicyChanged = "return_policy_changed" => of(Settings, "changed the rules for returns"),
        /// Leads were downloaded as CSV.
        LeadsExported = "leads_exported" =>
            of(Leads, "exported leads").or("started an export of leads and did not finish it"),
        /// A report was downloaded.
        ReportExported = "report_exported" => of(Leads, "exported a report"),
        /// A report comes by mail from now on.
        ReportMailStarted = "report_mail_started" => of(Settings, "had a report sent by mail"),
        /// A report does not come by mail any more.
        ReportMailStopped = "report_mail_stopped" => of(Settings, "stopped a report by mail"),
        /// Leads were loaded from a file.
        LeadsImported = "leads_imported" =>
            of(Leads, "imported leads from a file").or("could not finish an import of leads"),
        /// Loading leads from a file was begun, or resumed.
        LeadImportStarted = "lead_import_started" => of(Leads, "started an import of leads"),
        /// Loading leads from a file was stopped.
        LeadImportCancelled = "lead_import_cancelled" => of(Leads, "cancelled an import of leads"),
        /// A file of leads was deleted before it was loaded.
        LeadImportDiscarded = "lead_import_discarded" => of(Leads, "deleted a file of leads"),
        /// The rows of a file that could not be loaded were downloaded.
        LeadRejectsDownloaded = "lead_rejects_downloaded" => of(Leads, "downloaded the rejected rows of an import"),
        /// What became of leads was loaded from a file.
        OutcomesImported = "outcomes_imported" =>
            of(Leads, "recorded outcomes from a file").or("could not finish recording outcomes from a file"),
        /// Loading outcomes from a file was begun, or resumed.
        OutcomeImportStarted = "outcome_import_started" => of(Leads, "started to record outcomes from a file"),
        /// Loading outcomes from a file was stopped.
        OutcomeImportCancelled = "outcome_import_cancelled" => of(Leads, "stopped recording outcomes from a file"),
        /// A file of outcomes was deleted before it was loaded.
        OutcomeImportDiscarded = "outcome_import_discarded" => of(Leads, "deleted a file of outcomes"),
        /// An invoice was downloaded.
        InvoiceDownloaded = "invoice_downloaded" => of(Invoices, "downloaded an invoice"),
        /// Several invoices were downloaded at once.
        InvoicesDownloaded = "invoices_downloaded" => of(Invoices, "downloaded several invoices"),
        /// A partner's contact data was changed.
        ContactChanged = "contact_changed" => of(Settings, "changed the contact data"),
        /// Where leads are delivered was changed.
        DeliveryChanged = "delivery_changed" => of(Settings, "changed the delivery settings"),
        /// A new signing secret was made for the webhook.
        WebhookSecretRotated = "webhook_secret_rotated" => of(Settings, "created a new signing secret for the webhook"),
        /// A test was sent to the webhook.
        WebhookTested = "webhook_tested" => of(Settings, "sent a test to the webhook"),
        /// Leads were queued for the webhook once more.
        LeadsReplayed = "leads_replayed" => of(Leads, "replayed leads to the webhook"),
        /// A webhook was switched off because its receiver said so, or failed for days.
        WebhookSwitchedOff = "webhook_switched_off" =>
            of(Settings, "switched off a webhook that no longer accepts leads"),
        /// Leads were pushed in by the HTTP API.
        LeadsPushed = "leads_pushed" => of(Leads, "created leads"),
        /// An API key was made.
        ApiKeyCreated = "api_key_created" => of(Settings, "created an API key"),
        /// An API key was revoked.
        ApiKeyRevoked = "api_key_revoked" => of(Settings, "revoked an API key"),
        /// Somebody was invited to the partner's portal.
        UserInvited = "user_invited" => of(Users, "invited somebody"),
        /// An invitation was revoked.
        InvitationRevoked = "invitation_revoked" => of(Users, "revoked an invitation"),
        /// Somebody followed an invitation and set a first password.
        InvitationAccepted = "invitation_accepted" => of(Users, "accepted an invitation"),
        /// A user's role was changed.
        UserRoleChanged = "user_role_changed" => of(Users, "changed a user's role"),
        /// A user was shut out.
        UserDisabled = "user_disabled" => of(Users, "disabled a user"),
        /// A user was let in again.
        UserEnabled = "user_enabled" => of(Users, "enabled a user"),
        /// A page or action was refused for want of a permission.
        PermissionRefused = "permission_refused" => of(Access, "was refused something that is switched off"),
        /// Somebody called the API with a key that is not valid. One event stands for many.
        ApiKeyRefused = "api_key_refused" => of(Access, "called the API with a key that is not valid"),
        /// An API key read a list of leads. One event stands for many.
        LeadsRead = "leads_read" => of(Leads, "read leads by the API"),
        /// An API key read a list of partners. One event stands for many.
        PartnersRead = "partners_read" => of(Partners, "read partners by the API"),
        /// An API key read a list of invoices. One event stands for many.
        InvoicesRead = "invoices_read" => of(Invoices, "read invoices by the API"),
        /// The account's settings were changed.
        SettingsChanged = "settings_changed" => of(Settings, "changed the settings"),
        /// The account's portal was switched on or off.
        PortalSwitched = "portal_switched" => of(Settings, "switched the portal on or off"),
        /// What partners may do unless overridden was changed.
        DefaultPermissionsChanged = "default_permissions_changed" => of(Settings, "changed the default permissions"),
        /// The text of the welcome mail was changed.
        WelcomeChanged = "welcome_changed" => of(Settings, "changed the welcome mail"),
        /// For how long the audit log is kept was changed.
        RetentionChanged = "retention_changed" => of(Settings, "changed the retention of the audit log"),
        /// Old events of the audit log were purged.
        AuditPurged = "audit_purged" => of(Settings, "purged old events of the audit log"),
        /// The operator changed the key that seals secrets and the audit log.
        KeysRotated = "keys_rotated" => of(Settings, "changed the key that encrypts stored secrets"),
        /// The audit log was downloaded.
        AuditExported = "audit_exported" => of(Settings, "exported the audit log"),
        /// A partner was created.
        PartnerCreated = "partner_created" => of(Partners, "created a partner"),
        /// A partner's data was changed.
        PartnerChanged = "partner_changed" => of(Partners, "changed a partner's data"),
        /// A partner was paused, archived or let in again.
        PartnerStatusChanged = "partner_status_changed" => of(Partners, "changed a partner's status"),
        /// A partner's access to the portal or its permissions were changed.
        PartnerAccessChanged = "partner_access_changed" => of(Partners, "changed a partner's access"),
        /// The list of partners was downloaded.
        PartnersExported = "partners_exported" => of(Partners, "exported the list of partners"),
        /// Partners were loaded from a file.
        PartnersImported = "partners_imported" => of(Partners, "imported partners from a file"),
        /// An admin began to look at a partner's portal as the partner sees it.
        PartnerViewed = "partner_viewed" => of(Partners, "started viewing the portal as a partner"),
        /// An admin ended that.
        PartnerViewEnded = "partner_view_ended" => of(Partners, "stopped viewing the portal as a partner"),
        /// A temporary password was made for a user.
        TemporaryPasswordMade = "temporary_password_made" => of(Users, "created a temporary password for a user"),
        /// An admin had a link to reset a password sent to a user.
        ResetSent = "reset_sent" => of(Users, "sent a user a link to reset the password"),
        /// A draft of an invoice was begun.
        InvoiceDrafted = "invoice_drafted" => of(Invoices, "created a draft invoice"),
        /// A draft of an invoice was changed.
        InvoiceDraftChanged = "invoice_draft_changed" => of(Invoices, "changed a draft invoice"),
        /// A draft of an invoice was deleted.
        InvoiceDraftDeleted = "invoice_draft_deleted" => of(Invoices, "deleted a draft invoice"),
        /// An invoice was issued.
        InvoiceIssued = "invoice_issued" => of(Invoices, "issued an invoice"),
        /// An invoice was marked as paid.
        InvoicePaid = "invoice_paid" => of(Invoices, "marked an invoice as paid"),
        /// The payment of an invoice was undone.
        InvoicePaymentUndone = "invoice_payment_undone" => of(Invoices, "undid the payment of an invoice"),
        /// An invoice was voided.
        InvoiceVoided = "invoice_voided" => of(Invoices, "voided an invoice"),
        /// Somebody was invited as an admin.
        AdminInvited = "admin_invited" => of(Users, "invited an admin"),
        /// The invitation of an admin was revoked.
        AdminInvitationRevoked = "admin_invitation_revoked" => of(Users, "revoked the invitation of an admin"),
        /// Somebody became an admin.
        AdminInvitationAccepted = "admin_invitation_accepted" => of(Users, "joined as an admin"),
        /// An admin's role was changed.
        AdminRoleChanged = "admin_role_changed" => of(Users, "changed an admin's role"),
        /// An admin was shut out.
        AdminDisabled = "admin_disabled" => of(Users, "disabled an admin"),
        /// An admin was let in again.
        AdminEnabled = "admin_enabled" => of(Users, "enabled an admin"),
        /// The account was set up.
        AccountCreated = "account_created" => of(Settings, "set up the account"),
        /// The demo account was filled.
        DemoFilled = "demo_filled" => of(Leads, "filled the demo account"),
    }
}

impl AuditAction {
    /// What it is about.
    #[must_use]
    pub const fn kind(self) -> ActivityKind {
        self.row().kind
    }

    /// What was done, to follow who did it: `logged in`.
    #[must_use]
    pub const fn phrase(self, result: AuditResult) -> &'static str {
        match result {
            AuditResult::Success => self.row().done,
            AuditResult::Failure => self.row().failed,
        }
    }

    /// The actions of a kind.
    pub fn of_kind(kind: ActivityKind) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |action| action.kind() == kind)
    }
}
