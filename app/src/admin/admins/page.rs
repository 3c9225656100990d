//! `/admin/users`: which admin has access.

use domain::{
    admin::{Admin, AdminRole, PendingAdmin},
    partners::UserStatus,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use super::api::{AdminsView, ChangeAdmin, InviteAdmin, ResetAdminTwoFactor, RevokeAdminInvitation, list_admins};
use crate::ui::{
    Done, ErrorPage, FormAlert, FormError, SelectField, TextField, When, form_error, invitations_card, revoke_button,
};

/// Admins, invitations, and the form to invite.
#[component]
pub fn AdminsPage() -> impl IntoView {
    let invite = ServerAction::<InviteAdmin>::new();
    let revoke = ServerAction::<RevokeAdminInvitation>::new();
    let change = ServerAction::<ChangeAdmin>::new();
    let view = Resource::new(|| (), |()| list_admins());
    let invite_error = form_error(move || invite.value().get());
    let reset = ServerAction::<ResetAdminTwoFactor>::new();
    let change_error =
        form_error(move || change.value().get().or_else(|| revoke.value().get()).or_else(|| reset.value().get()));
    view! {
        <Title text="Admins"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(AdminsView { admins, invitations, own_id, may_manage }) => view! {
                        <div class="page__head"><h1>"Admins"</h1></div>
                        <section class="card" aria-labelledby="admins">
                            <h2 id="admins">"Who manages this account"</h2>
                            <Done word="changed" message="The change is saved."/>
                            <Done word="two-factor" message="Two-factor authentication is off for this admin, who was told so by mail."/>
                            <FormAlert error=change_error/>
                            <ul class="rows">{admins.into_iter().map(|admin| {
                                let own = admin.id == own_id;
                                view! { <AdminRow admin own changeable=may_manage && !own change/> }
                            }).collect_view()}</ul>
                        </section>
                        <Invitations invitations revoke/>
                        {may_manage.then(|| view! { <InviteForm action=invite error=invite_error/> })}
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn role_choices() -> Vec<(String, String)> {
    AdminRole::ALL.iter().map(|role| (role.to_string(), role.label().to_owned())).collect()
}

#[component]
fn AdminRow(admin: Admin, own: bool, changeable: bool, change: ServerAction<ChangeAdmin>) -> impl IntoView {
    let active = admin.status == UserStatus::Active;
    let (role_id, active_id) = (format!("role-{}", admin.id), format!("active-{}", admin.id));
    let ends_id = format!("ends-{}", admin.id);
    let last = match admin.last_login {
        Some(time) => view! { "last logged in " <When time/> }.into_any(),
        None => view! { "never logged in" }.into_any(),
    };
    let name = admin.name.clone();
    let ends = admin.made.in_words().filter(|_| active);
    let form = move || {
        view! {
            <details class="change">
                <summary>"Change" <span class="sr-only">" " {name.clone()}</span></summary>
                <ActionForm action=change attr:class="fields-row">
                    <input type="hidden" name="id" value=admin.id.to_string()/>
                    <div class="field">
                        <label for=role_id.clone()>"Role"</label>
                        <select id=role_id.clone() name="role">{
                            AdminRole::ALL.iter().copied().map(|role| view! {
                                <option value=role.as_str() selected=role == admin.role>{role.label()}</option>
                            }).collect_view()
                        }</select>
                    </div>
                    <div class="field">
                        <label for=active_id.clone()>"Access"</label>
                        <select id=active_id.clone() name="active">
                            <option value="yes" selected=active>"May log in"</option>
                            <option value="no" selected=!active>"Disabled"</option>
                        </select>
                    </div>
                    {ends.clone().map(|ends| view! {
                        <div class="field">
                            <label for=ends_id.clone()>"When disabled: " <bdi>{ends}</bdi></label>
                            <select id=ends_id.clone() name="made">
                                <option value="end">"End with this admin’s access"</option>
                                <option value="take">"Stay valid: I take them over"</option>
                            </select>
                            <p class="field__hint">"Whoever knows a key can still use it after you have taken it over."</p>
                        </div>
                    })}
                    <div class="fields-row__end"><button class="button" type="submit">"Save"</button></div>
                </ActionForm>
                {admin.two_factor.then(|| view! {
                    <form method="post" action=ResetAdminTwoFactor::url()>
                        <input type="hidden" name="id" value=admin.id.to_string()/>
                        <button class="button" type="submit">"Turn two-factor authentication off"</button>
                    </form>
                })}
            </details>
        }
    };
    view! {
        <li>
            <strong><bdi>{admin.name.clone()}</bdi></strong>
            {own.then(|| view! { <span class="badge badge--accepted">"You"</span> })}
            {(!active).then(|| view! { <span class="badge badge--rejected">"Disabled"</span> })}
            <span><bdi>{admin.email.clone()}</bdi></span>
            <span title=admin.role.meaning()>{admin.role.label()}</span>
            {admin.two_factor.then(|| view! { <span class="badge">"Two-factor"</span> })}
            <span class="muted">{last}</span>
            {changeable.then(form)}
        </li>
    }
}

#[component]
fn Invitations(invitations: Vec<PendingAdmin>, revoke: ServerAction<RevokeAdminInvitation>) -> impl IntoView {
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
fn InviteForm(action: ServerAction<InviteAdmin>, error: FormError) -> impl IntoView {
    view! {
        <section class="card card--form" aria-labelledby="invite">
            <h2 id="invite">"Invite an admin"</h2>
            <Done word="invited" message="The invitation is on its way. Its link works for seven days."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <TextField name="name" label="Name" error required=true max_length=100/>
                <TextField name="email" label="Email" kind="email" error required=true max_length=254
                    hint="Inviting the same address again sends a new link and ends the old one."/>
                <SelectField name="role" label="Role" error choices=role_choices() value=AdminRole::Manager.as_str()/>
                <ul class="field__hint">
                    {AdminRole::ALL.iter().map(|role| view! { <li><strong>{role.label()}</strong> ": " {role.meaning()}</li> }).collect_view()}
                </ul>
                <div><button class="button button--primary" type="submit">"Send the invitation"</button></div>
            </ActionForm>
        </section>
    }
}
