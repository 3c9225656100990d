//! `/partner/profile/users`: the partner's own users.

use domain::{
    access::PartnerRole,
    partners::UserStatus,
    users::{PartnerUser, PendingInvitation},
};
use leptos::prelude::*;

use super::{
    frame::ProfileHead,
    users_api::{ChangeUser, InviteUser, RevokeInvitation, UsersView, list_users},
};
use crate::ui::{Done, ErrorPage, FormAlert, FormError, TextField, When, form_error, invitations_card, revoke_button};

/// Users, invitations, and the form to invite.
#[component]
pub fn UsersPage() -> impl IntoView {
    let invite = ServerAction::<InviteUser>::new();
    let revoke = ServerAction::<RevokeInvitation>::new();
    let change = ServerAction::<ChangeUser>::new();
    let view = Resource::new(|| (), |()| list_users());
    let invite_error = form_error(move || invite.value().get());
    let change_error = form_error(move || change.value().get().or_else(|| revoke.value().get()));
    view! {
        <ProfileHead title="Users"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(UsersView { users, invitations, own_id }) => view! {
                        <section class="card" aria-labelledby="users">
                            <h2 id="users">"Who has access"</h2>
                            <Done word="changed" message="The change is saved."/>
                            <FormAlert error=change_error/>
                            <ul class="rows">{users.into_iter().map(|user| {
                                let own = user.id == own_id;
                                view! { <UserRow user own change/> }
                            }).collect_view()}</ul>
                        </section>
                        <Invitations invitations revoke/>
                        <InviteForm action=invite error=invite_error/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn role_options(chosen: Option<PartnerRole>) -> impl IntoView {
    PartnerRole::ALL
        .iter()
        .copied()
        .map(|role| view! { <option value=role.as_str() selected=chosen == Some(role)>{role.label()}</option> })
        .collect_view()
}

#[component]
fn UserRow(user: PartnerUser, own: bool, change: ServerAction<ChangeUser>) -> impl IntoView {
    let active = user.status == UserStatus::Active;
    let (role_id, active_id) = (format!("role-{}", user.id), format!("active-{}", user.id));
    let last = match user.last_login {
        Some(time) => view! { "last logged in " <When time/> }.into_any(),
        None => view! { "never logged in" }.into_any(),
    };
    let name = user.name.clone();
    let form = move || {
        view! {
            <details class="change">
                <summary>"Change" <span class="sr-only">" " {name.clone()}</span></summary>
                <ActionForm action=change attr:class="fields-row">
                    <input type="hidden" name="id" value=user.id.to_string()/>
                    <div class="field">
                        <label for=role_id.clone()>"Role"</label>
                        <select id=role_id.clone() name="role">{role_options(Some(user.role))}</select>
                    </div>
                    <div class="field">
                        <label for=active_id.clone()>"Access"</label>
                        <select id=active_id.clone() name="active">
                            <option value="yes" selected=active>"May log in"</option>
                            <option value="no" selected=!active>"Disabled"</option>
                        </select>
                    </div>
                    <div class="fields-row__end"><button class="button" type="submit">"Save"</button></div>
                </ActionForm>
            </details>
        }
    };
    view! {
        <li>
            <strong><bdi>{user.name.clone()}</bdi></strong>
            {own.then(|| view! { <span class="badge badge--accepted">"You"</span> })}
            {(!active).then(|| view! { <span class="badge badge--rejected">"Disabled"</span> })}
            <span><bdi>{user.email.clone()}</bdi></span>
            <span title=user.role.meaning()>{user.role.label()}</span>
            <span class="muted">{last}</span>
            {(!own).then(form)}
        </li>
    }
}

#[component]
fn Invitations(invitations: Vec<PendingInvitation>, revoke: ServerAction<RevokeInvitation>) -> impl IntoView {
    invitations_card(
        invitations,
        |role| role.label(),
        move |invitation| {
            view! {
                <ActionForm action=revoke>
                    <input type="hidden" name="id" value=invitation.id.to_string()/>
                    {revoke_button(invitation.name.clone())}
                </ActionForm>
            }
        },
    )
}

#[component]
fn InviteForm(action: ServerAction<InviteUser>, error: FormError) -> impl IntoView {
    let role_error = move || error.message("role");
    view! {
        <section class="card card--form" aria-labelledby="invite">
            <h2 id="invite">"Invite somebody"</h2>
            <Done word="invited" message="The invitation is on its way. Its link works for seven days."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <TextField name="name" label="Name" error required=true max_length=100/>
                <TextField name="email" label="Email" kind="email" error required=true max_length=254
                    hint="Inviting the same address again sends a new link and ends the old one."/>
                <div class="field">
                    <label for="role">"Role"</label>
                    <select id="role" name="role" required aria-describedby="role-hint role-error">{role_options(Some(PartnerRole::Member))}</select>
                    <ul class="field__hint" id="role-hint">
                        {PartnerRole::ALL.iter().map(|role| view! { <li><strong>{role.label()}</strong> ": " {role.meaning()}</li> }).collect_view()}
                    </ul>
                    {move || role_error().map(|message| view! { <p class="field__error" id="role-error">{message}</p> })}
                </div>
                <div><button class="button button--primary" type="submit">"Send the invitation"</button></div>
            </ActionForm>
        </section>
    }
}
