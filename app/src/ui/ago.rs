//! How long ago something was, and that it stays true while a page is open.

use std::time::Duration;

use domain::time::{LocalTime, ago};
use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*};

use super::dom::all;

/// How often the page looks.
const EVERY: Duration = Duration::from_secs(15);

/// An instant: how long ago it was while that is less than a day, else day and minute in the account's zone. The exact instant on
/// hover.
#[component]
pub fn When(
    /// The instant.
    time: LocalTime,
) -> impl IntoView {
    let seconds = now().map(|now| (now - time.instant()).num_seconds());
    let words = seconds.and_then(ago);
    // What is written once it is longer ago.
    let then = words.is_some().then(|| time.date_time());
    let text = words.unwrap_or_else(|| time.date_time());
    view! {
        <time datetime=time.rfc3339() title=time.exact() data-ago=then.is_some().then_some(seconds) data-then=then>{text}</time>
    }
}

#[cfg(feature = "ssr")]
fn now() -> Option<chrono::DateTime<chrono::Utc>> {
    use_context::<crate::access::AppState>().map(|state| state.db.now())
}

/// Pages are drawn by the server alone.
#[cfg(not(feature = "ssr"))]
fn now() -> Option<chrono::DateTime<chrono::Utc>> {
    None
}

/// Keeps what the page says of [`When`] true. What the visitor's clock shows is of no matter, only how far it goes on.
#[island]
pub fn LiveTimes() -> impl IntoView {
    let clock = StoredValue::new(None::<IntervalHandle>);
    Effect::new(move || {
        count_on();
        clock.set_value(set_interval_with_handle(count_on, EVERY).ok());
        let sight = window_event_listener_untyped("visibilitychange", |_| count_on());
        on_cleanup(move || {
            sight.remove();
            if let Some(clock) = clock.try_update_value(Option::take).flatten() {
                clock.clear();
            }
        });
    });
}

/// Writes anew what has changed. A time that came since the last look counts from now on.
fn count_on() {
    /// When the page's clock first saw it, in milliseconds since 1970.
    const SEEN: &str = "data-seen";
    let now = web_sys::js_sys::Date::now();
    for time in all(&document(), "time[data-ago]") {
        let number = |name: &str| time.get_attribute(name).and_then(|number| number.parse::<f64>().ok());
        let (Some(before), Some(then)) = (number("data-ago"), time.get_attribute("data-then")) else { continue };
        let Some(seen) = number(SEEN) else {
            let _ = time.set_attribute(SEEN, &now.to_string());
            continue;
        };
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a page's life")]
        let seconds = (before + (now - seen) / 1_000.0) as i64;
        let text = ago(seconds).unwrap_or(then);
        if time.text_content().as_deref() != Some(&text) {
            time.set_text_content(Some(&text));
        }
    }
}
