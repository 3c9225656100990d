//! The forms to test a webhook and to send leads once more. Plain forms: what follows is a page of its own.

use domain::{
    delivery::{Channel, Delivery},
    ids::PartnerId,
    money::grouped,
};
use leptos::prelude::*;

/// Sends a test.
#[component]
pub(super) fn TestForm(
    /// Where the form goes.
    action: &'static str,
    /// The partner it is about, in the admin area.
    partner: Option<PartnerId>,
) -> impl IntoView {
    view! {
        <form method="post" action=action>
            {partner.map(|id| view! { <input type="hidden" name="id" value=id.to_string()/> })}
            <button class="button" type="submit">"Send a test"</button>
        </form>
    }
}

/// Sends the lead of a delivery to the webhook once more, unless it waits there already.
#[component]
pub(super) fn ReplayOne(
    /// The delivery.
    delivery: Delivery,
    /// Where the form goes.
    action: &'static str,
    /// The partner it is about, in the admin area.
    partner: Option<PartnerId>,
) -> impl IntoView {
    let settled = delivery.channel == Channel::Webhook && delivery.settled.is_some();
    let lead = delivery.lead.filter(|_| settled).map(|(lead, _)| lead);
    lead.map(|lead| {
        view! {
            <form method="post" action=action>
                {partner.map(|id| view! { <input type="hidden" name="id" value=id.to_string()/> })}
                <input type="hidden" name="lead" value=lead.to_string()/>
                <button class="button" type="submit">"Send this lead again"</button>
            </form>
        }
    })
}

/// Says how many leads are sent once more.
pub(super) fn replayed(count: u64) -> String {
    if count == 1 {
        "1 lead is queued again.".to_owned()
    } else {
        format!("{} leads are queued again.", grouped(&count.to_string()))
    }
}

/// Sends leads once more.
#[component]
pub(super) fn ReplayForms(
    /// Where the forms go.
    action: &'static str,
    /// The partner they are about, in the admin area.
    partner: Option<PartnerId>,
    /// How many were given up.
    failed: u64,
) -> impl IntoView {
    let hidden = move || partner.map(|id| view! { <input type="hidden" name="id" value=id.to_string()/> });
    view! {
        <details class="more">
            <summary>"Send leads again…"</summary>
            <div class="stack">
                <p class="muted">"To the webhook, each under its former webhook-id, by which a receiver recognises a lead it has already."</p>
                {(failed > 0).then(|| view! {
                    <form method="post" action=action>
                        {hidden()}
                        <input type="hidden" name="what" value="failed"/>
                        <button class="button" type="submit">"Send the failed ones"</button>
                    </form>
                })}
                <form method="post" action=action class="fields-row">
                    {hidden()}
                    <input type="hidden" name="what" value="days"/>
                    <div class="field"><label for="replay-from">"Received from"</label><input id="replay-from" name="from" type="date" required/></div>
                    <div class="field"><label for="replay-to">"to"</label><input id="replay-to" name="to" type="date" required/></div>
                    <div class="fields-row__end"><button class="button" type="submit">"Send these days"</button></div>
                </form>
            </div>
        </details>
    }
}
