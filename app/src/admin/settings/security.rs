//! `/admin/settings/security`: who must use two-factor authentication.

use domain::two_factor::{GRACE_DAYS, TwoFactorPolicy};
use leptos::prelude::*;

use super::{
    api::{SaveTwoFactorRule, SettingsView},
    frame::SettingsFrame,
    sso::SsoSettings,
};
use crate::ui::{Done, FormAlert, SelectField, When, form_error};

/// How logins are protected.
#[component]
pub fn SecuritySettingsPage() -> impl IntoView {
    let action = ServerAction::<SaveTwoFactorRule>::new();
    let error = form_error(move || action.value().get());
    let page = move |SettingsView { two_factor, two_factor_from, may_secure, .. }: SettingsView| {
        let [admins, partners] = two_factor_from;
        let choice =
            |policy: TwoFactorPolicy| (policy.to_string(), format!("{}: {}", policy.label(), policy.meaning()));
        let policies: Vec<_> = TwoFactorPolicy::ALL.iter().copied().map(choice).collect();
        let days = |days: &u16| match days {
            0 => "at once".to_owned(),
            days => format!("in {days} days"),
        };
        let graces: Vec<_> = GRACE_DAYS.iter().map(|grace| (grace.to_string(), days(grace))).collect();
        view! {
            <section class="card card--form" aria-labelledby="two-factor">
                <h2 id="two-factor">"Two-factor authentication"</h2>
                <p class="muted">
                    "A login then takes a code of an authenticator app beside the password. Whoever must have it and has it not is led to set it up, and gets nowhere else."
                </p>
                <Done word="two-factor" message="Saved."/>
                <FormAlert error/>
                {admins.map(|from| view! { <p>"Admins have to set it up before " <When time=from/> "."</p> })}
                {partners.map(|from| view! { <p>"Partners have to set it up before " <When time=from/> "."</p> })}
                {if may_secure {
                    view! {
                        <ActionForm action attr:class="stack">
                            <SelectField name="policy" label="Who uses it" error choices=policies value=two_factor.policy.to_string()/>
                            <SelectField name="grace" label="For those who had not to have it before, it begins" error choices=graces value="7".to_owned()/>
                            <div><button class="button button--primary" type="submit">"Save"</button></div>
                        </ActionForm>
                    }.into_any()
                } else {
                    view! { <p>{two_factor.policy.label()}</p> <p class="muted">"Only owners can change this."</p> }.into_any()
                }}
            </section>
            {may_secure.then(|| view! { <SsoSettings/> })}
        }
        .into_any()
    };
    view! { <SettingsFrame title="Security" page/> }
}
