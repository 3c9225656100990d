//! `/admin/settings/mails`: the mail that invites a partner's users.

use domain::{settings::WelcomeForm, version::version, welcome::PLACEHOLDERS};
use leptos::prelude::*;

use super::{
    api::{SaveWelcome, SettingsView, TestWelcome},
    frame::{SettingsFrame, save_button},
};
use crate::ui::{Done, FormAlert, TextArea, TextField, VersionField, form_error};

/// The welcome mail, what it looks like, and a test of it.
#[component]
pub fn MailsSettingsPage() -> impl IntoView {
    let action = ServerAction::<SaveWelcome>::new();
    let test = ServerAction::<TestWelcome>::new();
    let page = move |SettingsView { settings, preview, may_manage, .. }: SettingsView| {
        view! { <Welcome form=settings.welcome preview may_manage action test/> }.into_any()
    };
    view! { <SettingsFrame title="Mails" page/> }
}

#[component]
fn Welcome(
    form: WelcomeForm,
    preview: (String, Vec<String>),
    may_manage: bool,
    action: ServerAction<SaveWelcome>,
    test: ServerAction<TestWelcome>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let test_error = form_error(move || test.value().get());
    let names = PLACEHOLDERS.iter().map(|(name, meaning)| {
        view! { <div><dt><code>{format!("{{{name}}}")}</code></dt><dd>{*meaning}</dd></div> }
    });
    let (subject, paragraphs) = preview;
    view! {
        <section class="card card--form" aria-labelledby="welcome">
            <h2 id="welcome">"The welcome mail"</h2>
            <p class="muted">"It goes to everybody you invite to a partner’s portal. Leave both fields empty for the built-in text."</p>
            <Done word="welcome" message="The welcome mail is saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <VersionField version=version(form.fields()) error/>
                <TextField name="subject" label="Subject" value=form.subject max_length=150 error/>
                <TextArea name="text" label="Text" value=form.text rows=10 error hint="Paragraphs are separated by empty lines. It begins with “Hello” and the person’s name."/>
                <details class="help"><summary>"Placeholders"</summary><dl class="data">{names.collect_view()}</dl></details>
                {save_button(may_manage, "Save the welcome mail")}
            </ActionForm>
            <div class="preview" aria-label="Preview" role="group">
                <p><strong>{subject}</strong></p>
                {paragraphs.into_iter().map(|text| view! { <p class="lines">{text}</p> }).collect_view()}
            </div>
            {may_manage.then(|| view! {
                <Done word="test" message="The test mail is on its way."/>
                <FormAlert error=test_error/>
                <ActionForm action=test attr:class="fields-row">
                    <TextField name="to" label="Send a test email" kind="email" required=true max_length=254 error=test_error/>
                    <div class="fields-row__end"><button class="button" type="submit">"Send a test"</button></div>
                </ActionForm>
            })}
        </section>
    }
}
