//! `/partner/profile/delivery/log` and one delivery of it.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    api::{AttemptsView, LogView, ReplayLeads, TestWebhook, get_delivery_attempts, list_deliveries},
    forms::{ReplayForms, ReplayOne, TestForm, replayed},
    log::{Attempts, LogTable},
    use_before, use_delivery_id,
};
use crate::{
    error::AppError,
    ui::{Done, ErrorPage, FormAlert, form_error},
};

/// Where the log is.
const LOG: &str = "/partner/profile/delivery/log";

/// What was pushed to the partner.
#[component]
pub fn DeliveriesPage() -> impl IntoView {
    let before = use_before();
    let map = use_query_map();
    let (test, replay) = (ServerAction::<TestWebhook>::new(), ServerAction::<ReplayLeads>::new());
    let error = form_error(move || test.value().get().or_else(|| replay.value().get()));
    let view = Resource::new(move || before.get(), list_deliveries);
    let count = move || map.read().get("leads").and_then(|leads| leads.parse::<u64>().ok()).unwrap_or(0);
    view! {
        <Title text="Deliveries · Profile"/>
        <nav class="crumbs" aria-label="Delivery"><a href="/partner/profile/delivery">"← Back to the delivery settings"</a></nav>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(LogView { page, may_edit, may_replay }) => {
                        let failed = page.failed;
                        view! {
                            <div class="page__head">
                                <h1>"Deliveries"</h1>
                                {may_edit.then(|| view! { <TestForm action=TestWebhook::url() partner=None/> })}
                            </div>
                            <Done word="replayed" message=replayed(count())/>
                            <FormAlert error/>
                            {may_replay.then(|| view! { <ReplayForms action=ReplayLeads::url() partner=None failed/> })}
                            <LogTable page base=LOG.to_owned() list=LOG.to_owned() leads=Some("/partner/leads")/>
                        }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// One delivery with its attempts.
#[component]
pub fn DeliveryAttemptsPage() -> impl IntoView {
    let id = use_delivery_id();
    let replay = ServerAction::<ReplayLeads>::new();
    let error = form_error(move || replay.value().get());
    let view =
        Resource::new(move || id.get(), |id| async move { get_delivery_attempts(id.ok_or(AppError::NotFound)?).await });
    view! {
        <Title text="A delivery · Profile"/>
        <nav class="crumbs" aria-label="Delivery"><a href=LOG>"← Back to the deliveries"</a></nav>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(AttemptsView { delivery, attempts, may_edit }) => view! {
                        <div class="page__head">
                            <h1>"A delivery"</h1>
                            {may_edit.then(|| view! { <ReplayOne delivery=delivery.clone() action=ReplayLeads::url() partner=None/> })}
                        </div>
                        <Done word="test" message="The test is on its way. Reload this page in a moment to see the answer."/>
                        <FormAlert error/>
                        <Attempts delivery attempts/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
