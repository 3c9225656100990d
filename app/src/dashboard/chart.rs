//! The dashboard's chart: leads by day, week or month.

use chrono::{Datelike, NaiveDate};
use domain::{
    dashboard::{ChartBar, ChartPeriod},
    money::grouped,
    time::date,
};
use leptos::prelude::*;

use crate::ui::{Bar, BarChart};

/// What a bar stands for, in words.
fn named(period: ChartPeriod, bar: &ChartBar) -> String {
    match period {
        ChartPeriod::Days => date(bar.from),
        ChartPeriod::Weeks => format!("{} to {}", date(bar.from), date(bar.to)),
        ChartPeriod::Months => bar.from.format("%B %Y").to_string(),
    }
}

/// The same below a bar, where there is little room.
fn short(period: ChartPeriod, day: NaiveDate) -> String {
    match period {
        ChartPeriod::Days | ChartPeriod::Weeks => day.format("%-d %b").to_string(),
        ChartPeriod::Months if day.month() == 1 => day.format("%Y").to_string(),
        ChartPeriod::Months => day.format("%b").to_string(),
    }
}

/// Leads by day, week or month.
#[component]
pub(super) fn LeadChart(
    /// What the bars are.
    period: ChartPeriod,
    /// The bars, oldest first.
    bars: Vec<ChartBar>,
) -> impl IntoView {
    let sum: u64 = bars.iter().map(|bar| bar.leads).sum();
    let every = match period {
        ChartPeriod::Days => 7,
        ChartPeriod::Weeks => 2,
        ChartPeriod::Months => 1,
    };
    let drawn =
        bars.iter().map(|bar| Bar { leads: bar.leads, name: named(period, bar), short: short(period, bar.from) });
    let drawn: Vec<_> = drawn.collect();
    let label = format!(
        "Leads of the last {}, {} in total; the table below has the figures",
        period.label(),
        grouped(&sum.to_string())
    );
    let rows = bars.iter().rev().map(|bar| {
        let href = format!("/partner/leads?from={}&to={}", bar.from, bar.to);
        view! {
            <tr>
                <th scope="row">{named(period, bar)}</th>
                <td class="cell-amount"><a href=href>{grouped(&bar.leads.to_string())}</a></td>
            </tr>
        }
    });
    let head = match period {
        ChartPeriod::Days => "Day",
        ChartPeriod::Weeks => "Week",
        ChartPeriod::Months => "Month",
    };
    view! {
        <figure class="chart">
            <BarChart bars=drawn every label/>
            <figcaption>
                <details class="chart__table">
                    <summary>"Show as a table"</summary>
                    <table class="table">
                        <caption class="sr-only">"Leads received, latest first"</caption>
                        <thead><tr><th scope="col">{head}</th><th scope="col" class="cell-amount">"Leads"</th></tr></thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </details>
            </figcaption>
        </figure>
    }
}
