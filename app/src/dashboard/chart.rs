//! A bar chart drawn by the server: SVG that needs no script, with the same figures in a table for whoever cannot see it.

use chrono::{Datelike, NaiveDate};
use domain::time::date;
use leptos::prelude::*;

/// The drawing's size in its own units; the style sheet scales it to its place.
const WIDTH: u32 = 720;
const HEIGHT: u32 = 160;
/// Below the bars, for the days.
const FOOT: u32 = 20;

/// The top of the scale: the next round number (1, 2 or 5 times a power of ten) that no bar passes.
fn ceiling(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for step in [1, 2, 5] {
            if step * power >= most {
                return step * power;
            }
        }
        match power.checked_mul(10) {
            Some(next) if next <= u64::MAX / 5 => power = next,
            _ => return most,
        }
    }
}

/// Leads by day.
#[component]
pub(super) fn DayChart(
    /// Each day and how many, oldest first.
    days: Vec<(NaiveDate, u64)>,
) -> impl IntoView {
    let top = ceiling(days.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1));
    let sum: u64 = days.iter().map(|(_, count)| count).sum();
    let slots = u32::try_from(days.len()).unwrap_or(1).max(1);
    let bottom = HEIGHT - FOOT;
    let height = |count: u64| {
        // Nothing is nothing, but one lead must be seen beside a thousand.
        let exact = (count as f64 / top as f64 * f64::from(bottom)).round();
        if count == 0 { 0.0 } else { exact.max(2.0) }
    };
    let left = |place: u32| f64::from(place) * f64::from(WIDTH) / f64::from(slots);
    let width = f64::from(WIDTH) / f64::from(slots) * 0.72;
    let bars = days.iter().zip(0_u32..).map(|((day, count), place)| {
        let (tall, x) = (height(*count), left(place));
        let label = days.len() <= 10 || place % 7 == (slots - 1) % 7;
        view! {
            <g class="chart__day">
                <title>{format!("{}: {count}", date(*day))}</title>
                <rect class="chart__slot" x=format!("{x:.1}") y="0" width=format!("{:.1}", width / 0.72) height=bottom.to_string()/>
                <rect class="chart__bar" x=format!("{x:.1}") y=format!("{:.1}", f64::from(bottom) - tall)
                    width=format!("{width:.1}") height=format!("{tall:.1}") rx="2"/>
                {label.then(|| view! {
                    <text class="chart__label" x=format!("{:.1}", x + width / 2.0) y=(HEIGHT - 5).to_string()>
                        {format!("{}.{}.", day.day(), day.month())}
                    </text>
                })}
            </g>
        }
    });
    let rows = days
        .iter()
        .rev()
        .map(|(day, count)| view! { <tr><th scope="row">{date(*day)}</th><td class="cell-amount">{*count}</td></tr> });
    view! {
        <figure class="chart">
            <svg class="chart__drawing" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img"
                aria-label=format!("Leads on each of the last {} days, {sum} in total, at most {top} a day; the table below has the figures.", days.len())>
                <line class="chart__rule" x1="0" x2=WIDTH.to_string() y1="0.5" y2="0.5"/>
                <line class="chart__rule" x1="0" x2=WIDTH.to_string() y1=(bottom / 2).to_string() y2=(bottom / 2).to_string()/>
                <line class="chart__rule chart__rule--base" x1="0" x2=WIDTH.to_string() y1=bottom.to_string() y2=bottom.to_string()/>
                {bars.collect_view()}
            </svg>
            <figcaption>
                <span class="muted">{format!("The upper line marks {top}.")}</span>
                <details class="chart__table">
                    <summary>"Show as a table"</summary>
                    <table class="table">
                        <caption class="sr-only">"Leads by day, latest first"</caption>
                        <thead><tr><th scope="col">"Day"</th><th scope="col" class="cell-amount">"Leads"</th></tr></thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </details>
            </figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_round_number() {
        for (most, top) in [(1, 1), (3, 5), (5, 5), (6, 10), (11, 20), (99, 100), (501, 1_000), (u64::MAX, u64::MAX)] {
            assert_eq!(ceiling(most), top, "{most}");
        }
    }
}
