//! Deciding on several leads at once, below the list: a plain form, which shows itself while a lead is selected.

use domain::leads::{Count, OutcomeChoice, RejectReason, Review};
use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    EXPORT_CSV,
    api::{LeadsView, ReviewLeads, Reviewed, UndoReviews},
    outcome_api::SetOutcomes,
    review_form::reason_label,
};

/// The form's id, by which the checkboxes of the rows belong to it.
pub(super) const BULK: &str = "bulk";

/// What was done just now, as the list says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done {
    /// In words.
    pub(super) text: String,
    /// What was decided, if it can be undone.
    pub(super) reviewed: Option<Reviewed>,
}

impl Done {
    /// That leads were accepted or rejected: `word` is the status.
    pub(super) fn reviewed(word: &str, reviewed: Reviewed) -> Self {
        Self { text: format!("{} {word}.", counted(reviewed.leads)), reviewed: Some(reviewed) }
    }

    /// That this was undone.
    pub(super) fn undone(leads: usize) -> Self {
        Self { text: format!("Undone for {}.", counted(leads)), reviewed: None }
    }

    /// That an outcome was recorded.
    pub(super) fn recorded(leads: usize) -> Self {
        Self { text: format!("Outcome recorded for {}.", counted(leads)), reviewed: None }
    }

    /// As it stands in a URL, where a plain form has led back.
    pub(super) fn read(search: &str) -> Option<Self> {
        let pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
        let (mut word, mut leads, mut at) = (None, None, None);
        for (key, value) in pairs {
            match &*key {
                "done" => {
                    word = ["accepted", "rejected", "undone", "outcome", "saved", "start"]
                        .into_iter()
                        .find(|known| value == *known)
                }
                "leads" => leads = value.parse::<usize>().ok(),
                "at" => at = value.parse::<i64>().ok(),
                _ => {}
            }
        }
        match (word?, leads, at) {
            ("saved", ..) => Some(Self { text: "The view is saved.".to_owned(), reviewed: None }),
            ("start", ..) => {
                Some(Self { text: "“Leads” begins with this list from now on.".to_owned(), reviewed: None })
            }
            ("undone", Some(leads), _) => Some(Self::undone(leads)),
            ("outcome", Some(leads), _) => Some(Self::recorded(leads)),
            (word, Some(leads), Some(at)) => Some(Self::reviewed(word, Reviewed { leads, at })),
            _ => None,
        }
    }
}

fn counted(leads: usize) -> Count {
    Count::Exactly(leads as u64)
}

/// What was done, with the way to undo it.
pub(super) fn done_alert(done: Done, list: String) -> impl IntoView {
    let undo = done.reviewed.map(|reviewed| {
        view! {
            <form method="post" action=UndoReviews::url()>
                <input type="hidden" name="at" value=reviewed.at.to_string()/>
                <input type="hidden" name="list" value=list/>
                <button class="button" type="submit">"Undo"</button>
            </form>
        }
    });
    view! { <div class="alert alert--good alert--row" role="status"><span>{done.text}</span>{undo}</div> }
}

/// The form. Its leads are the checkboxes of the rows, or `all` that the list has on all its pages, where those can be decided on
/// at once.
pub(super) fn bulk_form(list: String, all: Option<u64>, view: &LeadsView) -> impl IntoView + use<> {
    let all = all.map(|all| {
        let leads = Count::Exactly(all);
        view! {
            <label class="choice decision__all">
                <input type="checkbox" name="all" value=all.to_string()/>
                <span>{format!("All {leads} of this list, on all its pages")}</span>
            </label>
        }
    });
    let export = view.may_export.then(|| {
        view! { <button class="button" type="submit" formaction=EXPORT_CSV formnovalidate>"Export CSV"</button> }
    });
    view! {
        <form id=BULK method="post" action=ReviewLeads::url() class="decision" aria-label="Selected leads">
            // The first button is what the enter key presses in a field: it must not decide anything.
            <button type="submit" disabled hidden></button>
            <input type="hidden" name="list" value=list/>
            <p class="decision__count" role="status" data-selected>"With the selected leads:"</p>
            {all}
            {export}
            {view.may_review.then(|| decisions(&view.reasons))}
            {view.may_record.then(|| outcomes(&view.outcomes))}
        </form>
    }
}

/// What became of the selected leads. The names of its fields are not those of the decision beside it.
fn outcomes(choices: &[OutcomeChoice]) -> impl IntoView + use<> {
    let options = choices.iter().filter(|choice| choice.active).map(|choice| {
        view! { <option value=choice.code.clone()>{choice.label.clone()}</option> }
    });
    let options = options.collect_view();
    view! {
        <details class="decision__reject">
            <summary class="button">"Outcome…"</summary>
            <div class="decision__reasons">
                <label class="decision__field">
                    <span>"Outcome"</span>
                    <select class="input" name="outcome">{options}</select>
                </label>
                <label class="decision__field">
                    <span>"Value of a sale"</span>
                    <input class="input" name="value" inputmode="decimal" autocomplete="off" maxlength="30"/>
                </label>
                <label class="decision__field">
                    <span>"Why, if lost"</span>
                    <input class="input" name="outcome_comment" maxlength=domain::leads::Outcome::MAX_COMMENT.to_string()/>
                </label>
                <button class="button button--primary" type="submit" formaction=SetOutcomes::url() formnovalidate>"Record the outcome"</button>
            </div>
        </details>
    }
}

fn decisions(reasons: &[RejectReason]) -> impl IntoView + use<> {
    let reasons = reasons.iter().filter(|reason| reason.active).map(|reason| {
        view! { <option value=reason.code.clone()>{reason_label(reason)}</option> }
    });
    let reasons = reasons.collect_view();
    view! {
        <button class="button button--primary" type="submit" name="decision" value="accept" formnovalidate>"Accept"</button>
        <details class="decision__reject">
            <summary class="button">"Reject…"</summary>
            <div class="decision__reasons">
                <label class="decision__field">
                    <span>"Reason"</span>
                    <select class="input" name="reason" required>
                        <option value="">"Choose a reason"</option>
                        {reasons}
                    </select>
                </label>
                <label class="decision__field">
                    <span>"Comment"</span>
                    <input class="input" name="comment" maxlength=Review::MAX_COMMENT.to_string()/>
                </label>
                <button class="button button--danger" type="submit" name="decision" value="reject">"Reject"</button>
            </div>
        </details>
    }
}
