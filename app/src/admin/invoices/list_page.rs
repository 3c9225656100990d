//! `/admin/invoices`.

use domain::{
    admin::AdminPermission,
    invoices::{AdminInvoicePage, AdminInvoiceQuery, AdminInvoiceRow, AdminInvoiceStatus},
    money::grouped,
    time::date,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{LIST, api::list_admin_invoices};
use crate::admin::IfMay;
use crate::ui::{Done, ErrorPage, ExportLinks, InvoiceBadge, Pager};

/// The list of the account's invoices. Its whole state is in the URL.
#[component]
pub fn AdminInvoicesPage() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| AdminInvoiceQuery::from_pairs(map.latest_values().map(|(key, value)| (key.as_ref(), value))))
    });
    let view = Resource::new(move || query.get(), |query| async move { (list_admin_invoices(query).await, query) });
    view! {
        <Title text="Invoices"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    (Ok(page), query) => view! { <Invoices page query/> }.into_any(),
                    (Err(error), _) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Invoices(page: AdminInvoicePage, query: AdminInvoiceQuery) -> impl IntoView {
    let noun = if page.count == 1 { "invoice" } else { "invoices" };
    let next = page.invoices.last().map(|invoice| invoice.id).filter(|_| page.has_next);
    let states = std::iter::once(None).chain(AdminInvoiceStatus::ALL.iter().copied().map(Some));
    let chips = states.map(move |status| {
        let to = AdminInvoiceQuery { status, after: None, ..query };
        let label = status.map_or("All", AdminInvoiceStatus::label);
        view! { <li><a class="chip" href=to.href(LIST) aria-current=(query.status == status).then_some("true")>{label}</a></li> }
    });
    let empty = page.invoices.is_empty();
    let to = move |path| AdminInvoiceQuery { after: None, ..query }.href(path);
    view! {
        <div class="page__head">
            <div>
                <h1>"Invoices"</h1>
                <p class="page__figure"><strong data-count>{grouped(&page.count.to_string())}</strong> " " {noun}</p>
            </div>
            <div class="page__ways">
                <IfMay permission=AdminPermission::Export>
                    <ExportLinks csv=to("/admin/invoices/export.csv") xlsx=to("/admin/invoices/export.xlsx")/>
                </IfMay>
                <IfMay permission=AdminPermission::ManageInvoices>
                    <a class="button button--primary" href="/admin/invoices/new">"New invoice"</a>
                </IfMay>
            </div>
        </div>
        <Done word="deleted" message="The draft is deleted."/>
        <div class="filters"><ul class="chips" aria-label="Status">{chips.collect_view()}</ul></div>
        {if empty {
            view! {
                <section class="empty">
                    <h2>"No invoices"</h2>
                    <p>"Create one: it stays a draft, which only admins see, until you issue it."</p>
                </section>
            }.into_any()
        } else {
            view! { <AdminInvoiceTable invoices=page.invoices with_partner=true/> }.into_any()
        }}
        <Pager
            first=query.after.map(|_| AdminInvoiceQuery { after: None, ..query }.href(LIST))
            previous=None
            next=next.map(|after| AdminInvoiceQuery { after: Some(after), ..query }.href(LIST))
        />
    }
}

/// The rows of a list of invoices.
#[component]
pub fn AdminInvoiceTable(
    /// The rows.
    invoices: Vec<AdminInvoiceRow>,
    /// Whether each row names its partner.
    with_partner: bool,
) -> impl IntoView {
    if invoices.is_empty() {
        return view! { <p class="muted">"No invoices yet."</p> }.into_any();
    }
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Invoices"</caption>
                <thead><tr>
                    <th scope="col">"Number"</th>
                    {with_partner.then(|| view! { <th scope="col">"Partner"</th> })}
                    <th scope="col">"Issued"</th>
                    <th scope="col">"Due"</th>
                    <th scope="col" class="cell-amount">"Total"</th>
                    <th scope="col">"Status"</th>
                </tr></thead>
                <tbody>{invoices.into_iter().map(|invoice| row(invoice, with_partner)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(invoice: AdminInvoiceRow, with_partner: bool) -> impl IntoView {
    let draft = invoice.number.is_none();
    let number = invoice.number.unwrap_or_else(|| "Draft".to_owned());
    let (partner, name) = invoice.partner;
    let partly = (invoice.open.minor != 0 && invoice.open.minor != invoice.total.minor)
        .then(|| view! { <span class="muted">{format!("{} open", invoice.open)}</span> });
    let day = |day| if draft { "–".to_owned() } else { date(day) };
    view! {
        <tr>
            <th scope="row" class="cell-name"><a class="row-link" href=format!("{LIST}/{}", invoice.id)>{number}</a></th>
            {with_partner.then(|| view! {
                <td data-label="Partner" class="cell-clip"><a href=format!("/admin/partners/{partner}/invoices")><bdi>{name}</bdi></a></td>
            })}
            <td data-label="Issued" class="cell-figures">{day(invoice.issued_on)}</td>
            <td data-label="Due" class="cell-figures">{day(invoice.due_on)}</td>
            <td data-label="Total" class="cell-amount">{invoice.total.to_string()} {partly}</td>
            <td data-label="Status">{match invoice.state {
                Some(state) => view! { <InvoiceBadge state/> }.into_any(),
                None => view! { <span class="badge">"Draft"</span> }.into_any(),
            }}</td>
        </tr>
    }
}
