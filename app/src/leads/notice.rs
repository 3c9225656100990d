//! What tells an open list that there are more leads by now.

use std::time::Duration;

use domain::leads::Count;
use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{LIST, api::CountLeads};
use crate::ui::{
    clock::Clock,
    swap::{Missed, number_of},
};

/// How often an open page asks.
const EVERY: Duration = Duration::from_secs(20);

/// Asks how many leads there are by now, as long as somebody can see the page, and at once when it comes into sight again.
/// Answers how many are new since there were so many as `known` says. An own question, for the answer must not depend on what
/// the list is narrowed to, nor be in its way.
pub(super) fn watch(known: Signal<u64>) -> Signal<u64> {
    let total = RwSignal::new(0);
    let clock = Clock::new();
    let ask = move || {
        if document().hidden() {
            return;
        }
        spawn_local(async move {
            match number_of(CountLeads::PATH).await {
                Ok(now) => drop(total.try_set(now)),
                // A portal that cannot be reached is asked again.
                Err(Missed::Unreachable | Missed::Busy) => {}
                Err(Missed::Elsewhere(_)) => clock.stop(),
            }
        });
    };
    clock.run(EVERY, ask);
    let new = Memo::new(move |_| total.get().saturating_sub(known.get()));
    title(new);
    new.into()
}

/// Keeps the number in the page's title, where it is seen from another tab.
fn title(new: Memo<u64>) {
    Effect::new(move |before: Option<String>| {
        let plain = before.unwrap_or_else(|| document().title());
        let title = if new.get() == 0 { plain.clone() } else { format!("({}) {plain}", new.get()) };
        if document().title() != title {
            document().set_title(&title);
        }
        plain
    });
}

/// Says so, and leads to them. The place is there from the first moment on, for a text that comes with its element is not read out.
pub(super) fn notice(new: Signal<u64>) -> impl IntoView {
    let text = move || {
        (new.get() > 0).then(|| {
            let (count, noun) = Count::Exactly(new.get()).figure();
            view! {
                <a class="button button--wide" href=LIST>{count} " new " {noun} ": show the newest"</a>
            }
        })
    };
    view! { <div class="new-leads" role="status">{text}</div> }
}
