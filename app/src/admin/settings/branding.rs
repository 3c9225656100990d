//! `/admin/settings/branding`: what the portal looks like.

use leptos::prelude::*;

use super::{
    api::{SaveAccent, SettingsView},
    frame::{SettingsFrame, save_button},
};
use crate::ui::{Alert, Done, FormAlert, TextField, form_error};

/// The account's colour and its logo.
#[component]
pub fn BrandingSettingsPage() -> impl IntoView {
    let accent = ServerAction::<SaveAccent>::new();
    let page = move |SettingsView { settings, may_manage, .. }: SettingsView| {
        let logo = settings.logo.map(|hash| hash.href(&settings.account.slug));
        view! {
            <Accent value=settings.accent may_manage action=accent/>
            <Logo logo may_manage/>
        }
        .into_any()
    };
    view! { <SettingsFrame title="Branding" page/> }
}

#[component]
fn Accent(value: String, may_manage: bool, action: ServerAction<SaveAccent>) -> impl IntoView {
    let error = form_error(move || action.value().get());
    view! {
        <section class="card card--form" aria-labelledby="colour">
            <h2 id="colour">"Colour"</h2>
            <Done word="accent" message="The colour is saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <TextField name="accent" label="Accent colour" kind="color" value error
                    hint="Of buttons and links, in mails, and on the invoices issued from now on."/>
                {save_button(may_manage, "Save the colour")}
            </ActionForm>
        </section>
    }
}

/// The logo. Its forms are plain ones, for files travel that way without WebAssembly.
#[component]
fn Logo(logo: Option<String>, may_manage: bool) -> impl IntoView {
    let there = logo.is_some();
    let query = leptos_router::hooks::use_query_map();
    let refused = move || match query.read().get_str("done") {
        Some("logo-large") => {
            Some("The logo must be smaller than 256 KB and measure at most 2,000 pixels along each side.")
        }
        Some("logo-other") => Some("The logo must be a PNG file that can be read."),
        Some("logo-empty") => Some("Choose a file first."),
        _ => None,
    };
    view! {
        <section class="card card--form" aria-labelledby="logo-head">
            <h2 id="logo-head">"Logo"</h2>
            <p class="muted">"On every page of the portal and on the invoices issued from now on. A PNG, best with a transparent background, smaller than 256 KB."</p>
            <Done word="logo" message="The logo is saved."/>
            <Done word="logo-removed" message="The logo is removed; invoices issued with it keep it."/>
            {move || refused().map(|text| view! { <Alert>{text}</Alert> })}
            {logo.map(|src| view! { <p><img class="logo" src=src alt="The current logo"/></p> })}
            {may_manage.then(|| view! {
                <form method="post" action="/admin/settings/logo" enctype="multipart/form-data" class="fields-row">
                    <div class="field">
                        <label for="logo">{if there { "New logo" } else { "File" }}</label>
                        <input id="logo" name="logo" type="file" accept="image/png"/>
                    </div>
                    <div class="fields-row__end"><button class="button" type="submit">"Save the logo"</button></div>
                </form>
            })}
            {(may_manage && there).then(|| view! {
                <form method="post" action="/admin/settings/logo" enctype="multipart/form-data">
                    <button class="button button--quiet" type="submit" name="remove" value="yes">"Remove the logo"</button>
                </form>
            })}
        </section>
    }
}
