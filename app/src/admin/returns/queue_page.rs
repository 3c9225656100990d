//! `/admin/returns`: what partners ask for, to be decided on.

use domain::{
    ids::PartnerId,
    money::grouped,
    returns::{QueuedReturn, ReturnDecision, ReturnQuery, ReturnView},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};

use super::{
    QUEUE,
    api::{DecideReturns, ReturnsView, list_returns},
    credits::Credits,
};
use crate::{
    leads::{badge, ignored},
    ui::{Combobox, Done, ErrorPage, ExportLinks, FormAlert, FormError, Pager, TextArea, When, form_error},
};

/// The id of the form that the checkboxes of the rows belong to.
const BULK: &str = "bulk";

/// The account's returns. The whole state is in the URL.
#[component]
pub fn ReturnsPage() -> impl IntoView {
    let location = use_location();
    let view = Resource::new(
        move || location.search.get(),
        |search| async move {
            let (query, left_out) = ReturnQuery::from_query_string(search.trim_start_matches('?'));
            (list_returns(query.clone()).await, query, left_out)
        },
    );
    let decide = ServerAction::<DecideReturns>::new();
    let error = form_error(move || decide.value().get());
    view! {
        <Title text="Returns"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let (view, query, left_out) = view.await;
                match view {
                    Ok(view) => view! { <Queue view query left_out decide error/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// What a view is called.
const fn label(view: ReturnView) -> &'static str {
    match view {
        ReturnView::Open => "To decide",
        ReturnView::Decided => "Decided",
        ReturnView::Credit => "To credit",
    }
}

#[component]
fn Queue(
    view: ReturnsView,
    query: ReturnQuery,
    left_out: Vec<String>,
    decide: ServerAction<DecideReturns>,
    error: FormError,
) -> impl IntoView {
    let ReturnsView { returns, count, has_next, credits, partners, may_decide, may_export } = view;
    let start = ReturnQuery { after: None, ..query.clone() };
    let tabs = ReturnView::ALL.iter().map(|one| {
        let href = ReturnQuery { view: *one, ..start.clone() }.href(QUEUE);
        view! { <li><a class="chip" href=href aria-current=(*one == query.view).then_some("true")>{label(*one)}</a></li> }
    });
    let tabs = tabs.collect_view();
    let noun = if count == 1 { "request" } else { "requests" };
    let selectable = may_decide && query.view == ReturnView::Open;
    let last = returns.last().map(|one| one.request.id).filter(|_| has_next);
    let empty = returns.is_empty();
    let files = (may_export && !empty).then(|| {
        let path = |ending: &str| start.href(&format!("{QUEUE}/export.{ending}"));
        view! { <ExportLinks csv=path("csv") xlsx=path("xlsx")/> }
    });
    let back = query.href(QUEUE);
    let table = if empty {
        view! { <Nothing view=query.view/> }.into_any()
    } else {
        view! { <Table returns view=query.view selectable/> }.into_any()
    };
    view! {
        <div class="page__head">
            <div>
                <h1>"Returns"</h1>
                <p class="page__figure"><strong data-count>{grouped(&count.to_string())}</strong> " " {noun}</p>
            </div>
            <div class="page__ways">{files}</div>
        </div>
        <Decided/>
        <FormAlert error/>
        {ignored(&left_out)}
        <ul class="chips" aria-label="Which returns">{tabs}</ul>
        <PartnerFilter query=start.clone() partners/>
        <Credits credits query=start.clone()/>
        <div class="stack">
            {table}
            {(selectable && !empty).then(|| decision_form(decide, error, back, None))}
            <Pager
                first=query.after.is_some().then(|| start.href(QUEUE))
                previous=None
                next=last.map(|after| ReturnQuery { after: Some(after), ..start.clone() }.href(QUEUE))
            />
        </div>
    }
}

/// What was decided just now, as the address says it.
#[component]
pub(crate) fn Decided() -> impl IntoView {
    let number = use_query_map().with_untracked(|map| map.get_str("returns")?.parse::<u64>().ok()).unwrap_or_default();
    let said = if number == 1 { "1 return".to_owned() } else { format!("{} returns", grouped(&number.to_string())) };
    view! {
        <Done word="approved" message=format!("{said} approved.")/>
        <Done word="declined" message=format!("{said} declined.")/>
    }
}

#[component]
fn PartnerFilter(query: ReturnQuery, partners: Vec<(PartnerId, String)>) -> impl IntoView {
    let chosen = query.partner;
    let options = partners.into_iter().map(move |(id, name)| {
        view! { <option value=id.to_string() selected=chosen == Some(id)>{name}</option> }
    });
    let options = options.collect_view();
    view! {
        <form method="get" action=QUEUE class="filters__search">
            {(query.view != ReturnView::Open).then(|| view! { <input type="hidden" name="view" value=query.view.as_str()/> })}
            <label class="sr-only" for="partner">"Partner"</label>
            <Combobox>
                <select id="partner" name="partner"><option value="">"All partners"</option>{options}</select>
            </Combobox>
            <button class="button" type="submit">"Show"</button>
        </form>
    }
}

/// The form that decides: on the selected requests, or on one.
pub(crate) fn decision_form(
    action: ServerAction<DecideReturns>,
    error: FormError,
    back: String,
    one: Option<domain::ids::ReturnId>,
) -> impl IntoView {
    let lead = one.map_or("With the selected requests:", |_| "The partner asks you to take this lead back.");
    view! {
        <ActionForm action attr:id=BULK attr:class=if one.is_some() { "stack stack--tight" } else { "card stack stack--tight" } attr:aria-label="Decision">
            // The first button is what the enter key presses in a field: it must not decide anything.
            <button type="submit" disabled hidden></button>
            <p>{lead}</p>
            {one.map(|id| view! { <input type="hidden" name="returns[]" value=id.to_string()/> })}
            <input type="hidden" name="back" value=back/>
            <TextArea name="answer" label="Answer to the partner" error rows=2 max_length=ReturnDecision::MAX_ANSWER
                hint="Needed when you decline."/>
            <div class="taps">
                <button class="button button--primary" type="submit" name="decision" value="approve">"Approve"</button>
                <button class="button button--danger" type="submit" name="decision" value="decline">"Decline"</button>
            </div>
        </ActionForm>
    }
}

#[component]
fn Table(returns: Vec<QueuedReturn>, view: ReturnView, selectable: bool) -> impl IntoView {
    let open = view == ReturnView::Open;
    let rows = returns.into_iter().map(|one| row(one, open, selectable)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">{label(view)}</caption>
                <thead><tr>
                    {selectable.then(|| view! { <th scope="col" class="cell-pick"><span class="sr-only">"Select"</span></th> })}
                    <th scope="col">"Lead"</th>
                    <th scope="col">"Partner"</th>
                    <th scope="col">"Reason"</th>
                    <th scope="col">"Files"</th>
                    <th scope="col" class="cell-amount">"Price"</th>
                    <th scope="col">"Invoice"</th>
                    <th scope="col">"Asked"</th>
                    <th scope="col">{if open { "Decide by" } else { "Decided" }}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(one: QueuedReturn, open: bool, selectable: bool) -> impl IntoView {
    let (lead, name, campaign) = one.lead;
    let name = if name.is_empty() { "No name".to_owned() } else { name };
    let comma = if campaign.is_empty() { "" } else { ", " };
    let (partner, partner_name) = one.partner;
    let (request, price) = (one.request, one.price.map(|price| price.to_string()));
    let (by, at) = request.requested;
    let end = match (open, request.decide_by, request.decided) {
        (true, Some(at), _) => view! { <When time=at/> }.into_any(),
        (true, None, _) => view! { <span class="muted">"No deadline"</span> }.into_any(),
        (false, _, decided) => {
            let when = decided.map(|(by, at)| {
                let by = by.map(|by| view! { ", " <bdi>{by}</bdi> });
                view! { <span class="muted"><When time=at/> {by}</span> }
            });
            view! {
                <span class=format!("badge badge--{}", badge(request.state))>{request.state.label()}</span> " " {when}
            }
            .into_any()
        }
    };
    let comment =
        (!request.comment.is_empty()).then(|| view! { <p class="muted cell-text"><bdi>{request.comment}</bdi></p> });
    let answer =
        (!request.answer.is_empty()).then(|| view! { <p class="cell-text">"Answer: " <bdi>{request.answer}</bdi></p> });
    view! {
        <tr data-return=request.id.to_string()>
            {selectable.then(|| view! {
                <td class="cell-pick">
                    <input type="checkbox" name="returns[]" value=request.id.to_string() form=BULK aria-label=format!("Select {name}")/>
                </td>
            })}
            <th scope="row" class="cell-name">
                <a class="row-link" href=format!("/admin/leads/{lead}")><bdi>{name.clone()}</bdi></a>
                <p class="muted"><bdi>{campaign}</bdi> {comma} <When time=one.received/></p>
            </th>
            <td data-label="Partner"><a href=format!("/admin/partners/{partner}/returns")><bdi>{partner_name}</bdi></a></td>
            <td data-label="Reason"><div><bdi>{request.reason}</bdi> {comment} {answer}</div></td>
            <td data-label="Files">{or_dash((one.files > 0).then(|| one.files.to_string()))}</td>
            <td data-label="Price" class="cell-amount">{or_dash(price)}</td>
            <td data-label="Invoice">{or_dash(one.invoice)}</td>
            <td data-label="Asked"><div><When time=at/> <p class="muted"><bdi>{by}</bdi></p></div></td>
            <td data-label=if open { "Decide by" } else { "Decided" }><div>{end}</div></td>
        </tr>
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

#[component]
fn Nothing(view: ReturnView) -> impl IntoView {
    let (title, text) = match view {
        ReturnView::Open => {
            ("Nothing to decide", "As soon as a partner asks you to take a lead back, it appears here.")
        }
        ReturnView::Decided => {
            ("Nothing decided yet", "Returns that are approved, declined, expired or withdrawn appear here.")
        }
        ReturnView::Credit => (
            "Nothing to credit",
            "A returned lead that an issued invoice names appears here. Invoices that are written by hand name no leads.",
        ),
    };
    view! {
        <section class="empty">
            <h2>{title}</h2>
            <p>{text} " " <a href="/admin/settings/returns">"Rules for returns"</a></p>
        </section>
    }
}
