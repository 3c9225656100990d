//! `/admin/invoices/{id}`: a draft to write on, or an issued invoice to settle.

use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::{AdminInvoice, BillingForm, Invoice, InvoiceState},
    time::date,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    LIST,
    api::{
        AdminInvoiceView, BillLeads, IssueInvoice, PayInvoice, SaveInvoice, UndoPayment, VoidInvoice, get_admin_invoice,
    },
    draft_form::DraftCard,
};
use crate::{
    error::AppError,
    invoices::{Lines, PartyLines, Payments},
    ui::{Done, ErrorPage, FormAlert, FormError, InvoiceBadge, TextField, form_error},
};

/// One invoice.
#[component]
pub fn AdminInvoicePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<InvoiceId>().ok()));
    let query = use_query_map();
    // The period whose leads were added just now.
    let period = Memo::new(move |_| {
        let query = query.read();
        let given = |name| query.get(name).unwrap_or_default();
        let [from, to, campaign] = ["from", "to", "campaign"].map(given);
        BillingForm { from, to, campaign, tax_rate: given("tax_rate"), rejected: given("rejected") }
    });
    let save = ServerAction::<SaveInvoice>::new();
    let issue = ServerAction::<IssueInvoice>::new();
    let bill = ServerAction::<BillLeads>::new();
    let pay = ServerAction::<PayInvoice>::new();
    let unpay = ServerAction::<UndoPayment>::new();
    let void = ServerAction::<VoidInvoice>::new();
    let view = Resource::new(
        move || (id.get(), period.get()),
        |(id, period)| async move { get_admin_invoice(id.ok_or(AppError::NotFound)?, period).await },
    );
    let error = form_error(move || save.value().get());
    let issue_error = form_error(move || issue.value().get());
    let bill_error = form_error(move || bill.value().get());
    let settle_error =
        form_error(move || pay.value().get().or_else(|| unpay.value().get()).or_else(|| void.value().get()));
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(AdminInvoiceView { invoice: AdminInvoice::Draft(draft), billing, may_manage, .. }) => {
                        let (partner, name) = draft.partner.clone();
                        view! {
                            <Title text="Draft invoice"/>
                            <nav class="crumbs" aria-label="List"><a href=LIST>"← Back to invoices"</a></nav>
                            <div class="page__head">
                                <div>
                                    <h1>"Draft invoice"</h1>
                                    <p class="muted">"For " <a href=format!("/admin/partners/{partner}")><bdi>{name}</bdi></a> ". Only admins see it."</p>
                                </div>
                                <span class="badge">"Draft"</span>
                            </div>
                            <DraftCard draft=*draft billing may_manage error bill_error issue_error/>
                        }.into_any()
                    }
                    Ok(AdminInvoiceView { invoice: AdminInvoice::Issued { invoice, partner }, may_manage, may_export, .. }) => view! {
                        <Issued invoice=*invoice partner may_manage may_export pay unpay void error=settle_error/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Issued(
    invoice: Invoice,
    partner: (PartnerId, String),
    may_manage: bool,
    may_export: bool,
    pay: ServerAction<PayInvoice>,
    unpay: ServerAction<UndoPayment>,
    void: ServerAction<VoidInvoice>,
    error: FormError,
) -> impl IntoView {
    let summary = invoice.summary.clone();
    let (id, state) = (summary.id, summary.state);
    let (partner_id, partner_name) = partner;
    let open = summary.open.to_string();
    let settle = move || {
        match state {
        InvoiceState::Pending | InvoiceState::Overdue => view! {
            <ActionForm action=pay attr:class="stack">
                <input type="hidden" name="id" value=id.to_string()/>
                <p>{format!("{open} is open.")}</p>
                <TextField name="paid_on" label="Paid on" kind="date" required=true error/>
                <TextField name="reference" label="Reference" error hint="The reference of the payment; optional."/>
                <div><button class="button button--primary" type="submit">"Mark as paid"</button></div>
            </ActionForm>
            <details class="confirm">
                <summary>"Void this invoice…"</summary>
                <p class="muted">"Nothing is owed on it any more, and its number is not used again. This cannot be undone."</p>
                <ActionForm action=void attr:class="stack">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <TextField name="reason" label="Reason" required=true max_length=300 error hint="The partner sees it."/>
                    <div><button class="button button--danger" type="submit">"Void the invoice"</button></div>
                </ActionForm>
            </details>
        }
        .into_any(),
        InvoiceState::Paid => view! {
            <details class="confirm">
                <summary>"Undo the payment…"</summary>
                <p class="muted">"The invoice is open again, as if the last payment had not been made."</p>
                <ActionForm action=unpay>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button--danger" type="submit">"Undo this payment"</button>
                </ActionForm>
            </details>
        }
        .into_any(),
        InvoiceState::Void => view! { <p class="muted">"This invoice is void."</p> }.into_any(),
    }
    };
    view! {
        <Title text=format!("Invoice {}", summary.number)/>
        <nav class="crumbs" aria-label="List"><a href=LIST>"← Back to invoices"</a></nav>
        <div class="page__head">
            <div>
                <h1>"Invoice " {summary.number.clone()} " " <InvoiceBadge state/></h1>
                <p class="muted">
                    "To " <a href=format!("/admin/partners/{partner_id}")><bdi>{partner_name}</bdi></a>
                    ", issued " {date(summary.issued_on)} ", due " {date(summary.due_on)}
                </p>
            </div>
            {may_export.then(|| view! {
                <div class="page__ways">
                    <a class="button" href=format!("{LIST}/{id}/pdf") rel="external" download="">"Download PDF"</a>
                    <a class="button" href=format!("{LIST}/{id}/csv") rel="external" download="">"Download CSV"</a>
                </div>
            })}
        </div>
        <Done word="issued" message="The invoice is issued. The partner sees it now and gets a mail."/>
        <Done word="paid" message="The invoice is marked as paid."/>
        <Done word="unpaid" message="The payment is undone; the invoice is open again."/>
        <Done word="voided" message="The invoice is void."/>
        {(!invoice.void_reason.is_empty()).then(|| view! { <div class="alert" role="status">"Void: " <bdi>{invoice.void_reason.clone()}</bdi></div> })}
        <div class="columns">
            <section class="card" aria-labelledby="lines">
                <h2 id="lines">"Lines"</h2>
                <Lines invoice=invoice.clone() leads=Vec::new()/>
                {(!invoice.note.is_empty()).then(|| view! { <p class="lines"><bdi>{invoice.note.clone()}</bdi></p> })}
            </section>
            <div class="stack">
                {may_manage.then(|| view! {
                    <section class="card" aria-labelledby="settle">
                        <h2 id="settle">"Payment"</h2>
                        <FormAlert error/>
                        {settle()}
                    </section>
                })}
                <section class="card" aria-labelledby="standing">
                    <h2 id="standing">"Status"</h2>
                    <p class="big-figure">{summary.total.to_string()}</p>
                    <p>{state.meaning()}</p>
                    <Payments invoice=invoice.clone()/>
                </section>
                <section class="card" aria-labelledby="parties">
                    <h2 id="parties">"Seller and buyer"</h2>
                    <PartyLines label="Seller" party=invoice.seller.clone()/>
                    <PartyLines label="Buyer" party=invoice.buyer.clone()/>
                </section>
            </div>
        </div>
    }
}
