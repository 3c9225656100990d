//! The filters of the list: a GET form, so that its state is the URL.

use domain::leads::{CampaignCount, DayRange, LeadFilter, LeadListQuery, LeadSort, LeadStatus, PageSize, Period};
use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlFormElement},
};

use super::LIST;

/// The form that an event comes from.
fn form_of(event: &ev::Event) -> Option<HtmlFormElement> {
    let form = event.target()?.dyn_into::<Element>().ok()?.closest("form").ok()??;
    form.dyn_into().ok()
}

/// Search box, presets and fields.
///
/// A new state changes the form's elements in place, so that the focus stays where it was; what was typed or chosen since lies in
/// their properties, which is why those are set beside the attributes.
#[component]
pub(super) fn FilterForm<F>(
    /// The list's state.
    query: Signal<LeadListQuery>,
    /// The campaigns to choose from.
    campaigns: Signal<Vec<CampaignCount>>,
    /// What the search box is given.
    searched: RwSignal<String>,
    /// Shows the list as the form says; whether somebody is still typing.
    submit: F,
) -> impl IntoView
where
    F: Fn(HtmlFormElement, bool) + Copy + Send + Sync + 'static,
{
    let send = move |event: &ev::Event, typing: bool| {
        if let Some(form) = form_of(event) {
            submit(form, typing);
        }
    };
    let dated = move || query.with(|query| query.filter.days != DayRange::default());
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let from = move || query.with(|query| day(query.filter.days.from));
    let to = move || query.with(|query| day(query.filter.days.to));
    // Kept in the form only while no explicit days stand against it.
    let period = move || {
        let period = query.with(|query| query.filter.period).filter(|_| !dated());
        period.map(Period::as_str).unwrap_or_default()
    };
    let status =
        Signal::derive(move || query.with(|query| query.filter.status.map(LeadStatus::as_str).unwrap_or_default()));
    let sort = Signal::derive(move || query.with(|query| query.sort.as_str()));
    let size = Signal::derive(move || query.with(|query| query.size.as_str()));
    let narrowed = query.with_untracked(|LeadListQuery { filter, .. }| {
        filter.campaign.is_some() || filter.status.is_some() || filter.days != DayRange::default()
    });
    view! {
        // Without "off", a browser that goes back fills in what was typed last, not what the page shows.
        <form method="get" action=LIST autocomplete="off" class="filters" role="search" aria-label="Leads"
            on:submit=move |event| { event.prevent_default(); send(&event, false); }
            on:change=move |event| send(&event, false)>
            <div class="filters__search">
                <label class="sr-only" for="q">"Search name, email, phone, campaign or id"</label>
                <input id="q" class="input" autocomplete="off" type="search" name="q" maxlength=LeadFilter::MAX_Q.to_string()
                    placeholder="Search name, email, phone, campaign, id" value=searched prop:value=searched
                    on:input=move |event| send(&event, true)
                    // Leaving the box is no other question than the one that was typed.
                    on:change=|event: ev::Event| event.stop_propagation()/>
                <button class="button button--primary" type="submit">"Search"</button>
            </div>
            {move || query.with(presets)}
            <details class="filters__more" open=narrowed>
                <summary>"More filters"</summary>
                <div class="filters__fields">
                    <div class="field">
                        <label for="campaign">"Campaign"</label>
                        <select id="campaign" name="campaign">
                            {move || query.with(|query| campaign_options(campaigns.get(), query.filter.campaign.as_deref()))}
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
                        <label for="from">"From"</label>
                        <input id="from" name="from" type="date" value=from prop:value=from/>
                    </div>
                    <div class="field">
                        <label for="to">"To"</label>
                        <input id="to" name="to" type="date" value=to prop:value=to/>
                    </div>
                    <div class="field">
                        <label for="sort">"Sort by"</label>
                        <select id="sort" name="sort">
                            {LeadSort::ALL.iter().map(|one| choice(one.as_str(), one.label(), sort)).collect_view()}
                        </select>
                    </div>
                    <div class="field">
                        <label for="size">"Rows per page"</label>
                        <select id="size" name="size">
                            {PageSize::ALL.iter().map(|one| choice(one.as_str(), one.as_str(), size)).collect_view()}
                        </select>
                    </div>
                    <div class="filters__apply">
                        <button class="button" type="submit">"Apply"</button>
                    </div>
                </div>
            </details>
            <input type="hidden" name="period" value=period/>
        </form>
    }
}

/// An option of a select, chosen when it is what the list has.
fn choice(value: &'static str, label: &'static str, chosen: Signal<&'static str>) -> impl IntoView {
    let is_chosen = move || chosen.get() == value;
    view! { <option value=value selected=is_chosen prop:selected=is_chosen>{label}</option> }
}

/// The partner's campaigns, and the one asked for even when it has no lead.
fn campaign_options(campaigns: Vec<CampaignCount>, chosen: Option<&str>) -> impl IntoView + use<> {
    let mut names: Vec<String> =
        campaigns.into_iter().map(|found| found.campaign).filter(|name| !name.is_empty()).collect();
    if let Some(chosen) = chosen.filter(|chosen| !names.iter().any(|name| name == chosen)) {
        names.push(chosen.to_owned());
    }
    let option = |value: String, label: String, chosen: bool| {
        view! { <option value=value selected=chosen prop:selected=chosen>{label}</option> }
    };
    let all = std::iter::once(option(String::new(), "All campaigns".to_owned(), chosen.is_none()));
    all.chain(names.into_iter().map(|name| {
        let is_chosen = chosen == Some(&*name);
        option(name.clone(), name, is_chosen)
    }))
    .collect_view()
}

/// One link for each named range of days: the rest of the filter stays as it is.
fn presets(query: &LeadListQuery) -> impl IntoView + use<> {
    let dated = query.filter.days != DayRange::default();
    let current = query.filter.period.filter(|_| !dated);
    let link = |period: Option<Period>| {
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
