//! `/admin/partners/{id}/delivery` and one delivery of it.

use domain::{
    admin::AdminPermission,
    delivery::{DeliverySettings, LeadField},
    email::Email,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    admin_api::{
        PartnerDeliveryView, ReplayPartnerLeads, TestPartnerWebhook, get_partner_attempts, list_partner_deliveries,
    },
    forms::{ReplayForms, ReplayOne, TestForm, replayed},
    log::{Attempts, Health, LogTable},
    use_before, use_delivery_id,
};
use crate::{
    admin::{
        IfMay,
        partners::frame::{PartnerTop, use_partner_id},
    },
    error::AppError,
    ui::{Done, ErrorPage, FormAlert, form_error},
};

/// Where a partner's leads go, and how that went.
#[component]
pub fn PartnerDeliveryPage() -> impl IntoView {
    let (id, before, map) = (use_partner_id(), use_before(), use_query_map());
    let (test, replay) = (ServerAction::<TestPartnerWebhook>::new(), ServerAction::<ReplayPartnerLeads>::new());
    let error = form_error(move || test.value().get().or_else(|| replay.value().get()));
    let count = move || map.read().get("leads").and_then(|leads| leads.parse::<u64>().ok()).unwrap_or(0);
    let view = Resource::new(
        move || (id.get(), before.get()),
        |(id, before)| async move { list_partner_deliveries(id.ok_or(AppError::NotFound)?, before).await },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(PartnerDeliveryView { head, settings, page }) => {
                        let (id, failed) = (head.id, page.failed);
                        let list = format!("/admin/partners/{id}/delivery");
                        view! {
                            <PartnerTop head title="Delivery"/>
                            <Done word="replayed" message=replayed(count())/>
                            <FormAlert error/>
                            <Health health=settings.health.clone()/>
                            <Settings settings/>
                            <h2>"Deliveries"</h2>
                            <IfMay permission=AdminPermission::ManagePartners>
                                <div class="page__ways">
                                    <TestForm action=TestPartnerWebhook::url() partner=Some(id)/>
                                    <ReplayForms action=ReplayPartnerLeads::url() partner=Some(id) failed/>
                                </div>
                            </IfMay>
                            <LogTable page base=list.clone() list leads=None/>
                        }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Settings(settings: DeliverySettings) -> impl IntoView {
    let recipients = settings.recipients.iter().map(Email::as_str).collect::<Vec<_>>().join("\n");
    let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let fields = settings.fields.iter().copied().map(LeadField::label).collect::<Vec<_>>().join(", ");
    view! {
        <section class="card card--form" aria-labelledby="delivery">
            <h2 id="delivery">"Delivery settings"</h2>
            <dl class="data">
                <div><dt>"Webhook address"</dt><dd><bdi>{or_none(settings.webhook_url)}</bdi></dd></div>
                <div><dt>"Fields sent"</dt><dd>{or_none(fields)}</dd></div>
                <div><dt>"Signing secret"</dt><dd>{if settings.has_secret { "Set." } else { "Not set." }}</dd></div>
                <div><dt>"Emails"</dt><dd>{settings.email_mode.label()}</dd></div>
                <div><dt>"Recipients"</dt><dd>{or_none(recipients)}</dd></div>
            </dl>
            <p class="muted">"The partner sets this itself, under Profile, Delivery, where its permissions allow it."</p>
        </section>
    }
}

/// One of a partner's deliveries with its attempts.
#[component]
pub fn PartnerAttemptsPage() -> impl IntoView {
    let (id, delivery) = (use_partner_id(), use_delivery_id());
    let replay = ServerAction::<ReplayPartnerLeads>::new();
    let error = form_error(move || replay.value().get());
    let view = Resource::new(
        move || (id.get(), delivery.get()),
        |(id, delivery)| async move {
            get_partner_attempts(id.ok_or(AppError::NotFound)?, delivery.ok_or(AppError::NotFound)?).await
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok((head, delivery, attempts)) => {
                        let (id, again) = (head.id, delivery.clone());
                        let list = format!("/admin/partners/{id}/delivery");
                        view! {
                            <PartnerTop head title="Delivery"/>
                            <nav class="crumbs" aria-label="Deliveries"><a href=list>"← Back to the deliveries"</a></nav>
                            <Done word="test" message="The test is on its way. Reload this page in a moment to see the answer."/>
                            <FormAlert error/>
                            <IfMay permission=AdminPermission::ManagePartners>
                                <ReplayOne delivery=again.clone() action=ReplayPartnerLeads::url() partner=Some(id)/>
                            </IfMay>
                            <Attempts delivery attempts/>
                        }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
