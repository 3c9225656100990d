//! A bar chart drawn by the server: SVG that needs no script. Each bar shows its figure when it is pointed at, tapped or reached by the
//! keyboard; a table beside or below it has the same figures, each with the way to the leads behind it.

use domain::{leads::Count, money::grouped};
use leptos::prelude::*;

use super::chart_keys::ChartKeys;

/// The drawing's size in its own units; the style sheet scales it to its place.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
/// Above the bars, for the figure of the one that is pointed at.
const HEAD: f64 = 26.0;
/// Below the bars, for what they are.
const FOOT: f64 = 24.0;
/// What of its place a bar takes.
const FILLED: f64 = 0.72;

/// A bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    /// How many leads it stands for.
    pub(crate) leads: u64,
    /// What it stands for, in words.
    pub(crate) name: String,
    /// The same below it, where there is little room.
    pub(crate) short: String,
}

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

/// The drawing.
#[component]
pub(crate) fn BarChart(
    /// The bars, from left to right.
    bars: Vec<Bar>,
    /// Of how many bars one is named below it, counted from the last.
    every: usize,
    /// What it shows, for who cannot see it.
    label: String,
) -> impl IntoView {
    let top = ceiling(bars.iter().map(|bar| bar.leads).max().unwrap_or(0).max(2));
    let slots = bars.len().max(1);
    // As wide as the largest figure of the scale.
    let gutter = 8.0 + 12.0 * grouped(&top.to_string()).len() as f64;
    let (slot, bottom) = ((WIDTH - gutter) / slots as f64, HEIGHT - FOOT);
    let height = |count: u64| {
        // Nothing is nothing, but one lead must be seen beside a thousand.
        let exact = (count as f64 / top as f64 * (bottom - HEAD)).round();
        if count == 0 { 0.0 } else { exact.max(2.0) }
    };
    let drawn = bars.into_iter().enumerate().map(|(place, bar)| {
        let (tall, left) = (height(bar.leads), gutter + place as f64 * slot);
        let (y, middle) = (bottom - tall, left + slot / 2.0);
        let leads = Count::Exactly(bar.leads);
        let labelled = place % every == (slots - 1) % every;
        // At the edges the words grow inwards.
        let anchor = match middle / WIDTH {
            near if near < 0.25 => "start",
            far if far > 0.75 => "end",
            _ => "middle",
        };
        view! {
            <g class="chart__step" tabindex="0" role="img" aria-label=format!("{}: {leads}", bar.name)>
                <rect class="chart__slot" x=format!("{left:.1}") y="0" width=format!("{slot:.1}") height=bottom.to_string()/>
                <rect class="chart__bar" x=format!("{:.1}", middle - slot * FILLED / 2.0) y=format!("{y:.1}")
                    width=format!("{:.1}", slot * FILLED) height=format!("{tall:.1}") rx="2"/>
                {labelled.then(|| view! {
                    <text class="chart__label" x=format!("{middle:.1}") y=(HEIGHT - 6.0).to_string()>{bar.short}</text>
                })}
                <text class="chart__tip" x=format!("{middle:.1}") y=(HEAD - 12.0).to_string() text-anchor=anchor>
                    {format!("{leads}, {}", bar.name)}
                </text>
            </g>
        }
    });
    let drawn = drawn.collect_view();
    let rules = [top, top / 2, 0].into_iter().filter(|value| *value != top / 2 || top.is_multiple_of(2)).map(|value| {
        let y = bottom - value as f64 / top as f64 * (bottom - HEAD);
        view! {
            <line class="chart__rule" class:chart__rule--base=value == 0 x1=format!("{gutter:.1}") x2=WIDTH.to_string()
                y1=format!("{y:.1}") y2=format!("{y:.1}")/>
            <text class="chart__scale" x=format!("{:.1}", gutter - 8.0) y=format!("{:.1}", y + 4.0)>{grouped(&value.to_string())}</text>
        }
    });
    let rules = rules.collect_view();
    view! {
        <ChartKeys><svg class="chart__drawing" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="group" aria-label=label>
            <g aria-hidden="true">{rules}</g>
            {drawn}
        </svg></ChartKeys>
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
