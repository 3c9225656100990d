//! The list of leads as the server draws it, whole and after every change: see `live` for what moves in it.

use std::sync::Arc;

use domain::leads::{Count, Cursor, LeadColumns, LeadListQuery, LeadStatus, ReadQuery, Review};
use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    EXPORT_CSV, LIST,
    api::{ChooseColumns, LeadsView},
    bulk::{Done, bulk_form, done_alert},
    filter_form::FilterForm,
    live::LiveList,
    table::LeadTable,
    view_menu::view_menu,
};
use crate::ui::{Alert, ExportLinks, FormAlert, FormError, Pager, StatusHelp};

/// The list. What changes with its state stands in parts of their own, which are found by their names.
#[component]
pub(super) fn LeadList(
    /// The rows of the page.
    view: LeadsView,
    /// The state of the list, and what of its URL could not be read.
    read: ReadQuery,
    /// What was done just now.
    done: Option<Done>,
    /// What plain forms that were not taken say.
    errors: Vec<FormError>,
) -> impl IntoView {
    let (query, list) = (read.query.clone(), list_of(&read.query));
    view! {
        <LiveList>
            <div data-part="head" class="page__head">{head(&view, &query, list.clone())}</div>
            <div data-part="said">
                {errors.into_iter().map(|error| view! { <FormAlert error/> }).collect_view()}
                {done.map(|done| done_alert(done, list.clone()))}
                {ignored(&read.ignored)}
            </div>
            <FilterForm query=query.clone() campaigns=view.campaigns.clone() outcomes=view.outcomes.clone() fields=view.fields.clone() path=LIST href=Arc::new(|list| list.href(LIST))/>
            <div id="rows" data-part="rows" class="stack" tabindex="-1">{rows(&view, &query, list)}</div>
            <StatusHelp meanings=LeadStatus::ALL.iter().map(|status| (status.label(), status.meaning())).collect()/>
        </LiveList>
    }
}

fn head(view: &LeadsView, query: &LeadListQuery, list: String) -> impl IntoView + use<> {
    let (count, noun) = view.page.count.figure();
    let total = view.campaigns.iter().map(|campaign| campaign.leads).sum::<u64>();
    let days = query.filter.days_in_words();
    let files = (view.may_export && !view.page.leads.is_empty()).then(|| {
        view! {
            <ExportLinks
                csv=query.first_page().href(EXPORT_CSV)
                xlsx=query.first_page().href("/partner/leads/export.xlsx")
            />
        }
    });
    let outcomes =
        view.may_record.then(|| view! { <a class="button" href="/partner/leads/outcomes">"Import outcomes"</a> });
    let views = view.offered.is_some().then(|| view_menu(view, query, list.clone()));
    let columns = view.offered.map(|offered| column_choice(ChooseColumns::url(), view.columns, offered, list));
    view! {
        <div data-total=total.to_string()>
            <h1>"Leads"</h1>
            <p class="page__figure">
                <span data-counted><strong data-count>{count}</strong> " " {noun}</span>
                {days.map(|days| view! { <span class="muted">", " {days}</span> })}
            </p>
        </div>
        <div class="page__ways">{views} {columns} {outcomes} {files}</div>
    }
}

/// A form below a button: the columns to choose from.
pub(crate) fn column_choice(
    action: &'static str,
    shown: LeadColumns,
    offered: LeadColumns,
    list: String,
) -> impl IntoView {
    let boxes = offered.iter().map(|column| {
        view! {
            <label class="choice">
                <input type="checkbox" name="columns[]" value=column.as_str() checked=shown.has(column)/>
                {column.label()}
            </label>
        }
    });
    view! {
        <details class="dropdown">
            <summary class="button">"Columns"</summary>
            <form method="post" action=action class="dropdown__body">
                <input type="hidden" name="list" value=list/>
                <fieldset class="stack stack--tight">
                    <legend class="sr-only">"Columns beside the name"</legend>
                    {boxes.collect_view()}
                </fieldset>
                <button class="button button--primary" type="submit">"Show these"</button>
            </form>
        </details>
    }
}

pub(crate) fn ignored(parts: &[String]) -> impl IntoView + use<> {
    let parts = parts.iter().map(|part| view! { <p>{part.clone()}</p> }).collect_view();
    (!parts.is_empty()).then(|| view! { <Alert>{parts}</Alert> })
}

fn rows(view: &LeadsView, query: &LeadListQuery, list: String) -> impl IntoView + use<> {
    let page = &view.page;
    let selectable = (view.may_review || view.may_export || view.may_record) && !page.leads.is_empty();
    let first = page.leads.first().map(|lead| lead.id).filter(|_| page.has_previous);
    let last = page.leads.last().map(|lead| lead.id).filter(|_| page.has_next);
    let all = match page.count {
        Count::Exactly(all) if all > page.leads.len() as u64 && all <= Review::MOST as u64 => Some(all),
        _ => None,
    };
    let table = if page.leads.is_empty() {
        view! { <NoLeads query=query.clone()/> }.into_any()
    } else {
        view! { <LeadTable leads=page.leads.clone() query=query.clone() columns=view.columns outcomes=view.outcomes.clone() selectable/> }.into_any()
    };
    view! {
        {table}
        {selectable.then(|| bulk_form(list, all, view))}
        <Pager
            first=first.map(|_| query.first_page().href(LIST))
            previous=first.map(|id| query.at(Cursor::Before(id)).href(LIST))
            next=last.map(|id| query.at(Cursor::After(id)).href(LIST))
        />
    }
}

/// The list's state, as a URL has it after the question mark.
fn list_of(query: &LeadListQuery) -> String {
    query.href(LIST).split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
}

#[component]
fn NoLeads(query: LeadListQuery) -> impl IntoView {
    if query.filter.is_empty() {
        view! {
            <section class="empty">
                <h2>"No leads yet"</h2>
                <p>"As soon as a lead is delivered to you, it appears here."</p>
            </section>
        }
        .into_any()
    } else {
        let cleared = LeadListQuery { sort: query.sort, size: query.size, ..LeadListQuery::default() };
        view! {
            <section class="empty">
                <h2>"No lead matches"</h2>
                <p>"Try a shorter search or a wider range of days."</p>
                <p><a class="button" href=cleared.href(LIST)>"Clear all filters"</a></p>
            </section>
        }
        .into_any()
    }
}
