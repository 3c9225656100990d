//! What the domain says of a form, in the browser and before it is sent: the rules by which the server judges it afterwards, as far
//! as they need neither tables nor the database.

use domain::{
    admin::NewAdmin,
    leads::Review,
    passwords,
    settings::{InvoicingForm, WelcomeForm},
    users::NewInvitation,
    validation::FieldErrors,
};
use leptos::server_fn::ServerFn;

use crate::{
    admin::{
        admins::api::InviteAdmin,
        partners::users_api::{CreatePartnerUser, InvitePartnerUser},
        settings::api::{SaveInvoicing, SaveWelcome},
    },
    leads::api::ReviewLead,
    profile::users_api::InviteUser,
};

/// What has to be corrected before a form is sent to a server function; nothing where only the server can tell. `field` is what
/// stands in a field, if the form has it.
pub(super) fn judge(path: &str, field: impl Fn(&str) -> Option<String>) -> FieldErrors {
    let text = |name: &str| field(name).unwrap_or_default();
    let is = |paths: &[&str]| paths.contains(&path);
    let judged = if is(&[InviteUser::PATH, InvitePartnerUser::PATH, CreatePartnerUser::PATH]) {
        NewInvitation::parse(&text("name"), &text("email"), &text("role")).map(drop)
    } else if is(&[InviteAdmin::PATH]) {
        NewAdmin::parse(&text("name"), &text("email"), &text("role")).map(drop)
    } else if is(&[ReviewLead::PATH]) {
        Review::read_comment(&text("comment")).map(drop)
    } else if is(&[SaveInvoicing::PATH]) {
        let form = InvoicingForm {
            legal_name: text("legal_name"),
            address: text("address"),
            vat_id: text("vat_id"),
            payment_details: text("payment_details"),
            payment_terms: text("payment_terms"),
        };
        form.checked().map(drop)
    } else if is(&[SaveWelcome::PATH]) {
        WelcomeForm { subject: text("subject"), text: text("text") }.checked().map(drop)
    } else if let (Some(password), Some(repeat)) = (field("password"), field("repeat")) {
        new_password(&password, &repeat)
    } else {
        Ok(())
    };
    judged.err().unwrap_or_default()
}

/// A password that is typed twice. Whether it is a common one, only the server can tell.
fn new_password(password: &str, repeat: &str) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    if let Err(weak) = passwords::check_length(password) {
        errors.add("password", weak.to_string());
    }
    if !repeat.is_empty() && repeat != password {
        errors.add("repeat", passwords::DIFFERENT);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
