//! How long ago something was, and that it stays true while a page is open.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::time::{LocalTime, ago};
use leptos::prelude::*;

use super::{clock::Clock, dom::all, markup::Markup};

/// How often the page looks.
const EVERY: Duration = Duration::from_secs(15);

/// An instant: how long ago it was while that is less than a day, else day and minute in the account's zone. The exact instant on
/// hover.
#[component]
pub fn When(
    /// The instant.
    time: LocalTime,
) -> impl IntoView {
    let Written { text, counted } = Written::of(time, now());
    let (seconds, then) = counted.unzip();
    view! { <time datetime=time.rfc3339() title=time.exact() data-ago=seconds data-then=then>{text}</time> }
}

/// The same as [`When`] in a row that is written as text; `now` is asked for once for all of them.
pub(crate) fn when(markup: &mut Markup, time: LocalTime, now: Option<DateTime<Utc>>) {
    let Written { text, counted } = Written::of(time, now);
    let (instant, exact) = (time.rfc3339(), time.exact());
    let fixed = [("datetime", &*instant), ("title", &*exact)];
    match counted {
        Some((seconds, then)) => {
            let [instant, exact] = fixed;
            markup.element("time", &[instant, exact, ("data-ago", &seconds), ("data-then", &then)], &text);
        }
        None => drop(markup.element("time", &fixed, &text)),
    }
}

/// What is written of an instant.
struct Written {
    text: String,
    /// How many seconds ago it was and what is written once it is longer ago, where that is counted on.
    counted: Option<(String, String)>,
}

impl Written {
    fn of(time: LocalTime, now: Option<DateTime<Utc>>) -> Self {
        let seconds = now.map(|now| (now - time.instant()).num_seconds());
        match seconds.and_then(|seconds| Some((seconds, ago(seconds)?))) {
            Some((seconds, text)) => Self { text, counted: Some((seconds.to_string(), time.date_time())) },
            None => Self { text: time.date_time(), counted: None },
        }
    }
}

#[cfg(feature = "ssr")]
pub(crate) fn now() -> Option<DateTime<Utc>> {
    use_context::<crate::access::AppState>().map(|state| state.db.now())
}

/// Pages are drawn by the server alone.
#[cfg(not(feature = "ssr"))]
pub(crate) fn now() -> Option<DateTime<Utc>> {
    None
}

/// Keeps what the page says of [`When`] true. What the visitor's clock shows is of no matter, only how far it goes on.
#[island]
pub fn LiveTimes() -> impl IntoView {
    Effect::new(count_on);
    Clock::new().run(EVERY, count_on);
}

/// Writes anew what has changed. A time that came since the last look counts from now on.
fn count_on() {
    /// When the page's clock first saw it, in milliseconds since 1970.
    const SEEN: &str = "data-seen";
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds of a page's life; numbers with fractions cost 20 KB"
    )]
    let now = web_sys::js_sys::Date::now() as i64;
    for time in all(&document(), "time[data-ago]") {
        let number = |name: &str| time.get_attribute(name).and_then(|number| number.parse::<i64>().ok());
        let (Some(before), Some(then)) = (number("data-ago"), time.get_attribute("data-then")) else { continue };
        let Some(seen) = number(SEEN) else {
            let _ = time.set_attribute(SEEN, &now.to_string());
            continue;
        };
        let text = ago(before + (now - seen) / 1_000).unwrap_or(then);
        if time.text_content().as_deref() != Some(&text) {
            time.set_text_content(Some(&text));
        }
    }
}
