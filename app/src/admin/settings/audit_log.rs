//! `/admin/settings/audit-log`: for how long events are kept, and who hears of the last one.

use domain::settings::RETENTION_MONTHS;
use leptos::prelude::*;

use super::{
    api::{SaveRetention, SettingsView},
    frame::SettingsFrame,
};
use crate::ui::{Done, FormAlert, SelectField, form_error};

/// How the audit log is kept.
#[component]
pub fn AuditLogSettingsPage() -> impl IntoView {
    let action = ServerAction::<SaveRetention>::new();
    let page = move |SettingsView { settings, may_secure, .. }: SettingsView| {
        view! { <Retention months=settings.audit_retention head_mails=settings.audit_head_mails may_secure action/> }
            .into_any()
    };
    view! { <SettingsFrame title="Audit log" page/> }
}

#[component]
fn Retention(
    months: Option<u16>,
    head_mails: bool,
    may_secure: bool,
    action: ServerAction<SaveRetention>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let mut choices = vec![(String::new(), "Forever".to_owned())];
    choices.extend(RETENTION_MONTHS.iter().map(|months| {
        let label = if months % 12 == 0 && *months > 12 {
            format!("{} years", months / 12)
        } else {
            format!("{months} months")
        };
        (months.to_string(), label)
    }));
    let kept = months.map(|months| months.to_string()).unwrap_or_default();
    view! {
        <section class="card card--form" aria-labelledby="retention">
            <h2 id="retention">"Retention"</h2>
            <p class="muted">"What is older is removed in whole months. The rest can still be verified."</p>
            <Done word="retention" message="Saved."/>
            <FormAlert error/>
            {if may_secure {
                view! {
                    <ActionForm action attr:class="stack">
                        <SelectField name="months" label="Keep events" error choices value=kept/>
                        <div class="field">
                            <label class="choice">
                                <input type="checkbox" name="head_mails" value="yes" checked=head_mails
                                    aria-describedby="head-mails-hint"/>
                                "Mail the owners the number and hash of the last event every day"
                            </label>
                            <p class="field__hint" id="head-mails-hint">"By such a mail it can be proved later that no event up to then was changed or removed."</p>
                        </div>
                        <div><button class="button button--primary" type="submit">"Save"</button></div>
                    </ActionForm>
                }.into_any()
            } else {
                let label = choices.into_iter().find(|(value, _)| *value == kept).map(|(_, label)| label).unwrap_or_default();
                view! { <p>{label}</p> <p class="muted">"Only owners can change this."</p> }.into_any()
            }}
        </section>
    }
}
