//! What admins and the API do with partners.

use std::collections::BTreeMap;

use domain::{
    access::{Overrides, Permission, Permissions},
    admin::AdminPermission,
    audit::AuditAction,
    dashboard::ChartPeriod,
    ids::PartnerId,
    partners::{PartnerAccess, PartnerForm, PartnerHead, PartnerRecord, PartnerStatus, PartnerView},
    validation::FieldErrors,
    version,
};
use store::{
    Reader, StoreError, Tx, access::PartnerScope, dashboard, delivery, invitations, partners, sessions, users,
};

use crate::{AdminActor, ServiceError, partner_users};

/// One of the account's partners, and what stands above its pages.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn head(
    actor: &AdminActor,
    read: &mut Reader,
    id: PartnerId,
) -> Result<(PartnerScope, PartnerHead), ServiceError> {
    let scope = actor.scope();
    let partner = scope.for_partner(read, id).await?.ok_or(ServiceError::NotFound)?;
    let access = partners::access(read, scope, id).await?.ok_or(ServiceError::NotFound)?;
    let name = partner.session().partner_name().to_owned();
    let may_manage = scope.session().role().may(AdminPermission::ManagePartners);
    Ok((partner, PartnerHead { id, name, access, may_manage }))
}

/// What a partner's own page shows.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn view(actor: &AdminActor, read: &mut Reader, id: PartnerId) -> Result<PartnerView, ServiceError> {
    let (partner, head) = head(actor, read, id).await?;
    let record = partners::record(read, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    let people = users::colleagues(read, &partner).await?;
    let invited = !people.is_empty() || !invitations::pending(read, &partner).await?.is_empty();
    Ok(PartnerView {
        figures: dashboard::load(read, partner.session(), ChartPeriod::Days).await?,
        head,
        form: record.form(),
        invited,
        logged_in: people.iter().any(|user| user.last_login.is_some()),
        delivers: delivery::has_arrived(read, &partner).await?,
    })
}

/// Refuses a name or reference that another partner has.
async fn check_free(
    actor: &AdminActor,
    tx: &mut Tx,
    record: &PartnerRecord,
    own: Option<PartnerId>,
) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    let other = |found: Option<PartnerId>| found.is_some_and(|found| Some(found) != own);
    if other(partners::id_of_name(tx, actor.scope(), &record.name).await?) {
        errors.add("name", "Another partner has this name.");
    }
    if let Some(reference) = &record.external_ref
        && other(partners::id_of_reference(tx, actor.scope(), reference).await?)
    {
        errors.add("external_ref", "Another partner has this reference.");
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}

/// Somebody else took the name or the reference between the look and the write.
fn taken_meanwhile(error: StoreError) -> ServiceError {
    match error {
        StoreError::Conflict => ServiceError::field("name", "Another partner has this name or this reference."),
        other => other.into(),
    }
}

/// Creates a partner.
///
/// # Errors
/// [`ServiceError::Invalid`] when another partner has its name or reference.
pub async fn create(actor: &AdminActor, tx: &mut Tx, record: &PartnerRecord) -> Result<PartnerId, ServiceError> {
    check_free(actor, tx, record, None).await?;
    let id = partners::create(tx, actor.scope(), record).await.map_err(taken_meanwhile)?;
    let detail = serde_json::json!({ "name": record.name });
    actor.record_about(tx, id, AuditAction::PartnerCreated, id, detail);
    Ok(id)
}

/// What is kept of a partner, its row locked until the transaction ends: for a change of some of its fields.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn lock(actor: &AdminActor, tx: &mut Tx, id: PartnerId) -> Result<PartnerRecord, ServiceError> {
    partners::lock_access(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    partners::record(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)
}

/// The same for the form of this version.
///
/// # Errors
/// As [`lock`]; [`ServiceError::Stale`] when somebody has changed what the form was filled with.
pub async fn lock_version(
    actor: &AdminActor,
    tx: &mut Tx,
    id: PartnerId,
    sent: &str,
    form: &PartnerForm,
) -> Result<(), ServiceError> {
    let stored = lock(actor, tx, id).await?.form();
    version::check(sent, &stored.fields(), &form.fields()).map_err(ServiceError::Stale)
}

/// Changes what is kept of a partner.
///
/// # Errors
/// [`ServiceError::Invalid`] when another partner has its name or reference, [`ServiceError::NotFound`] for any id that is not
/// one of the account's.
pub async fn change(
    actor: &AdminActor,
    tx: &mut Tx,
    id: PartnerId,
    record: &PartnerRecord,
) -> Result<(), ServiceError> {
    let before = lock(actor, tx, id).await?;
    let changed = before.form().changed(&record.form());
    if changed.is_empty() {
        return Ok(());
    }
    check_free(actor, tx, record, Some(id)).await?;
    let found = partners::change(tx, actor.scope(), id, record).await.map_err(taken_meanwhile)?;
    found.ok_or(ServiceError::NotFound)?;
    // Which fields, not what is in them: the log outlives a request for erasure.
    let detail = serde_json::json!({ "changed": changed });
    actor.record_about(tx, id, AuditAction::PartnerChanged, id, detail);
    Ok(())
}

/// Reads the form of a partner; [`create`] and [`change`] take what it gives.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected.
pub fn read_form(form: &PartnerForm) -> Result<PartnerRecord, ServiceError> {
    Ok(PartnerRecord::parse(form)?)
}

/// Sets a status; the access stays as it was. Says whether it was another one.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn set_status(
    actor: &AdminActor,
    tx: &mut Tx,
    id: PartnerId,
    status: PartnerStatus,
) -> Result<bool, ServiceError> {
    let scope = actor.scope();
    let PartnerAccess { status: before, portal_access, overrides, .. } =
        partners::lock_access(tx, scope, id).await?.ok_or(ServiceError::NotFound)?;
    if before == status {
        return Ok(false);
    }
    partners::set_access(tx, scope, id, status, portal_access, overrides).await?;
    let detail = serde_json::json!({ "before": before.as_str(), "status": status.as_str() });
    actor.record_about(tx, id, AuditAction::PartnerStatusChanged, id, detail);
    Ok(true)
}

/// Maximum number of partners changed at once.
const MAX_AT_ONCE: usize = 200;

/// Does the same thing to several partners: `action` is `pause`, `activate` or `invite`. Says how many it changed.
///
/// # Errors
/// [`ServiceError::Invalid`] when none was selected, [`ServiceError::TooMany`] of more than 200,
/// [`ServiceError::NotFound`] when one of them is not the account's, [`ServiceError::BadRequest`] for any other action.
pub async fn bulk(actor: &AdminActor, tx: &mut Tx, ids: &[PartnerId], action: &str) -> Result<usize, ServiceError> {
    if ids.is_empty() {
        return Err(ServiceError::field("ids", "Select at least one partner."));
    }
    if ids.len() > MAX_AT_ONCE {
        return Err(ServiceError::TooMany(MAX_AT_ONCE));
    }
    // In one order for everybody, so that two of them never wait for each other.
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut changed = 0;
    for id in ids {
        changed += usize::from(match action {
            "pause" => set_status(actor, tx, id, PartnerStatus::Paused).await?,
            "activate" => set_status(actor, tx, id, PartnerStatus::Active).await?,
            "invite" => partner_users::invite_contact(actor, tx, id).await?,
            _ => return Err(ServiceError::BadRequest),
        });
    }
    Ok(changed)
}

/// Changes a partner's access and permissions: each choice is `inherit`, `allow` or `deny` under the permission's name; what is
/// not named is inherited.
///
/// # Errors
/// [`ServiceError::Invalid`] when a choice is none of the three, [`ServiceError::NotFound`] for any id that is not one of the
/// account's.
pub async fn set_access(
    actor: &AdminActor,
    tx: &mut Tx,
    id: PartnerId,
    portal_access: bool,
    choice: &BTreeMap<String, String>,
) -> Result<(), ServiceError> {
    let scope = actor.scope();
    let overrides = read_overrides(choice)?;
    let before = partners::lock_access(tx, scope, id).await?.ok_or(ServiceError::NotFound)?;
    if before.portal_access == portal_access && before.overrides == overrides {
        return Ok(());
    }
    partners::set_access(tx, scope, id, before.status, portal_access, overrides).await?;
    let names = |set: Permissions| {
        Permission::ALL
            .iter()
            .filter(|permission| set.has(**permission))
            .map(|permission| permission.as_str())
            .collect::<Vec<_>>()
    };
    let detail = serde_json::json!({
        "portal_access": portal_access, "allowed": names(overrides.allowed), "denied": names(overrides.denied),
    });
    actor.record_about(tx, id, AuditAction::PartnerAccessChanged, id, detail);
    Ok(())
}

fn read_overrides(choice: &BTreeMap<String, String>) -> Result<Overrides, FieldErrors> {
    let mut errors = FieldErrors::default();
    let (mut allowed, mut denied) = (Vec::new(), Vec::new());
    for (name, value) in choice {
        match (name.parse::<Permission>(), value.as_str()) {
            (Ok(_), "inherit") => {}
            (Ok(permission), "allow") => allowed.push(permission),
            (Ok(permission), "deny") => denied.push(permission),
            _ => errors.add("choice", "Choose inherit, allow or deny for each permission."),
        }
    }
    if errors.is_empty() {
        Ok(Overrides { allowed: Permissions::of(&allowed), denied: Permissions::of(&denied) })
    } else {
        Err(errors)
    }
}

/// Begins to view a partner's portal as the partner does, in the session of this hash.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn start_viewing(actor: &AdminActor, tx: &mut Tx, session: &[u8], id: PartnerId) -> Result<(), ServiceError> {
    actor.scope().viewing_as(tx, id).await?.ok_or(ServiceError::NotFound)?;
    sessions::set_viewed_partner(tx, actor.scope(), session, Some(id)).await?;
    actor.record_about(tx, id, AuditAction::PartnerViewed, id, serde_json::json!({}));
    Ok(())
}

/// Stops viewing a partner's portal, and says which it was.
pub async fn stop_viewing(actor: &AdminActor, tx: &mut Tx, session: &[u8]) -> Result<Option<PartnerId>, ServiceError> {
    let viewed = actor.scope().session().viewed_partner();
    sessions::set_viewed_partner(tx, actor.scope(), session, None).await?;
    if let Some(id) = viewed {
        actor.record_about(tx, id, AuditAction::PartnerViewEnded, id, serde_json::json!({}));
    }
    Ok(viewed)
}
