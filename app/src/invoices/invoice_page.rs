//! `/partner/invoices/{id}`.

use domain::{
    ids::InvoiceId,
    invoices::{BilledLead, Invoice, InvoiceLine, InvoiceState, Party},
    time::date,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    api::{InvoiceView, get_invoice},
};
use crate::{
    error::AppError,
    ui::{ErrorPage, InvoiceBadge, When},
};

/// One invoice: its lines and sums, what was paid, the leads behind it, the ways to download it.
#[component]
pub fn InvoicePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<InvoiceId>().ok()));
    let view = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => get_invoice(id).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Whole view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Whole(view: InvoiceView) -> impl IntoView {
    let InvoiceView { invoice, leads } = view;
    let summary = invoice.summary.clone();
    let (id, state) = (summary.id, summary.state);
    view! {
        <Title text=format!("Invoice {}", summary.number)/>
        <nav class="crumbs" aria-label="List"><a href=LIST>"← Back to invoices"</a></nav>
        <div class="page__head">
            <div>
                <h1>"Invoice " {summary.number.clone()}</h1>
                <p class="muted">"Issued " {date(summary.issued_on)} ", due " {date(summary.due_on)}</p>
            </div>
            <div class="page__ways">
                <a class="button button--primary" href=format!("{LIST}/{id}/pdf") rel="external" download="">"Download PDF"</a>
                <a class="button" href=format!("{LIST}/{id}/csv") rel="external" download="">"Download CSV"</a>
            </div>
        </div>
        <div class="columns">
            <section class="card" aria-labelledby="lines">
                <h2 id="lines">"Line items"</h2>
                <Lines invoice=invoice.clone() leads/>
                {(!invoice.note.is_empty()).then(|| view! { <p class="muted"><bdi>{invoice.note.clone()}</bdi></p> })}
            </section>
            <div class="stack">
                <section class="card" aria-labelledby="standing">
                    <h2 id="standing">"Status"</h2>
                    <p><InvoiceBadge state/></p>
                    <p class="big-figure">{summary.total.to_string()}</p>
                    <p>{state.meaning()}</p>
                    {(state == InvoiceState::Void && !invoice.void_reason.is_empty()).then(|| view! {
                        <p>"Reason: " <bdi>{invoice.void_reason.clone()}</bdi></p>
                    })}
                    {(summary.open.minor != 0).then(|| view! {
                        <dl class="data">
                            <div><dt>"Amount due"</dt><dd>{summary.open.to_string()}</dd></div>
                            <div><dt>"Due"</dt><dd>{date(summary.due_on)}</dd></div>
                        </dl>
                    })}
                    <Payments invoice=invoice.clone()/>
                </section>
                {(!invoice.payment_details.is_empty() && summary.open.minor != 0).then(|| view! {
                    <section class="card" aria-labelledby="pay">
                        <h2 id="pay">"Payment details"</h2>
                        <p class="lines">{invoice.payment_details.join("\n")}</p>
                        <p class="muted">"State the invoice number " {summary.number.clone()} " with your payment."</p>
                    </section>
                })}
                <section class="card" aria-labelledby="parties">
                    <h2 id="parties">"Seller and buyer"</h2>
                    <PartyLines label="Seller" party=invoice.seller.clone()/>
                    <PartyLines label="Buyer" party=invoice.buyer.clone()/>
                </section>
            </div>
        </div>
    }
}

#[component]
pub(crate) fn Lines(invoice: Invoice, leads: Vec<(usize, BilledLead)>) -> impl IntoView {
    let totals = invoice.totals.clone();
    let sum = |label: String, amount: i64, class: &'static str| {
        let amount = invoice.money(amount).to_string();
        view! { <tr class=class><th scope="row" colspan="4">{label}</th><td class="cell-amount">{amount}</td></tr> }
    };
    let taxes = totals
        .taxes
        .iter()
        .map(|share| sum(format!("VAT {} on {}", share.rate, invoice.money(share.net)), share.tax, "sum"));
    let taxes = taxes.collect_view();
    let rows = invoice.lines.iter().zip(1_usize..).map(|(line, position)| {
        let behind = leads.iter().filter(|(of, _)| *of == position).map(|(_, lead)| lead.clone()).collect();
        line_row(&invoice, line, behind)
    });
    view! {
        <div class="table-frame table-frame--flat">
            <table class="table">
                <caption class="sr-only">"Lines of this invoice"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Description"</th>
                        <th scope="col" class="cell-amount">"Quantity"</th>
                        <th scope="col" class="cell-amount">"Price"</th>
                        <th scope="col" class="cell-amount">"VAT"</th>
                        <th scope="col" class="cell-amount">"Amount"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
                <tfoot>
                    {sum("Net".to_owned(), totals.net, "sum")}
                    {taxes}
                    {sum("Total".to_owned(), totals.total, "sum sum--total")}
                </tfoot>
            </table>
        </div>
    }
}

fn line_row(invoice: &Invoice, line: &InvoiceLine, leads: Vec<BilledLead>) -> impl IntoView + use<> {
    let all = line.leads as usize;
    let more = all.saturating_sub(leads.len());
    let behind = (!leads.is_empty()).then(|| view! {
        <details class="behind">
            <summary>{if all == 1 { "The lead it bills".to_owned() } else { format!("The {all} leads it bills") }}</summary>
            <ul>
                {leads.into_iter().map(|lead| view! {
                    <li>
                        <a href=format!("/partner/leads/{}", lead.id)><bdi>{lead.name}</bdi></a>
                        <span class="muted">", " <When time=lead.received/></span>
                    </li>
                }).collect_view()}
                {(more > 0).then(|| view! { <li class="muted">{format!("and {more} more")}</li> })}
            </ul>
        </details>
    });
    view! {
        <tr>
            <th scope="row" class="cell-name"><bdi>{line.description.clone()}</bdi> {behind}</th>
            <td data-label="Quantity" class="cell-amount">{line.quantity.to_string()}</td>
            <td data-label="Price" class="cell-amount">{line.unit_price.to_string()}</td>
            <td data-label="VAT" class="cell-amount">{line.tax_rate.to_string()}</td>
            <td data-label="Amount" class="cell-amount">{line.net().map_or_else(|error| error.to_string(), |net| invoice.money(net).to_string())}</td>
        </tr>
    }
}

#[component]
pub(crate) fn Payments(invoice: Invoice) -> impl IntoView {
    let payments = invoice.payments.clone();
    (!payments.is_empty()).then(|| view! {
        <h3>"Payments"</h3>
        <ul class="payments">
            {payments.into_iter().map(|payment| view! {
                <li>
                    <strong>{invoice.money(payment.amount).to_string()}</strong>
                    " on " {date(payment.paid_on)}
                    {(!payment.reference.is_empty()).then(|| view! { <span class="muted">", " <bdi>{payment.reference.clone()}</bdi></span> })}
                </li>
            }).collect_view()}
        </ul>
    })
}

#[component]
pub(crate) fn PartyLines(label: &'static str, party: Party) -> impl IntoView {
    let lines = std::iter::once(party.name).chain(party.address).collect::<Vec<_>>().join("\n");
    view! {
        <div>
            <h3>{label}</h3>
            <p class="lines"><bdi>{lines}</bdi></p>
            {(!party.vat_id.is_empty()).then(|| view! { <p class="muted">"VAT id " {party.vat_id.clone()}</p> })}
        </div>
    }
}
