//! The server functions of the account's returns.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    ids::{PartnerId, ReturnId},
    leads::RejectReason,
    partners::PartnerHead,
    returns::{Credit, PolicyForm, QueuedReturn, ReturnPolicy, ReturnQuery},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the queue shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnsView {
    /// The requests of the page.
    pub returns: Vec<QueuedReturn>,
    /// How many there are in all.
    pub count: u64,
    /// Whether there are more after the last.
    pub has_next: bool,
    /// What is to be credited, where that is what is looked at.
    pub credits: Vec<Credit>,
    /// The partners to choose from.
    pub partners: Vec<(PartnerId, String)>,
    /// Whether the reader may decide.
    pub may_decide: bool,
    /// Whether the reader may download the list.
    pub may_export: bool,
}

/// The account's requests.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/returns/list", input = Json)]
pub async fn list_returns(query: ReturnQuery) -> Result<ReturnsView, AppError> {
    use domain::{admin::AdminPermission as P, returns::ReturnView};
    let actor = crate::access::require_admin(P::View).await?;
    let (scope, role) = (actor.scope(), actor.scope().session().role());
    let mut read = crate::access::begin_read(&actor).await?;
    let page = store::leads::queue(&mut read, scope, &query).await?;
    let credits =
        if query.view == ReturnView::Credit { store::leads::credits(&mut read, scope).await? } else { Vec::new() };
    Ok(ReturnsView {
        returns: page.returns,
        count: page.count,
        has_next: page.has_next,
        credits: credits.into_iter().filter(|credit| query.partner.is_none_or(|id| id == credit.partner.0)).collect(),
        partners: store::partners::choices(&mut read, scope).await?,
        may_decide: role.may(P::ManagePartners),
        may_export: role.may(P::Export),
    })
}

/// Decides on requests: on all of them, or on none. `decision` is `approve` or `decline`; `back` is the page to go back to.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id that is none of the account's,
/// [`AppError::Changed`] when one is not open any more, [`AppError::Invalid`] for none, for too many and for a refusal without a reason.
#[server(prefix = "/fn", endpoint = "admin/returns/decide")]
pub async fn decide_returns(
    #[server(default)] returns: Vec<ReturnId>,
    #[server(default)] decision: String,
    #[server(default)] answer: String,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    use domain::returns::ReturnDecision;
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let typed = [("answer", &*answer)];
    let decision =
        ReturnDecision::parse(&decision, &answer).map_err(|errors| AppError::Invalid(errors.keeping(typed)))?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let decided = services::returns::decide(&actor, &mut tx, &returns, &decision).await;
    let many = decided.map_err(|error| error.keeping(typed))?;
    tx.commit().await?;
    let of_ours =
        back.starts_with("/admin/") && !back.contains('\\') && back.bytes().all(|byte| byte.is_ascii_graphic());
    let path = if of_ours { &*back } else { super::QUEUE };
    let done = crate::ui::with_pair(path, "done", if decision.approve { "approved" } else { "declined" });
    leptos_axum::redirect(&crate::ui::with_pair(&done, "returns", &many.to_string()));
    Ok(())
}

/// Rules for returns, and what they are made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyView {
    /// The account's rules.
    pub policy: ReturnPolicy,
    /// The partner's own, if it is about one and that has any.
    pub own: Option<ReturnPolicy>,
    /// The account's reasons.
    pub reasons: Vec<RejectReason>,
    /// The partner it is about.
    pub partner: Option<PartnerHead>,
    /// Whether the reader may change them.
    pub may_manage: bool,
}

/// The account's rules for returns, or with `partner` that partner's.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any partner that is none of the account's.
#[server(prefix = "/fn", endpoint = "admin/returns/policy")]
pub async fn get_return_policy(partner: Option<PartnerId>) -> Result<PolicyView, AppError> {
    use domain::{admin::AdminPermission as P, leads::ReasonNeeds};
    let actor = crate::access::require_admin(P::View).await?;
    let (scope, role) = (actor.scope(), actor.scope().session().role());
    let mut read = crate::access::begin_read(&actor).await?;
    let (mut own, mut head) = (None, None);
    if let Some(partner) = partner {
        let (scope, found) = services::partners::head(&actor, &mut read, partner).await?;
        head = Some(found);
        let partner = &scope;
        own = store::leads::own_return_policy(&mut read, partner).await?;
    }
    Ok(PolicyView {
        policy: store::leads::return_policy_of_account(&mut read, scope).await?,
        own,
        reasons: store::leads::list_for_account::<ReasonNeeds>(&mut read, scope).await?,
        may_manage: role.may(if partner.is_some() { P::ManagePartners } else { P::ManageSettings }),
        partner: head,
    })
}

/// Changes the rules for returns: the account's, or with `partner` that partner's, who has the account's again where `own` is not `yes`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, for a partner's without `manage_partners`; [`AppError::NotFound`] for any
/// partner that is none of the account's, [`AppError::Invalid`] when a field has to be corrected, [`AppError::Stale`] when somebody has
/// changed what the form of this `version` was filled with.
#[server(prefix = "/fn", endpoint = "admin/returns/save-policy")]
pub async fn save_return_policy(
    #[server(default)] version: String,
    #[server(default)] partner: Option<PartnerId>,
    #[server(default)] own: String,
    #[server(default)] at_once: Vec<String>,
    #[server(flatten)] form: PolicyForm,
) -> Result<(), AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(if partner.is_some() { P::ManagePartners } else { P::ManageSettings });
    let actor = actor.await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let saved = match partner {
        Some(partner) => {
            let form = (own == "yes").then_some((&form, &*at_once));
            services::returns::change_own_policy(&actor, &mut tx, partner, &version, form).await
        }
        None => services::returns::change_policy(&actor, &mut tx, &version, (&form, &at_once)).await,
    };
    saved.map_err(|error| error.keeping(form.fields()))?;
    tx.commit().await?;
    let page = partner.map_or("/admin/settings/returns".to_owned(), |id| format!("/admin/partners/{id}/returns"));
    leptos_axum::redirect(&format!("{page}?done=policy"));
    Ok(())
}
