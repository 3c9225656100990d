//! What becomes of a lead, on its page: the outcome by one tap, the next step, the notes.

use domain::{
    ids::{LeadId, UserId},
    leads::{LeadDetail, NextStep, Note, NoteAuthor, OutcomeChoice, OutcomeKind},
};
use leptos::prelude::*;

use super::outcome_api::{PlanNextStep, SetOutcome, WriteNote};
use crate::ui::{Done, FormAlert, SelectField, TextArea, TextField, When, form_error};

/// The lead's outcome, and the others to choose from. What is still open takes one tap; a sale may have a value, a loss has a reason.
#[component]
pub(super) fn OutcomeCard(
    /// The lead.
    lead: LeadDetail,
    /// The account's outcomes.
    choices: Vec<OutcomeChoice>,
    /// The account's currency.
    currency: String,
    /// The action that records one.
    action: ServerAction<SetOutcome>,
) -> impl IntoView {
    let id = lead.summary.id;
    let error = form_error(move || action.value().get());
    let now = lead.outcome.as_ref().map(|outcome| outcome.code.clone());
    let said = match &lead.outcome {
        None => "Nothing recorded yet.".to_owned(),
        Some(outcome) => {
            let label = OutcomeChoice::label_of(&choices, &outcome.code).to_owned();
            outcome.value.map_or(label.clone(), |value| format!("{label}, {value}"))
        }
    };
    let offered: Vec<_> = choices.into_iter().filter(|choice| choice.active).collect();
    let is_now = |code: &str| now.as_deref() == Some(code);
    // The form whose outcome was refused comes back open, with what is wrong beside its field.
    let refused = error.typed("outcome");
    let wrong = move |field: &str| error.message(field);
    let taps = offered.iter().filter(|choice| choice.kind == OutcomeKind::Open).map(|choice| {
        let pressed = if is_now(&choice.code) { "true" } else { "false" };
        view! {
            <button class="button" type="submit" name="outcome" value=choice.code.clone() aria-pressed=pressed>
                {choice.label.clone()}
            </button>
        }
    });
    let taps = taps.collect_view();
    let more = offered.into_iter().filter(|choice| choice.kind != OutcomeKind::Open).map(move |choice| {
        let (code, label) = (choice.code.clone(), choice.label.clone());
        let open = refused.as_ref() == Some(&choice.code);
        let message = |field: &str| {
            let message = wrong(field).filter(|_| open);
            message.map(|message| view! { <p class="field__error">{message}</p> })
        };
        let field = match choice.kind {
            OutcomeKind::Won => {
                let label = format!("Value in {currency}, if you want to say");
                let name = format!("value-{}", choice.code);
                view! {
                    <div class="field">
                        <label for=name.clone()>{label}</label>
                        <input id=name name="value" inputmode="decimal" autocomplete="off" maxlength="30"/>
                        {message("value")}
                    </div>
                }
                .into_any()
            }
            _ => {
                let name = format!("comment-{}", choice.code);
                view! {
                    <div class="field">
                        <label for=name.clone()>"Why nothing came of it"</label>
                        <textarea id=name name="comment" rows="2" required maxlength=domain::leads::Outcome::MAX_COMMENT.to_string()></textarea>
                        {message("comment")}
                    </div>
                }
                .into_any()
            }
        };
        view! {
            <details class="reject" open=open>
                <summary>{format!("{}…", choice.label)}</summary>
                <ActionForm action attr:class="stack stack--tight">
                    <input type="hidden" name="id" value=id.to_string()/>
                    {field}
                    <button class="button button--primary" type="submit" name="outcome" value=code>{label}</button>
                </ActionForm>
            </details>
        }
    });
    let more = more.collect_view();
    let back = now.is_some().then(
        || view! { <button class="button button--quiet" type="submit" name="outcome" value="">"Take back"</button> },
    );
    view! {
        <section class="card" aria-labelledby="outcome">
            <h2 id="outcome">"Outcome"</h2>
            <p data-outcome><strong>{said}</strong></p>
            <FormAlert error/>
            <ActionForm action attr:class="taps">
                <input type="hidden" name="id" value=id.to_string()/>
                {taps}
                {back}
            </ActionForm>
            {more}
        </section>
    }
}

/// What is to be done next.
#[component]
pub(super) fn NextStepCard(
    /// The lead.
    id: LeadId,
    /// What is planned.
    step: NextStep,
    /// The partner's users.
    people: Vec<(UserId, String)>,
    /// The state of the list it was opened from.
    list: String,
    /// The action that plans it.
    action: ServerAction<PlanNextStep>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let nobody = std::iter::once((String::new(), "Nobody in particular".to_owned()));
    let choices: Vec<_> = nobody.chain(people.into_iter().map(|(id, name)| (id.to_string(), name))).collect();
    view! {
        <section class="card" aria-labelledby="next">
            <h2 id="next">"Next step"</h2>
            <Done word="planned" message="The next step is saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack stack--tight">
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="list" value=list/>
                <TextField name="next_step" label="What is to be done" error value=step.text max_length=NextStep::MAX_TEXT/>
                <TextField name="next_step_on" label="On" kind="date" error value=step.on.map(|day| day.to_string()).unwrap_or_default()/>
                <SelectField name="assignee" label="Who sees to it" error choices
                    value=step.assignee.map(|id| id.to_string()).unwrap_or_default()/>
                <button class="button" type="submit">"Save the next step"</button>
            </ActionForm>
        </section>
    }
}

/// The notes that the partner reads, and the form for another one.
#[component]
pub(super) fn NotesCard(
    /// The lead.
    id: LeadId,
    /// The notes, oldest first.
    notes: Vec<Note>,
    /// What the account is called.
    account: String,
    /// Whether the reader may write one.
    may_write: bool,
    /// The state of the list it was opened from.
    list: String,
    /// The action that writes one.
    action: ServerAction<WriteNote>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let share = format!("{account} reads it as well");
    let form = may_write.then(|| {
        view! {
            <FormAlert error/>
            <ActionForm action attr:class="stack stack--tight">
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="list" value=list/>
                <TextArea name="note" label="New note" error rows=3 max_length=Note::MAX_TEXT/>
                <label class="choice"><input type="checkbox" name="shared" value="yes"/>{share}</label>
                <button class="button" type="submit">"Write"</button>
            </ActionForm>
        }
    });
    view! {
        <section class="card" aria-labelledby="notes">
            <h2 id="notes">"Notes"</h2>
            <Done word="noted" message="The note is written."/>
            <NoteList notes own=NoteAuthor::Partner other=account/>
            {form}
        </section>
    }
}

/// Notes, oldest first.
#[component]
pub(crate) fn NoteList(
    /// The notes.
    notes: Vec<Note>,
    /// Whose side reads them.
    own: NoteAuthor,
    /// What the other side is called.
    #[prop(into)]
    other: String,
) -> impl IntoView {
    if notes.is_empty() {
        return view! { <p class="muted">"No notes yet."</p> }.into_any();
    }
    let row = |note: Note| {
        let about = match (note.author == own, note.shared) {
            (true, true) => format!("shared with {other}"),
            (true, false) => "for your side only".to_owned(),
            (false, _) => format!("from {other}"),
        };
        view! {
            <li class="note" class:note--other=note.author != own>
                <p class="note__text"><bdi>{note.text}</bdi></p>
                <p class="muted"><bdi>{note.by}</bdi> ", " {about} ", " <When time=note.at/></p>
            </li>
        }
    };
    view! { <ul class="notes">{notes.into_iter().map(row).collect_view()}</ul> }.into_any()
}
