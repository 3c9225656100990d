//! `/admin/invoices/{id}`: a draft to write on, or an issued invoice to settle.

use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::{Invoice, InvoiceState, StaffInvoice},
    time::date,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    api::{IssueInvoice, PayInvoice, SaveInvoice, StaffInvoiceView, UndoPayment, VoidInvoice, get_staff_invoice},
    draft_form::DraftCard,
};
use crate::{
    error::AppError,
    invoices::{Lines, PartyLines, Payments},
    ui::{Done, ErrorPage, FormAlert, FormError, InvoiceBadge, TextField, form_error},
};

/// One invoice.
#[component]
pub fn StaffInvoicePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<InvoiceId>().ok()));
    let save = ServerAction::<SaveInvoice>::new();
    let issue = ServerAction::<IssueInvoice>::new();
    let pay = ServerAction::<PayInvoice>::new();
    let unpay = ServerAction::<UndoPayment>::new();
    let void = ServerAction::<VoidInvoice>::new();
    let versions = move || (pay.version().get(), unpay.version().get(), void.version().get());
    let view = Resource::new(
        move || (id.get(), versions()),
        |(id, _)| async move { get_staff_invoice(id.ok_or(AppError::NotFound)?).await },
    );
    let error = form_error(move || save.value().get());
    let issue_error = form_error(move || issue.value().get());
    let settle_error =
        form_error(move || pay.value().get().or_else(|| unpay.value().get()).or_else(|| void.value().get()));
    view! {
        <Transition fallback=|| view! { <p class="sr-only" role="status">"Loading"</p> }>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(StaffInvoiceView { invoice: StaffInvoice::Draft(draft), may_manage, .. }) => {
                        let (partner, name) = draft.partner.clone();
                        view! {
                            <Title text="Draft of an invoice"/>
                            <nav class="crumbs" aria-label="List"><a href=LIST>"← Back to invoices"</a></nav>
                            <div class="page__head">
                                <div>
                                    <h1>"Draft of an invoice"</h1>
                                    <p class="muted">"For " <a href=format!("/admin/partners/{partner}")><bdi>{name}</bdi></a> ". Only the staff sees it."</p>
                                </div>
                                <span class="badge">"Draft"</span>
                            </div>
                            <DraftCard draft=*draft may_manage error issue_error/>
                        }.into_any()
                    }
                    Ok(StaffInvoiceView { invoice: StaffInvoice::Issued { invoice, partner }, may_manage, may_export }) => view! {
                        <Issued invoice=*invoice partner may_manage may_export pay unpay void error=settle_error/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
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
                <TextField name="reference" label="Reference" error hint="What the transfer said; may stay empty."/>
                <div><button class="button button--primary" type="submit">"Mark as paid"</button></div>
            </ActionForm>
            <details class="confirm">
                <summary>"Withdraw this invoice…"</summary>
                <p class="muted">"Nothing is owed on it any more, and its number stays taken. This cannot be undone."</p>
                <ActionForm action=void attr:class="stack">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <TextField name="reason" label="Why" required=true most=300 error hint="The partner reads it."/>
                    <div><button class="button button--danger" type="submit">"Withdraw the invoice"</button></div>
                </ActionForm>
            </details>
        }
        .into_any(),
        InvoiceState::Paid => view! {
            <details class="confirm">
                <summary>"Take the payment back…"</summary>
                <p class="muted">"The invoice is open again, as if the last payment had not come in."</p>
                <ActionForm action=unpay>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button--danger" type="submit">"Take the payment back"</button>
                </ActionForm>
            </details>
        }
        .into_any(),
        InvoiceState::Void => view! { <p class="muted">"Withdrawn: nothing is left to do."</p> }.into_any(),
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
        <Done word="unpaid" message="The payment is taken back; the invoice is open again."/>
        <Done word="voided" message="The invoice is withdrawn."/>
        {(!invoice.void_reason.is_empty()).then(|| view! { <div class="alert" role="status">"Withdrawn: " <bdi>{invoice.void_reason.clone()}</bdi></div> })}
        <div class="columns">
            <section class="card" aria-labelledby="lines">
                <h2 id="lines">"Lines"</h2>
                <Lines invoice=invoice.clone() leads=Vec::new()/>
                {(!invoice.note.is_empty()).then(|| view! { <p class="lines"><bdi>{invoice.note.clone()}</bdi></p> })}
            </section>
            <div class="stack">
                {may_manage.then(|| view! {
                    <section class="card" aria-labelledby="settle">
                        <h2 id="settle">"Settle"</h2>
                        <FormAlert error/>
                        {settle()}
                    </section>
                })}
                <section class="card" aria-labelledby="standing">
                    <h2 id="standing">"Where it stands"</h2>
                    <p class="big-figure">{summary.total.to_string()}</p>
                    <p>{state.meaning()}</p>
                    <Payments invoice=invoice.clone()/>
                </section>
                <section class="card" aria-labelledby="parties">
                    <h2 id="parties">"From and to"</h2>
                    <PartyLines label="From" party=invoice.seller.clone()/>
                    <PartyLines label="To" party=invoice.buyer.clone()/>
                </section>
            </div>
        </div>
    }
}
