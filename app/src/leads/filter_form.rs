//! The filters of the list: a GET form, so that its state is the URL.

use std::sync::Arc;

use domain::{
    leads::{
        CampaignCount, DayRange, FilterField, LeadFilter, LeadListQuery, LeadSort, LeadStatus, OutcomeChoice, PageSize,
        Period,
    },
    returns::ReturnState,
};
use leptos::prelude::*;

use super::field_filters::field_filters;

/// How a list of leads is found in another state: a link to it.
pub(crate) type ListHref = Arc<dyn Fn(&LeadListQuery) -> String + Send + Sync>;

/// Search box, presets and fields.
#[component]
pub(crate) fn FilterForm(
    /// The list's state.
    query: LeadListQuery,
    /// The campaigns to choose from.
    campaigns: Vec<CampaignCount>,
    /// The account's outcomes.
    outcomes: Vec<OutcomeChoice>,
    /// The extra fields that it can be narrowed by.
    fields: Vec<FilterField>,
    /// Where the list is.
    path: &'static str,
    /// Where it is in another state.
    href: ListHref,
    /// The orders to choose from.
    #[prop(default = LeadSort::ALL)]
    sorts: &'static [LeadSort],
    /// Further fields.
    #[prop(optional)]
    children: Option<Children>,
    /// Whether one of those is set.
    #[prop(optional)]
    narrowed: bool,
) -> impl IntoView {
    let LeadListQuery { filter, .. } = &query;
    let dated = filter.days != DayRange::default();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let (from, to) = (day(filter.days.from), day(filter.days.to));
    // Kept in the form only while no explicit days stand against it.
    let period = filter.period.filter(|_| !dated).map(Period::as_str).unwrap_or_default();
    let status = filter.status.map(LeadStatus::as_str).unwrap_or_default();
    let returned = filter.returned.map(ReturnState::as_str).unwrap_or_default();
    let set = [
        filter.campaign.is_some(),
        filter.status.is_some(),
        filter.outcome.is_some(),
        filter.returned.is_some(),
        !filter.fields.is_empty(),
    ];
    let fields = field_filters(fields, &filter.fields);
    let narrowed = narrowed || dated || set.contains(&true);
    view! {
        // Without "off", a browser that goes back fills in what was typed last, not what the page shows.
        <form method="get" action=path autocomplete="off" class="filters" role="search" aria-label="Leads">
            <div class="filters__search">
                <label class="sr-only" for="q">"Search name, email, phone, campaign or id"</label>
                <input id="q" class="input" autocomplete="off" type="search" name="q" maxlength=LeadFilter::MAX_Q.to_string()
                    placeholder="Search name, email, phone, campaign, id" value=filter.q.clone()/>
                <button class="button button--primary" type="submit">"Search"</button>
            </div>
            <div data-part="presets">{presets(&query, &href)}</div>
            <details class="filters__more" open=narrowed>
                <summary>"More filters"</summary>
                <div class="filters__fields">
                    {children.map(|children| children())}
                    <div class="field">
                        <label for="campaign">"Campaign"</label>
                        <select id="campaign" name="campaign">
                            {campaign_options(campaigns, filter.campaign.as_deref())}
                        </select>
                    </div>
                    <div class="field">
                        <label for="status">"Status"</label>
                        <select id="status" name="status">
                            {choice("", "Any status", status)}
                            {LeadStatus::ALL.iter().map(|one| choice(one.as_str(), one.label(), status)).collect_view()}
                        </select>
                    </div>
                    <div class="field">
                        <label for="outcome">"Outcome"</label>
                        <select id="outcome" name="outcome">{outcome_options(outcomes, filter.outcome.as_deref())}</select>
                    </div>
                    <div class="field">
                        <label for="return">"Return"</label>
                        <select id="return" name="return">
                            {choice("", "Any", returned)}
                            {ReturnState::ALL.iter().map(|one| choice(one.as_str(), one.label(), returned)).collect_view()}
                        </select>
                    </div>
                    {fields}
                    <div class="field">
                        <label for="from">"From"</label>
                        <input id="from" name="from" type="date" value=from/>
                    </div>
                    <div class="field">
                        <label for="to">"To"</label>
                        <input id="to" name="to" type="date" value=to/>
                    </div>
                    <div class="field">
                        <label for="sort">"Sort by"</label>
                        <select id="sort" name="sort">
                            {sorts.iter().map(|one| choice(one.as_str(), one.label(), query.sort.as_str())).collect_view()}
                        </select>
                    </div>
                    <div class="field">
                        <label for="size">"Rows per page"</label>
                        <select id="size" name="size">
                            {PageSize::ALL.iter().map(|one| choice(one.as_str(), one.as_str(), query.size.as_str())).collect_view()}
                        </select>
                    </div>
                    <div class="filters__apply">
                        <button class="button" type="submit">"Apply"</button>
                    </div>
                </div>
            </details>
            {query.view.map(|view| view! { <input type="hidden" name="view" value=view.to_string()/> })}
            <input type="hidden" id="period" name="period" value=period/>
        </form>
    }
}

/// An option of a select, chosen when it is what the list has.
fn choice(value: &'static str, label: &'static str, chosen: &str) -> impl IntoView + use<> {
    view! { <option value=value selected=chosen == value>{label}</option> }
}

/// The partner's campaigns, and the one asked for even when it has no lead.
fn campaign_options(campaigns: Vec<CampaignCount>, chosen: Option<&str>) -> impl IntoView + use<> {
    let mut names: Vec<String> =
        campaigns.into_iter().map(|found| found.campaign).filter(|name| !name.is_empty()).collect();
    if let Some(chosen) = chosen.filter(|chosen| !names.iter().any(|name| name == chosen)) {
        names.push(chosen.to_owned());
    }
    let option = |value: String, label: String, chosen: bool| {
        view! { <option value=value selected=chosen>{label}</option> }
    };
    let all = std::iter::once(option(String::new(), "All campaigns".to_owned(), chosen.is_none()));
    all.chain(names.into_iter().map(|name| {
        let is_chosen = chosen == Some(&*name);
        option(name.clone(), name, is_chosen)
    }))
    .collect_view()
}

/// The account's outcomes, and the one asked for even when it is none of them.
fn outcome_options(outcomes: Vec<OutcomeChoice>, chosen: Option<&str>) -> impl IntoView + use<> {
    let mut known: Vec<(String, String)> = outcomes.into_iter().map(|one| (one.code, one.label)).collect();
    if let Some(chosen) = chosen.filter(|chosen| !known.iter().any(|(code, _)| code == chosen)) {
        known.push((chosen.to_owned(), chosen.to_owned()));
    }
    let option = |value: String, label: String, chosen: bool| {
        view! { <option value=value selected=chosen>{label}</option> }
    };
    let any = std::iter::once(option(String::new(), "Any outcome".to_owned(), chosen.is_none()));
    any.chain(known.into_iter().map(|(code, label)| {
        let is_chosen = chosen == Some(&*code);
        option(code, label, is_chosen)
    }))
    .collect_view()
}

/// One link for each named range of days: the rest of the filter stays as it is.
fn presets(query: &LeadListQuery, href: &ListHref) -> impl IntoView + use<> {
    let dated = query.filter.days != DayRange::default();
    let current = query.filter.period.filter(|_| !dated);
    let link = |period: Option<Period>| {
        let mut to = query.first_page();
        to.filter.period = period;
        to.filter.days = DayRange::default();
        let label = period.map_or("All time", Period::label);
        let chosen = !dated && current == period;
        view! { <li><a class="chip" href=href(&to) aria-current=chosen.then_some("true")>{label}</a></li> }
    };
    view! {
        <ul class="chips" aria-label="Received">
            {std::iter::once(None).chain(Period::ALL.iter().copied().map(Some)).map(link).collect_view()}
        </ul>
    }
}
