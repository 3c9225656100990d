//! What the staff does with partners.

use std::collections::BTreeMap;

use domain::{
    access::{Overrides, PartnerRole, Permission, Permissions},
    admin::AdminPermission,
    audit::AuditAction,
    ids::PartnerId,
    partners::{PartnerAccess, PartnerForm, PartnerRecord, PartnerStatus, UserStatus},
    users::NewInvitation,
    validation::FieldErrors,
};
use store::{
    Db, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    dashboard, delivery, invitations, partners, users,
};

use super::{
    api::{PartnerHead, PartnerView},
    users::send_invitation,
};
use crate::{
    access::{require_admin, state},
    admin::clerk::Clerk,
    error::AppError,
};

/// Leave to read one of the account's partners, and what stands above its pages.
pub(crate) async fn head(id: PartnerId) -> Result<(PartnerScope, PartnerHead), AppError> {
    let scope = require_admin(AdminPermission::View).await?;
    let db = state()?.db;
    let partner = scope.for_partner(&db, id).await?.ok_or(AppError::NotFound)?;
    let access = partners::access_by_staff(&db, &scope, id).await?.ok_or(AppError::NotFound)?;
    let name = partner.session().partner_name().to_owned();
    let may_manage = scope.session().role().may(AdminPermission::ManagePartners);
    Ok((partner, PartnerHead { id, name, access, may_manage }))
}

pub(super) async fn overview(id: PartnerId) -> Result<PartnerView, AppError> {
    let (partner, head) = head(id).await?;
    let scope = require_admin(AdminPermission::View).await?;
    let db = state()?.db;
    let record = partners::record(&db, &scope, id).await?.ok_or(AppError::NotFound)?;
    let people = users::colleagues(&db, &partner).await?;
    let invited = !people.is_empty() || !invitations::pending(&db, &partner).await?.is_empty();
    Ok(PartnerView {
        figures: dashboard::load(&db, partner.session()).await?,
        head,
        form: record.form(),
        invited,
        logged_in: people.iter().any(|user| user.last_login.is_some()),
        delivers: delivery::has_arrived(&db, &partner).await?,
    })
}

/// Which of the two unique values of a partner another one has already.
async fn taken(db: &Db, scope: &AdminScope, form: &PartnerForm, own: Option<PartnerId>) -> Result<AppError, AppError> {
    let mut errors = FieldErrors::default();
    let named = partners::find_by_name(db, scope.session().account_id(), form.name.trim()).await?;
    if named.is_some_and(|found| Some(found.id) != own && found.name == form.name.trim()) {
        errors.add("name", "Another partner has this name.");
    } else {
        errors.add("external_ref", "Another partner has this reference.");
    }
    Ok(AppError::Invalid(errors.keeping(form.fields())))
}

/// Creates a partner.
///
/// # Errors
/// [`AppError::Invalid`] when something has to be mended; the transaction is of no use then.
pub async fn create(clerk: &Clerk, tx: &mut Tx, form: &PartnerForm) -> Result<PartnerId, AppError> {
    let record = PartnerRecord::parse(form).map_err(AppError::Invalid)?;
    let id = match partners::create_by_staff(tx, clerk.scope(), &record).await {
        Ok(id) => id,
        Err(StoreError::Conflict) => return Err(taken(clerk.db(), clerk.scope(), form, None).await?),
        Err(error) => return Err(error.into()),
    };
    let detail = serde_json::json!({ "name": record.name });
    clerk.note_about(tx, id, AuditAction::PartnerCreated, ("partner", Some(id.0)), detail);
    Ok(id)
}

/// Changes what is kept of a partner.
///
/// # Errors
/// [`AppError::Invalid`] when something has to be mended, the transaction is of no use then; [`AppError::NotFound`] for any
/// id that is not one of the account's.
pub async fn change(clerk: &Clerk, tx: &mut Tx, id: PartnerId, form: &PartnerForm) -> Result<(), AppError> {
    let before = partners::record(clerk.db(), clerk.scope(), id).await?.ok_or(AppError::NotFound)?;
    let record = PartnerRecord::parse(form).map_err(AppError::Invalid)?;
    let changed = before.form().changed(&record.form());
    if changed.is_empty() {
        return Ok(());
    }
    match partners::change_by_staff(tx, clerk.scope(), id, &record).await {
        Ok(Some(())) => {}
        Ok(None) => return Err(AppError::NotFound),
        Err(StoreError::Conflict) => return Err(taken(clerk.db(), clerk.scope(), form, Some(id)).await?),
        Err(error) => return Err(error.into()),
    }
    // Which fields, not what is in them: the log outlives the wish to be forgotten.
    let detail = serde_json::json!({ "changed": changed });
    clerk.note_about(tx, id, AuditAction::PartnerChanged, ("partner", Some(id.0)), detail);
    Ok(())
}

/// Sets a status within a transaction; the access stays as it was. Says whether it was another one.
///
/// # Errors
/// [`AppError::NotFound`] for any id that is not one of the account's.
pub async fn move_to(clerk: &Clerk, tx: &mut Tx, id: PartnerId, status: PartnerStatus) -> Result<bool, AppError> {
    let scope = clerk.scope();
    let PartnerAccess { status: before, portal_access, overrides, .. } =
        partners::lock_access(tx, scope, id).await?.ok_or(AppError::NotFound)?;
    if before == status {
        return Ok(false);
    }
    partners::set_access_by_staff(tx, scope, id, status, portal_access, overrides).await?;
    let detail = serde_json::json!({ "before": before.as_str(), "status": status.as_str() });
    clerk.note_about(tx, id, AuditAction::PartnerStatusChanged, ("partner", Some(id.0)), detail);
    Ok(true)
}

/// Most partners changed at once.
const MOST_AT_ONCE: usize = 200;

pub(super) async fn bulk(ids: &[PartnerId], deed: &str) -> Result<usize, AppError> {
    let clerk = Clerk::of_request(AdminPermission::ManagePartners).await?;
    if ids.is_empty() {
        return Err(AppError::Invalid(FieldErrors::one("ids", "Tick at least one partner.")));
    }
    if ids.len() > MOST_AT_ONCE {
        return Err(AppError::TooMany(MOST_AT_ONCE));
    }
    // In one order for everybody, so that two of them never wait for each other.
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut changed = 0;
    match deed {
        "pause" | "activate" => {
            let status = if deed == "pause" { PartnerStatus::Paused } else { PartnerStatus::Active };
            let mut tx = clerk.db().begin_write().await?;
            for id in ids {
                changed += usize::from(move_to(&clerk, &mut tx, id, status).await?);
            }
            tx.commit().await?;
        }
        "invite" => {
            for id in ids {
                changed += usize::from(invite_contact(clerk.db(), clerk.scope(), id).await?);
            }
        }
        _ => return Err(AppError::BadRequest),
    }
    Ok(changed)
}

/// Invites a partner's contact as its owner, unless somebody there has a login already or nobody can be reached.
async fn invite_contact(db: &Db, scope: &AdminScope, id: PartnerId) -> Result<bool, AppError> {
    let partner = scope.for_partner(db, id).await?.ok_or(AppError::NotFound)?;
    let record = partners::record(db, scope, id).await?.ok_or(AppError::NotFound)?;
    let people = users::colleagues(db, &partner).await?;
    if people.iter().any(|user| user.status == UserStatus::Active) {
        return Ok(false);
    }
    let contact = record.contact;
    let name = if contact.contact_name.is_empty() { &record.name } else { &contact.contact_name };
    let name: String = name.chars().take(NewInvitation::MAX_NAME).collect();
    match NewInvitation::parse(&name, &contact.email, PartnerRole::Owner.as_str()) {
        Ok(invitation) => match send_invitation(scope, &partner, &invitation).await {
            Ok(()) => Ok(true),
            // The address has a login at another partner.
            Err(AppError::Invalid(_)) => Ok(false),
            Err(error) => Err(error),
        },
        Err(_) => Ok(false),
    }
}

pub(super) async fn save_access(
    id: PartnerId,
    portal_access: bool,
    choice: &BTreeMap<String, String>,
) -> Result<(), AppError> {
    let clerk = Clerk::of_request(AdminPermission::ManagePartners).await?;
    let scope = clerk.scope();
    let overrides = read_overrides(choice).map_err(AppError::Invalid)?;
    let mut tx = clerk.db().begin_write().await?;
    let before = partners::lock_access(&mut tx, scope, id).await?.ok_or(AppError::NotFound)?;
    if before.portal_access == portal_access && before.overrides == overrides {
        return Ok(());
    }
    partners::set_access_by_staff(&mut tx, scope, id, before.status, portal_access, overrides).await?;
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
    clerk.note_about(&mut tx, id, AuditAction::PartnerAccessChanged, ("partner", Some(id.0)), detail);
    Ok(tx.commit().await?)
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
