//! What an open page does again and again.

use std::time::Duration;

use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*};

/// Does one thing again and again, as long as what made it is there.
#[derive(Clone, Copy)]
pub(crate) struct Clock(StoredValue<Option<IntervalHandle>>);

impl Clock {
    /// One that does nothing yet.
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// Begins, in browsers alone: every so often, and at once when the page comes into sight or out of it.
    pub(crate) fn run(self, every: Duration, again: impl Fn() + Copy + 'static) {
        Effect::new(move || {
            self.0.set_value(set_interval_with_handle(again, every).ok());
            let sight = window_event_listener_untyped("visibilitychange", move |_| again());
            on_cleanup(move || {
                sight.remove();
                self.stop();
            });
        });
    }

    /// Ends it.
    pub(crate) fn stop(self) {
        if let Some(clock) = self.0.try_update_value(Option::take).flatten() {
            clock.clear();
        }
    }
}
