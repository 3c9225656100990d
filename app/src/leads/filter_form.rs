//! The filters of the list: a GET form, so that its state is the URL.

use domain::leads::{CampaignCount, DayRange, LeadFilter, LeadListQuery, LeadSort, LeadStatus, PageSize, Period};
use leptos::{ev, prelude::*};
use leptos_router::components::Form;

use super::LIST;

/// Submits the form an input belongs to: with WebAssembly, choosing is enough.
fn submit_form(event: &ev::Event) {
    if let Some(form) = event_target::<leptos::web_sys::HtmlSelectElement>(event).form() {
        let _ = form.request_submit();
    }
}

/// Search box, presets and fields.
///
/// In the browser a new state changes the form's elements in place, so that the focus stays where it was; what was typed
/// or chosen since lies in their properties, which is why those are set beside the attributes.
#[component]
pub(super) fn FilterForm(
    /// The list's state.
    query: LeadListQuery,
    /// The campaigns to choose from.
    campaigns: Vec<CampaignCount>,
) -> impl IntoView {
    let LeadListQuery { filter, sort, size, .. } = query.clone();
    let dated = filter.days != DayRange::default();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    // Kept in the form only while no explicit days stand against it.
    let period = filter.period.filter(|_| !dated).map(Period::as_str).unwrap_or_default();
    let narrowed = filter.campaign.is_some() || filter.status.is_some() || dated;
    view! {
        // Without "off", a browser that goes back fills in what was typed last, not what the page shows.
        <Form method="GET" action=LIST attr:autocomplete="off" attr:class="filters" attr:role="search" attr:aria-label="Leads">
            <div class="filters__search">
                <label class="sr-only" for="q">"Search name, email, phone, campaign or id"</label>
                <input id="q" class="input" autocomplete="off" type="search" name="q" maxlength=LeadFilter::MAX_Q.to_string()
                    placeholder="Search name, email, phone, campaign, id" value=filter.q.clone() prop:value=filter.q.clone()/>
                <button class="button button--primary" type="submit">"Search"</button>
            </div>
            <Presets query=query.clone()/>
            <details class="filters__more" open=narrowed>
                <summary>"More filters"</summary>
                <div class="filters__fields">
                    <div class="field">
                        <label for="campaign">"Campaign"</label>
                        <select id="campaign" name="campaign" on:change=move |event| submit_form(&event)>
                            <option value="">"All campaigns"</option>
                            {campaign_options(campaigns, filter.campaign.as_deref())}
                        </select>
                    </div>
                    <div class="field">
                        <label for="status">"Status"</label>
                        <select id="status" name="status" on:change=move |event| submit_form(&event)>
                            <option value="">"Any status"</option>
                            {LeadStatus::ALL.iter().map(|status| {
                                choice(status.as_str(), status.label(), filter.status == Some(*status))
                            }).collect_view()}
                        </select>
                    </div>
                    <div class="field">
                        <label for="from">"From"</label>
                        <input id="from" name="from" type="date" value=day(filter.days.from) prop:value=day(filter.days.from)/>
                    </div>
                    <div class="field">
                        <label for="to">"To"</label>
                        <input id="to" name="to" type="date" value=day(filter.days.to) prop:value=day(filter.days.to)/>
                    </div>
                    <div class="field">
                        <label for="sort">"Sort by"</label>
                        <select id="sort" name="sort" on:change=move |event| submit_form(&event)>
                            {LeadSort::ALL.iter().map(|order| {
                                choice(order.as_str(), order.label(), sort == *order)
                            }).collect_view()}
                        </select>
                    </div>
                    <div class="field">
                        <label for="size">"Rows per page"</label>
                        <select id="size" name="size" on:change=move |event| submit_form(&event)>
                            {PageSize::ALL.iter().map(|rows| {
                                choice(rows.as_str(), rows.as_str(), size == *rows)
                            }).collect_view()}
                        </select>
                    </div>
                    <div class="filters__apply">
                        <button class="button" type="submit">"Apply"</button>
                    </div>
                </div>
            </details>
            <input type="hidden" name="period" value=period/>
        </Form>
    }
}

/// An option of a select.
fn choice(value: &str, label: &str, selected: bool) -> impl IntoView + use<> {
    view! { <option value=value.to_owned() selected=selected prop:selected=selected>{label.to_owned()}</option> }
}

/// The partner's campaigns, and the one asked for even when it has no lead.
fn campaign_options(campaigns: Vec<CampaignCount>, chosen: Option<&str>) -> impl IntoView + use<> {
    let mut names: Vec<String> =
        campaigns.into_iter().map(|found| found.campaign).filter(|name| !name.is_empty()).collect();
    if let Some(chosen) = chosen.filter(|chosen| !names.iter().any(|name| name == chosen)) {
        names.push(chosen.to_owned());
    }
    let chosen = chosen.map(ToOwned::to_owned);
    names
        .into_iter()
        .map(|name| {
            let selected = chosen.as_deref() == Some(&name);
            choice(&name, &name, selected)
        })
        .collect_view()
}

/// One link for each named range of days: the rest of the filter stays as it is.
#[component]
fn Presets(query: LeadListQuery) -> impl IntoView {
    let dated = query.filter.days != DayRange::default();
    let current = query.filter.period.filter(|_| !dated);
    let link = move |period: Option<Period>| {
        let mut to = query.first_page();
        to.filter.period = period;
        to.filter.days = DayRange::default();
        let label = period.map_or("All time", Period::label);
        let chosen = !dated && current == period;
        view! { <li><a class="chip" href=to.href(LIST) aria-current=chosen.then_some("true")>{label}</a></li> }
    };
    view! {
        <ul class="chips" aria-label="Received">
            {std::iter::once(None).chain(Period::ALL.iter().copied().map(Some)).map(link).collect_view()}
        </ul>
    }
}
