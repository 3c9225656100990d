//! What a report is asked for: a GET form, so that its state is the URL.

use domain::{
    leads::{CampaignCount, DayRange, FilterField, Period},
    reports::{ReportBy, ReportQuery, Span},
};
use leptos::prelude::*;

/// The named ranges of days that a report has.
const PERIODS: [Period; 4] = [Period::Last7Days, Period::Last30Days, Period::ThisMonth, Period::LastMonth];

/// Presets and fields.
#[component]
pub(crate) fn ReportForm(
    /// The report's state.
    query: ReportQuery,
    /// The days it is about.
    span: Span,
    /// What its rows are.
    by: ReportBy,
    /// What rows there can be, beside the values of extra fields.
    choices: Vec<ReportBy>,
    /// The extra fields.
    fields: Vec<FilterField>,
    /// The one whose values the rows are.
    field: Option<String>,
    /// The campaigns to choose from.
    campaigns: Vec<CampaignCount>,
    /// Where the report is.
    path: &'static str,
    /// Further fields.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let dated = query.days != DayRange::default();
    let current = (!dated).then(|| query.period.unwrap_or(Period::Last30Days));
    let chips = PERIODS.map(|period| {
        // Days, weeks and months are as fits the range.
        let kept = query.by.filter(|by| !matches!(by, ReportBy::Day | ReportBy::Week | ReportBy::Month));
        let to = ReportQuery { period: Some(period), days: DayRange::default(), by: kept, ..query.clone() };
        let chosen = (current == Some(period)).then_some("true");
        view! { <li><a class="chip" href=to.href(path) aria-current=chosen>{period.label()}</a></li> }
    });
    let bys = choices.into_iter().map(|choice| {
        view! { <option value=choice.as_str() selected=choice == by>{choice.label()}</option> }
    });
    let fields = fields.into_iter().filter(|field| field.kind.has_groups()).map(|FilterField { label, .. }| {
        let value = ReportQuery::by_text(ReportBy::Field, Some(&label));
        let own = field.as_ref() == Some(&label);
        view! { <option value=value selected=own>{label}</option> }
    });
    let fields = fields.collect_view();
    let bys = bys.collect_view();
    let chosen = query.campaign.clone();
    let mut names: Vec<String> =
        campaigns.into_iter().map(|found| found.campaign).filter(|name| !name.is_empty()).collect();
    names.extend(chosen.clone().filter(|chosen| !names.contains(chosen)));
    let names = names.into_iter().map(|name| {
        let own = chosen.as_ref() == Some(&name);
        let value = name.clone();
        view! { <option value=value selected=own>{name}</option> }
    });
    let names = names.collect_view();
    view! {
        <form method="get" action=path autocomplete="off" class="filters" aria-label="Report">
            <ul class="chips" aria-label="Days">{chips.collect_view()}</ul>
            <div class="filters__fields">
                {children.map(|children| children())}
                <div class="field">
                    <label for="from">"From"</label>
                    <input id="from" name="from" type="date" value=span.0.to_string()/>
                </div>
                <div class="field">
                    <label for="to">"To"</label>
                    <input id="to" name="to" type="date" value=span.1.to_string()/>
                </div>
                <div class="field">
                    <label for="by">"By"</label>
                    <select id="by" name="by">{bys}{fields}</select>
                </div>
                <div class="field">
                    <label for="campaign">"Campaign"</label>
                    <select id="campaign" name="campaign"><option value="">"All campaigns"</option>{names}</select>
                </div>
                <div class="filters__apply"><button class="button button--primary" type="submit">"Show"</button></div>
            </div>
        </form>
    }
}
