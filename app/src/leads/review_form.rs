//! Accepting and rejecting a lead.

use domain::{
    ids::LeadId,
    leads::{LeadStatus, RejectReason, Review},
};
use leptos::prelude::*;

use super::api::ReviewLead;
use crate::ui::{Alert, FormHelp};

/// The decision. It can be changed later; the history keeps every one.
#[component]
pub(super) fn ReviewForm(
    /// The lead.
    id: LeadId,
    /// What it is now.
    status: LeadStatus,
    /// The action that carries the decision out.
    action: ServerAction<ReviewLead>,
) -> impl IntoView {
    let error = move || action.value().get().and_then(Result::err);
    let wrong = move |name: &str| error().is_some_and(|error| error.fields().get(name).is_some());
    // The words are the page's own: an error can also come back in the URL, which anybody can write.
    let field = move |name: &'static str, message: &'static str| {
        wrong(name).then(|| {
            view! { <p class="field__error" id=format!("{name}-error")>{message}</p> }
        })
    };
    let question = match status {
        LeadStatus::New | LeadStatus::Viewed => "Accept this lead?",
        LeadStatus::Accepted => "You accepted this lead.",
        LeadStatus::Rejected => "You rejected this lead.",
    };
    view! {
        <FormHelp/>
        <section class="card" aria-labelledby="review">
            <h2 id="review">"Your decision"</h2>
            <p>{question}</p>
            {move || error().map(|error| view! { <Alert>{error.message()}</Alert> })}
            {(status != LeadStatus::Accepted).then(|| view! {
                <ActionForm action>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <input type="hidden" name="decision" value="accept"/>
                    <button class="button button--primary" type="submit">"Accept"</button>
                </ActionForm>
            })}
            <details class="reject" open=move || error().is_some()>
                <summary>{if status == LeadStatus::Rejected { "Change the reason" } else { "Reject…" }}</summary>
                <ActionForm action attr:class="stack">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <input type="hidden" name="decision" value="reject"/>
                    <div class="field">
                        <label for="reason">"Reason"</label>
                        <select id="reason" name="reason" required aria-describedby="reason-error"
                            aria-invalid=move || wrong("reason").then_some("true")>
                            <option value="">"Choose a reason"</option>
                            {RejectReason::ALL.iter().map(|reason| {
                                view! { <option value=reason.as_str()>{reason.label()}</option> }
                            }).collect_view()}
                        </select>
                        {move || field("reason", "Choose a reason.")}
                    </div>
                    <div class="field">
                        <label for="comment">"Comment"</label>
                        <textarea id="comment" name="comment" rows="3" maxlength=Review::MAX_COMMENT.to_string()
                            aria-describedby="comment-hint comment-error" aria-invalid=move || wrong("comment").then_some("true")></textarea>
                        <p class="field__hint" id="comment-hint">"Required for the reason “Other”."</p>
                        {move || field("comment", "Say what is wrong with this lead.")}
                    </div>
                    <button class="button button--danger" type="submit">"Reject this lead"</button>
                </ActionForm>
            </details>
        </section>
    }
}
