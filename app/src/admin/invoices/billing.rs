//! Leads on a draft: the lines that bill them, and the form that puts more of them on it.

use domain::{
    ids::InvoiceId,
    invoices::{BilledLine, DraftView, Quantity},
    money::{Money, grouped},
};
use leptos::{prelude::*, server_fn::ServerFn};

use super::api::{BillLeads, DraftBilling, TakeLeadsOff};
use crate::ui::{Done, FormAlert, FormError, SelectField, TextField};

/// The leads that a draft bills.
#[component]
pub(super) fn LeadsCard(
    /// The draft.
    draft: DraftView,
    /// What there is to bill.
    billing: DraftBilling,
    /// Whether the reader may change it.
    may_manage: bool,
    /// The error of adding leads.
    error: FormError,
) -> impl IntoView {
    let DraftView { id, billed, currency, form, .. } = draft;
    let tax = billed.last().map(|line| Quantity(line.tax_rate.0 * 10).to_string());
    let tax = tax.or_else(|| form.lines.last().map(|line| line.tax_rate.clone())).unwrap_or_else(|| "19".to_owned());
    let returned = billed.iter().any(|line| line.returned > 0);
    let none = billed.is_empty();
    let lines = billed.into_iter().map(|line| {
        let net = Money { minor: line.net, currency }.to_string();
        view! { <LeadLine id line net may_manage/> }
    });
    view! {
        <section class="card" aria-labelledby="leads">
            <h2 id="leads">"Leads"</h2>
            <Done word="removed" message="The leads are removed. They can be billed again, unless they were returned."/>
            {billing.counted.map(|counted| {
                let left_out = counted.left_out();
                let any = !left_out.is_empty();
                let left_out = left_out.into_iter()
                    .map(|(count, why)| view! { <li>{format!("{} {why}", grouped(&count.to_string()))}</li> }).collect_view();
                view! {
                    <div class="alert alert--good" role="status" data-billing>
                        <p>
                            {format!("The leads are added. Of this period’s, {} are on this invoice.", grouped(&counted.here.to_string()))}
                            {any.then_some(" Not on it are:")}
                        </p>
                        {any.then(|| view! { <ul>{left_out}</ul> })}
                    </div>
                }
            })}
            {if none {
                view! { <p class="muted">"No leads yet. Add those of a period: each lead is billed once, at the price it was delivered with."</p> }.into_any()
            } else {
                view! {
                    <div class="table-frame">
                        <table class="table">
                            <caption class="sr-only">"Leads on this invoice"</caption>
                            <thead><tr>
                                <th scope="col">"Description"</th>
                                <th scope="col" class="cell-amount">"Leads"</th>
                                <th scope="col" class="cell-amount">"Unit price"</th>
                                <th scope="col" class="cell-amount">"Before tax"</th>
                                {may_manage.then(|| view! { <th scope="col"><span class="sr-only">"Remove"</span></th> })}
                            </tr></thead>
                            <tbody>{lines.collect_view()}</tbody>
                        </table>
                    </div>
                }.into_any()
            }}
            {(returned && may_manage).then(|| view! {
                <form method="post" action=TakeLeadsOff::url()>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button--primary" type="submit">"Remove returned leads"</button>
                </form>
            })}
            {may_manage.then(|| view! { <BillForm id billing tax error open=none/> })}
        </section>
    }
}

/// One line. Its hidden fields are what the totals beside the form are added up from while somebody types.
#[component]
fn LeadLine(id: InvoiceId, line: BilledLine, net: String, may_manage: bool) -> impl IntoView {
    let tax = Quantity(line.tax_rate.0 * 10).to_string();
    let figures = ["…".to_owned(), line.leads.to_string(), line.unit_price.decimal(), tax.clone()];
    let figures = figures.map(|value| view! { <input type="hidden" disabled value=value/> });
    let returned = (line.returned > 0).then(|| {
        view! { <span class="badge badge--rejected">{format!("{} returned since", line.returned)}</span> }
    });
    view! {
        <tr class="draft-lines__billed">
            <th scope="row"><bdi>{line.description.clone()}</bdi> " " {returned} {figures.into_iter().collect_view()}</th>
            <td data-label="Leads" class="cell-amount">{grouped(&line.leads.to_string())}</td>
            <td data-label="Unit price" class="cell-amount">{line.unit_price.to_string()}</td>
            <td data-label="Before tax" class="cell-amount"><span>{net} <span class="muted">{format!(" + {tax} %")}</span></span></td>
            {may_manage.then(|| view! {
                <td>
                    <form method="post" action=TakeLeadsOff::url()>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="described" value=line.description.clone()/>
                        <input type="hidden" name="leads" value=line.leads.to_string()/>
                        <button class="button button--quiet" type="submit" name="line" value=line.position.to_string()
                            aria-label=format!("Remove {}", line.description)>"Remove"</button>
                    </form>
                </td>
            })}
        </tr>
    }
}

#[component]
fn BillForm(id: InvoiceId, billing: DraftBilling, tax: String, error: FormError, open: bool) -> impl IntoView {
    let DraftBilling { period, campaigns, .. } = billing;
    let wrong = error.get().is_some();
    let all = (String::new(), "All campaigns".to_owned());
    let choices =
        std::iter::once(all).chain(campaigns.into_iter().map(|name| (name.clone(), name))).collect::<Vec<_>>();
    let rejected = error.typed("rejected").unwrap_or(period.rejected) == "true";
    view! {
        <details class="confirm" open=open || wrong>
            <summary>"Add leads…"</summary>
            <form method="post" action=BillLeads::url() class="stack">
                <FormAlert error/>
                <input type="hidden" name="id" value=id.to_string()/>
                <div class="fields-row">
                    <TextField name="from" label="Delivered from" kind="date" value=period.from.clone() error
                        hint="Leave empty for all that were not billed before."/>
                    <TextField name="to" label="Delivered until" kind="date" value=period.to.clone() required=true error/>
                </div>
                <div class="fields-row">
                    <SelectField name="campaign" label="Campaign" error choices value=period.campaign.clone()/>
                    <TextField name="tax_rate" label="Tax %" value=tax error/>
                </div>
                <label class="choice">
                    <input type="checkbox" name="rejected" value="true" checked=rejected/>
                    "Bill leads that were rejected without a return"
                </label>
                <p class="field__hint">"Leads that were returned, whose return is not decided yet, or that are on another invoice are left out."</p>
                <div><button class="button button--primary" type="submit">"Add leads"</button></div>
            </form>
        </details>
    }
}
