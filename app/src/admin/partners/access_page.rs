//! `/admin/partners/{id}/permissions`.

use domain::{
    access::{PartnerRole, Permission, effective},
    partners::{PartnerHead, PartnerStatus},
};
use leptos::prelude::*;

use super::{
    api::{SavePartnerAccess, get_partner_access},
    frame::{PartnerTop, use_partner_id},
};
use crate::{
    error::AppError,
    ui::{Done, ErrorPage, FormAlert, FormError, form_error},
};

/// Access and permissions of one partner.
#[component]
pub fn PartnerAccessPage() -> impl IntoView {
    let id = use_partner_id();
    let save = ServerAction::<SavePartnerAccess>::new();
    let error = form_error(move || save.value().get());
    let view =
        Resource::new(move || id.get(), |id| async move { get_partner_access(id.ok_or(AppError::NotFound)?).await });
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(head) => view! { <PartnerTop head=head.clone() title="Permissions"/> <Form head save error/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// What becomes of a permission, in words.
fn outcome(head: &PartnerHead, permission: Permission) -> (&'static str, &'static str) {
    let access = head.access;
    if !access.portal_enabled || !access.portal_access || access.status != PartnerStatus::Active {
        return ("No: nobody can log in", "rejected");
    }
    let rights = effective(access.defaults, access.overrides, PartnerRole::Owner);
    let granted = access.overrides.apply(access.defaults).has(permission);
    match (rights.has(permission), granted) {
        (true, _) => ("Yes", "accepted"),
        (false, true) => ("No: it needs another permission", "rejected"),
        (false, false) => ("No", "rejected"),
    }
}

#[component]
fn Form(head: PartnerHead, save: ServerAction<SavePartnerAccess>, error: FormError) -> impl IntoView {
    let (id, may_manage, access) = (head.id, head.may_manage, head.access);
    let rows = Permission::ALL.iter().copied().map(|permission| {
        let (result, badge) = outcome(&head, permission);
        let default = if access.defaults.has(permission) { "allowed" } else { "denied" };
        let chosen = if access.overrides.denied.has(permission) {
            "deny"
        } else if access.overrides.allowed.has(permission) {
            "allow"
        } else {
            "inherit"
        };
        let name = format!("choice[{permission}]");
        let label = sentence(permission);
        let choices = [("inherit", format!("Inherit ({default})")), ("allow", "Allow".to_owned()), ("deny", "Deny".to_owned())];
        let choice = if may_manage {
            view! {
                <select class="input" name=name aria-label=label.clone()>
                    {choices.into_iter().map(|(value, text)| view! { <option value=value selected=value == chosen>{text}</option> }).collect_view()}
                </select>
            }
            .into_any()
        } else {
            let (_, text) = choices.into_iter().find(|(value, _)| *value == chosen).unwrap_or_default();
            view! { <span>{text}</span> }.into_any()
        };
        view! {
            <tr>
                <th scope="row">{label}</th>
                <td data-label="Choice">{choice}</td>
                <td data-label="Result"><span class=format!("badge badge--{badge}") data-permission=permission.as_str()>{result}</span></td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <section class="card" aria-labelledby="access">
            <h2 id="access">"Access and permissions"</h2>
            <p class="muted">"A change counts from the next request of every user of the partner. A user may do what is allowed both here and by the role."</p>
            <Done word="access" message="Access and permissions are saved."/>
            <FormAlert error/>
            <ActionForm action=save attr:class="stack">
                <input type="hidden" name="id" value=id.to_string()/>
                <div class="field field--narrow">
                    <label for="portal_access">"Portal"</label>
                    <select id="portal_access" name="portal_access" disabled=!may_manage>
                        <option value="yes" selected=access.portal_access>"On for this partner"</option>
                        <option value="no" selected=!access.portal_access>"Off: nobody at this partner can log in"</option>
                    </select>
                </div>
                <div class="table-frame">
                    <table class="table">
                        <caption class="sr-only">"Permissions"</caption>
                        <thead><tr><th scope="col">"Permission"</th><th scope="col">"Choice"</th><th scope="col">"Result"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {may_manage.then(|| view! { <div><button class="button button--primary" type="submit">"Save"</button></div> })}
            </ActionForm>
        </section>
    }
}

/// What a permission lets one do, as the beginning of a row.
pub(crate) fn sentence(permission: Permission) -> String {
    let action = permission.action();
    let mut letters = action.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
