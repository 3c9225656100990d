//! `/admin/partners/{id}/users`: who at the partner has access.

use domain::{
    access::PartnerRole,
    ids::PartnerId,
    partners::UserStatus,
    users::{NewPassword, PartnerUser, PendingInvitation},
};
use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    frame::{PartnerTop, use_partner_id},
    users_api::{
        ChangePartnerUser, CreatePartnerUser, EndPartnerSessions, InvitePartnerUser, MakeTemporaryPassword,
        PartnerUsersView, ResetPartnerTwoFactor, RevokePartnerInvitation, SendPartnerReset, list_partner_users,
    },
};
use crate::{
    error::AppError,
    ui::{
        Copyable, Done, ErrorPage, FormAlert, FormError, SelectField, TextField, When, form_error, invitations_card,
        revoke_button,
    },
};

#[derive(Clone, Copy)]
struct Actions {
    invite: ServerAction<InvitePartnerUser>,
    create: ServerAction<CreatePartnerUser>,
    revoke: ServerAction<RevokePartnerInvitation>,
    change: ServerAction<ChangePartnerUser>,
    temporary: ServerAction<MakeTemporaryPassword>,
    reset: ServerAction<SendPartnerReset>,
}

/// Users, invitations, and the forms to invite.
#[component]
pub fn PartnerUsersPage() -> impl IntoView {
    let id = use_partner_id();
    let actions = Actions {
        invite: ServerAction::new(),
        create: ServerAction::new(),
        revoke: ServerAction::new(),
        change: ServerAction::new(),
        temporary: ServerAction::new(),
        reset: ServerAction::new(),
    };
    let view =
        Resource::new(move || id.get(), |id| async move { list_partner_users(id.ok_or(AppError::NotFound)?).await });
    let change_error = form_error(move || {
        let value = actions.change.value().get().or_else(|| actions.revoke.value().get());
        value.or_else(|| actions.temporary.value().get()).or_else(|| actions.reset.value().get())
    });
    let invite_error = form_error(move || actions.invite.value().get().or_else(|| actions.create.value().get()));
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(PartnerUsersView { head, users, invitations, new_passwords }) => {
                        let (id, may_manage) = (head.id, head.may_manage);
                        let nobody = users.is_empty();
                        view! {
                            <PartnerTop head title="Users"/>
                            <Done word="created" message="The partner is created. Now invite its first user."/>
                            <NewPasswords new_passwords/>
                            <section class="card" aria-labelledby="users">
                                <h2 id="users">"Who has access"</h2>
                                <Done word="sessions" message="The user is logged out everywhere."/>
                                <Done word="two-factor" message="Two-factor authentication is off for this user, who was told so by mail."/>
                                <Done word="changed" message="The change is saved."/>
                                <Done word="reset" message="A link to set a new password is on its way. It works for an hour."/>
                                <FormAlert error=change_error/>
                                {nobody.then(|| view! { <p class="muted">"No users yet."</p> })}
                                <ul class="rows">{users.into_iter().map(|user| view! { <UserRow id user may_manage actions/> }).collect_view()}</ul>
                            </section>
                            <Invitations id invitations may_manage actions/>
                            {may_manage.then(|| view! { <InviteForm id error=invite_error/> })}
                        }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// Temporary passwords that were just made: shown this once.
#[component]
fn NewPasswords(new_passwords: Vec<NewPassword>) -> impl IntoView {
    let rows = new_passwords.into_iter().map(|new| {
        view! {
            <div class="alert alert--good" role="status">
                <p>"The temporary password of " <bdi>{new.email}</bdi> ". Copy it now: it is not shown again, works for three days, and has to be changed at the first login."</p>
                <p><Copyable><code class="secret">{new.password}</code></Copyable></p>
            </div>
        }
    });
    rows.collect_view()
}

fn role_choices() -> Vec<(String, String)> {
    PartnerRole::ALL.iter().map(|role| (role.to_string(), role.label().to_owned())).collect()
}

#[component]
fn UserRow(id: PartnerId, user: PartnerUser, may_manage: bool, actions: Actions) -> impl IntoView {
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
                <div class="stack">
                    <ActionForm action=actions.change attr:class="fields-row">
                        <input type="hidden" name="partner" value=id.to_string()/>
                        <input type="hidden" name="user" value=user.id.to_string()/>
                        <div class="field">
                            <label for=role_id.clone()>"Role"</label>
                            <select id=role_id.clone() name="role">{
                                PartnerRole::ALL.iter().copied().map(|role| view! {
                                    <option value=role.as_str() selected=role == user.role>{role.label()}</option>
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
                        <div class="fields-row__end"><button class="button" type="submit">"Save"</button></div>
                    </ActionForm>
                    <div class="page__ways">
                        <ActionForm action=actions.reset>
                            <input type="hidden" name="partner" value=id.to_string()/>
                            <input type="hidden" name="user" value=user.id.to_string()/>
                            <button class="button" type="submit">"Send a link to reset the password"</button>
                        </ActionForm>
                        <ActionForm action=actions.temporary>
                            <input type="hidden" name="partner" value=id.to_string()/>
                            <input type="hidden" name="user" value=user.id.to_string()/>
                            <button class="button" type="submit">"Create a temporary password"</button>
                        </ActionForm>
                        <form method="post" action=EndPartnerSessions::url()>
                            <input type="hidden" name="partner" value=id.to_string()/>
                            <input type="hidden" name="user" value=user.id.to_string()/>
                            <button class="button" type="submit">"Log out everywhere"</button>
                        </form>
                        {user.two_factor.then(|| view! {
                            <form method="post" action=ResetPartnerTwoFactor::url()>
                                <input type="hidden" name="partner" value=id.to_string()/>
                                <input type="hidden" name="user" value=user.id.to_string()/>
                                <button class="button" type="submit">"Turn two-factor authentication off"</button>
                            </form>
                        })}
                    </div>
                </div>
            </details>
        }
    };
    view! {
        <li>
            <strong><bdi>{user.name.clone()}</bdi></strong>
            {(!active).then(|| view! { <span class="badge badge--rejected">"Disabled"</span> })}
            <span><bdi>{user.email.clone()}</bdi></span>
            <span title=user.role.meaning()>{user.role.label()}</span>
            {user.two_factor.then(|| view! { <span class="badge">"Two-factor"</span> })}
            <span class="muted">{last}</span>
            {may_manage.then(form)}
        </li>
    }
}

#[component]
fn Invitations(
    id: PartnerId,
    invitations: Vec<PendingInvitation>,
    may_manage: bool,
    actions: Actions,
) -> impl IntoView {
    invitations_card(
        invitations,
        |role| role.label(),
        move |invitation| {
            let PendingInvitation { id: invitation, name, email, role, .. } = invitation;
            let (to, whose) = (name.clone(), name.clone());
            may_manage.then(|| {
                view! {
                    <ActionForm action=actions.invite>
                        <input type="hidden" name="partner" value=id.to_string()/>
                        <input type="hidden" name="name" value=name/>
                        <input type="hidden" name="email" value=email/>
                        <input type="hidden" name="role" value=role.as_str()/>
                        <button class="button button--quiet" type="submit">"Send again" <span class="sr-only">" to " {to}</span></button>
                    </ActionForm>
                    <ActionForm action=actions.revoke>
                        <input type="hidden" name="partner" value=id.to_string()/>
                        <input type="hidden" name="id" value=invitation.to_string()/>
                        {revoke_button(whose)}
                    </ActionForm>
                }
            })
        },
    )
}

/// One form with two ends: a mailed invitation, or an account at once with a temporary password.
#[component]
fn InviteForm(id: PartnerId, error: FormError) -> impl IntoView {
    view! {
        <section class="card card--form" aria-labelledby="invite">
            <h2 id="invite">"Invite somebody"</h2>
            <Done word="invited" message="The invitation is on its way. Its link works for seven days."/>
            <FormAlert error/>
            <form method="post" action=InvitePartnerUser::url() class="stack">
                <input type="hidden" name="partner" value=id.to_string()/>
                <TextField name="name" label="Name" error required=true max_length=100/>
                <TextField name="email" label="Email" kind="email" error required=true max_length=254
                    hint="Inviting the same address again sends a new link and ends the old one."/>
                <SelectField name="role" label="Role" error choices=role_choices() value=PartnerRole::Owner.as_str()/>
                <ul class="field__hint">
                    {PartnerRole::ALL.iter().map(|role| view! { <li><strong>{role.label()}</strong> ": " {role.meaning()}</li> }).collect_view()}
                </ul>
                <div class="page__ways">
                    <button class="button button--primary" type="submit">"Send the invitation"</button>
                    <button class="button" type="submit" formaction=CreatePartnerUser::url()>"Create with a temporary password"</button>
                </div>
            </form>
        </section>
    }
}
