//! `/admin/settings/permissions`: what partners may do unless they have permissions of their own.

use domain::access::{Permission, Permissions};
use leptos::prelude::*;

use super::{
    api::{SaveDefaultPermissions, SettingsView},
    frame::{SettingsFrame, save_button},
};
use crate::{
    admin::partners::sentence,
    ui::{Done, FormAlert, form_error},
};

/// The default permissions.
#[component]
pub fn PermissionsSettingsPage() -> impl IntoView {
    let action = ServerAction::<SaveDefaultPermissions>::new();
    let page = move |SettingsView { settings, may_manage, .. }: SettingsView| {
        view! { <DefaultPermissions defaults=settings.default_permissions may_manage action/> }.into_any()
    };
    view! { <SettingsFrame title="Permissions" page/> }
}

#[component]
fn DefaultPermissions(
    defaults: Permissions,
    may_manage: bool,
    action: ServerAction<SaveDefaultPermissions>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let boxes = Permission::ALL.iter().copied().map(move |permission| {
        view! {
            <label class="choice">
                <input type="checkbox" name=format!("allow[{permission}]") value="yes" checked=defaults.has(permission) disabled=!may_manage/>
                {sentence(permission)}
            </label>
        }
    });
    view! {
        <section class="card card--form" aria-labelledby="permissions">
            <h2 id="permissions">"Default permissions"</h2>
            <p class="muted">"For every partner without permissions of its own. A change counts from each user’s next request."</p>
            <Done word="permissions" message="The default permissions are saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <fieldset class="field"><legend class="sr-only">"Allowed"</legend>{boxes.collect_view()}</fieldset>
                {save_button(may_manage, "Save the permissions")}
            </ActionForm>
        </section>
    }
}
