//! The form in which the rules for returns are entered.

use domain::{
    ids::PartnerId,
    leads::RejectReason,
    returns::{Overdue, PolicyForm, ReturnPolicy},
    version::version,
};
use leptos::prelude::*;

use super::api::SaveReturnPolicy;
use crate::ui::{Done, FormAlert, SelectField, TextArea, TextField, VersionField, form_error};

/// The rules, to be read or changed.
#[component]
pub(super) fn PolicyCard(
    /// The rules that stand in it at first.
    policy: ReturnPolicy,
    /// The account's reasons.
    reasons: Vec<RejectReason>,
    /// The partner whose own rules they are, and whether it has any.
    #[prop(optional_no_strip)]
    partner: Option<(PartnerId, bool)>,
    /// Whether the reader may change them.
    may_manage: bool,
    /// The action that saves them.
    action: ServerAction<SaveReturnPolicy>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let shown = policy.shown(&reasons, partner.map(|(_, own)| own));
    let version = version(shown.iter().map(|(name, text)| (*name, text.as_str())));
    let form = PolicyForm::of(&policy);
    let at_once = reasons.into_iter().filter(|reason| reason.active).map(|reason| {
        let checked = policy.at_once.contains(&reason.code);
        view! {
            <label class="choice">
                <input type="checkbox" name="at_once[]" value=reason.code checked=checked/>
                <bdi>{reason.label}</bdi>
            </label>
        }
    });
    let at_once = at_once.collect_view();
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
    };
    let kinds =
        pairs(&[("", "No limit"), ("percent", "Percent of the leads of a month"), ("leads", "Leads of a month")]);
    let requests = pairs(&[("no", "Stands as the partner says it"), ("yes", "Is a request that you decide on")]);
    let overdue =
        Overdue::ALL.iter().map(|rule| (rule.as_str().to_owned(), rule.label().to_owned())).collect::<Vec<_>>();
    let whose = partner.map(|(id, own)| {
        let own_or_not = pairs(&[("no", "The account’s rules"), ("yes", "Rules of its own, as below")]);
        view! {
            <input type="hidden" name="partner" value=id.to_string()/>
            <SelectField name="own" label="For this partner count" error choices=own_or_not value=if own { "yes" } else { "no" }/>
        }
    });
    view! {
        <section class="card" aria-labelledby="rules">
            <h2 id="rules">"Rules for returns"</h2>
            <Done word="policy" message="The rules are saved. They count for requests from now on."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <VersionField version error/>
                <fieldset class="stack stack--form" disabled=!may_manage>
                    <legend class="sr-only">"Rules"</legend>
                    {whose}
                    <SelectField name="requests" label="A rejected lead" error choices=requests
                        value=form.requests/>
                    <TextField name="days" label="Days in which a lead can be returned" error value=form.days max_length=4
                        hint="Counted from the day of delivery; empty for no end."/>
                    <SelectField name="quota_kind" label="Most returns" error choices=kinds value=form.quota_kind/>
                    <TextField name="quota" label="How many" error value=form.quota max_length=7
                        hint="A percentage is rounded down. The month is that of the delivery."/>
                    <TextArea name="excluded" label="Campaigns without returns" error rows=3 max_length=20_000
                        value=form.excluded hint="One in each line, exactly as the leads have it."/>
                    <fieldset class="field">
                        <legend>"Reasons that are approved at once"</legend>
                        {at_once}
                    </fieldset>
                    <TextField name="decide_within" label="Days in which you decide" error value=form.decide_within max_length=4
                        hint="Empty for no deadline."/>
                    <SelectField name="overdue" label="After that" error choices=overdue value=form.overdue/>
                    <TextArea name="tell" label="Mail new requests to" error rows=2 max_length=3_000 value=form.tell
                        hint="One address in each line; empty for nobody. At most one mail an hour for each partner."/>
                </fieldset>
                {may_manage.then(|| view! { <div><button class="button button--primary" type="submit">"Save the rules"</button></div> })}
            </ActionForm>
        </section>
    }
}
