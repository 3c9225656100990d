//! `/partner/invoices`.

use domain::{
    invoices::{Due, InvoiceCursor, InvoiceListQuery, InvoiceState, InvoiceSummary},
    money::grouped,
    time::date,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    api::{InvoicesView, list_invoices},
};
use crate::ui::{ErrorPage, ExportLinks, InvoiceBadge, Pager, StatusHelp};

/// The list of the partner's invoices. Its whole state is in the URL.
#[component]
pub fn InvoicesPage() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| InvoiceListQuery::from_pairs(map.latest_values().map(|(key, value)| (key.as_ref(), value))))
    });
    let view = Resource::new(move || query.get(), |query| async move { (list_invoices(query).await, query) });
    view! {
        <Title text="Invoices"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    (Ok(view), query) => view! { <Invoices view query/> }.into_any(),
                    (Err(error), _) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Invoices(view: InvoicesView, query: InvoiceListQuery) -> impl IntoView {
    let InvoicesView { page, due, years } = view;
    let first = page.invoices.first().map(|invoice| invoice.id).filter(|_| page.has_previous);
    let last = page.invoices.last().map(|invoice| invoice.id).filter(|_| page.has_next);
    let noun = if page.count == 1 { "invoice" } else { "invoices" };
    view! {
        <div class="page__head">
            <div>
                <h1>"Invoices"</h1>
                <p class="page__figure"><strong data-count>{grouped(&page.count.to_string())}</strong> " " {noun}</p>
            </div>
            {(!page.invoices.is_empty()).then(|| view! {
                <div class="page__ways">
                    <ExportLinks
                        csv=query.first_page().href("/partner/invoices/export.csv")
                        xlsx=query.first_page().href("/partner/invoices/export.xlsx")
                    />
                </div>
            })}
        </div>
        <Sums due/>
        <Filters query years/>
        {if page.invoices.is_empty() {
            view! { <NoInvoices query/> }.into_any()
        } else {
            view! { <InvoiceTable invoices=page.invoices query/> }.into_any()
        }}
        <Pager
            first=first.map(|_| query.first_page().href(LIST))
            previous=first.map(|id| query.at(InvoiceCursor::Before(id)).href(LIST))
            next=last.map(|id| query.at(InvoiceCursor::After(id)).href(LIST))
        />
        <StatusHelp meanings=InvoiceState::ALL.iter().map(|state| (state.label(), state.meaning())).collect()/>
    }
}

/// What is owed, whatever the list shows. Each sum leads to the invoices that make it up.
#[component]
fn Sums(due: Vec<Due>) -> impl IntoView {
    let to = |state| InvoiceListQuery {
        filter: domain::invoices::InvoiceFilter { state: Some(state), year: None },
        cursor: None,
    };
    let tile = move |state: InvoiceState, amount: domain::money::Money, count: u64| {
        let alarming = state == InvoiceState::Overdue && count > 0;
        let invoices = if count == 1 { "1 invoice".to_owned() } else { format!("{count} invoices") };
        view! {
            <a class="tile" class:tile--alarm=alarming href=to(state).href(LIST) data-sum=state.as_str()>
                <span class="tile__label">{state.label()}</span>
                <strong class="tile__figure">{amount.to_string()}</strong>
                <span class="tile__note">{invoices}</span>
            </a>
        }
    };
    let tiles = due.into_iter().map(move |due| {
        view! {
            {tile(InvoiceState::Pending, due.pending, due.pending_count)}
            {tile(InvoiceState::Overdue, due.overdue, due.overdue_count)}
        }
    });
    view! { <section class="tiles" aria-label="Amounts due">{tiles.collect_view()}</section> }
}

/// The filters: links for the status, for there are few, and a year each.
#[component]
fn Filters(query: InvoiceListQuery, years: Vec<i32>) -> impl IntoView {
    let link = move |state: Option<InvoiceState>, year: Option<i32>, label: String| {
        let mut to = query.first_page();
        let chosen = query.filter.state == state && query.filter.year == year;
        to.filter.state = state;
        to.filter.year = year;
        view! { <li><a class="chip" href=to.href(LIST) aria-current=chosen.then_some("true")>{label}</a></li> }
    };
    let states = std::iter::once(None).chain(InvoiceState::ALL.iter().copied().map(Some));
    let states =
        states.map(move |state| link(state, query.filter.year, state.map_or("All", InvoiceState::label).to_owned()));
    let several = years.len() > 1 || query.filter.year.is_some();
    let all_years = std::iter::once(None).chain(years.into_iter().map(Some));
    let all_years = all_years
        .map(move |year| link(query.filter.state, year, year.map_or("All years".to_owned(), |year| year.to_string())));
    view! {
        <div class="filters">
            <ul class="chips" aria-label="Status">{states.collect_view()}</ul>
            {several.then(|| view! { <ul class="chips" aria-label="Year">{all_years.collect_view()}</ul> })}
        </div>
    }
}

/// The rows, in a form that fetches the chosen ones: a plain GET, so that it needs no script.
#[component]
fn InvoiceTable(invoices: Vec<InvoiceSummary>, query: InvoiceListQuery) -> impl IntoView {
    let filter = query.filter;
    view! {
        <form method="get" action="/partner/invoices/export.zip" class="stack">
            <div class="table-frame">
                <table class="table">
                    <caption class="sr-only">"Your invoices"</caption>
                    <thead>
                        <tr>
                            <th scope="col" class="cell-check"><span class="sr-only">"Select"</span></th>
                            <th scope="col">"Number"</th>
                            <th scope="col">"Issued"</th>
                            <th scope="col">"Due"</th>
                            <th scope="col" class="cell-amount">"Total"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Download"</th>
                        </tr>
                    </thead>
                    <tbody>{invoices.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
            {filter.state.map(|state| view! { <input type="hidden" name="status" value=state.as_str()/> })}
            {filter.year.map(|year| view! { <input type="hidden" name="year" value=year.to_string()/> })}
            <div class="bulk">
                <p class="muted">"Several at once, as a ZIP file: the selected ones, or the whole list when none is selected."</p>
                <button class="button" type="submit" name="format" value="pdf">"Download PDF"</button>
                <button class="button" type="submit" name="format" value="csv">"Download CSV"</button>
            </div>
        </form>
    }
}

fn row(invoice: InvoiceSummary) -> impl IntoView {
    let InvoiceSummary { id, number, issued_on, due_on, total, open, state } = invoice;
    let partly = (open.minor != total.minor && open.minor != 0).then(|| {
        view! {
            <span class="muted">{format!("{open} open")}</span>
        }
    });
    view! {
        <tr>
            <td class="cell-check" data-label="Select">
                <input type="checkbox" name="id" value=id.to_string() aria-label=format!("Select invoice {number}")/>
            </td>
            <th scope="row" class="cell-name"><a class="row-link" href=format!("{LIST}/{id}")>{number.clone()}</a></th>
            <td data-label="Issued" class="cell-figures"><time datetime=issued_on.to_string()>{date(issued_on)}</time></td>
            <td data-label="Due" class="cell-figures"><time datetime=due_on.to_string()>{date(due_on)}</time></td>
            <td data-label="Total" class="cell-amount">{total.to_string()} {partly}</td>
            <td data-label="Status"><InvoiceBadge state/></td>
            <td data-label="Download" class="cell-links">
                <span>
                <a href=format!("{LIST}/{id}/pdf") rel="external" download="" aria-label=format!("PDF of invoice {number}")>"PDF"</a>
                <a href=format!("{LIST}/{id}/csv") rel="external" download="" aria-label=format!("CSV of invoice {number}")>"CSV"</a>
                </span>
            </td>
        </tr>
    }
}

#[component]
fn NoInvoices(query: InvoiceListQuery) -> impl IntoView {
    if query.filter == domain::invoices::InvoiceFilter::default() {
        return view! {
            <section class="empty">
                <h2>"No invoices yet"</h2>
                <p>"As soon as an invoice is issued to you, it appears here, with its PDF."</p>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="empty">
            <h2>"No invoice matches"</h2>
            <p>"Choose another status or year."</p>
            <p><a class="button" href=LIST>"Show all invoices"</a></p>
        </section>
    }
    .into_any()
}
