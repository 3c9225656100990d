//! The form of a draft. A plain form: its lines come back from the server as they were typed, right or wrong.

use domain::{
    invoices::{DraftView, LineForm},
    time::date,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    api::{DeleteInvoice, DraftBilling, IssueInvoice, SaveInvoice},
    billing::LeadsCard,
    draft_parts::{FIELDS, id_of, line_name, name_of, sums},
    live_draft::LiveDraft,
};
use crate::ui::{Done, FormAlert, FormError, TextArea, TextField, VersionField};

/// How many empty lines stand below those that are filled.
const EMPTY: usize = 3;
/// How many more are asked for at once.
const MORE: usize = 10;

/// The draft, to write on, to issue, to delete.
#[component]
pub(super) fn DraftCard(
    /// The draft.
    draft: DraftView,
    /// What leads there are to put on it.
    billing: DraftBilling,
    /// Whether the reader may change it.
    may_manage: bool,
    /// The error of saving it.
    error: FormError,
    /// The error of adding leads.
    bill_error: FormError,
    /// The error of issuing it.
    issue_error: FormError,
) -> impl IntoView {
    let leads = draft.clone();
    let DraftView { id, currency, form, totals, due_if_issued, missing, .. } = draft;
    let map = use_query_map();
    let empty = move || if map.read().get_str("done") == Some("more") { MORE } else { EMPTY };
    let tax = form.lines.last().map_or_else(|| "19".to_owned(), |line| line.tax_rate.clone());
    let lines = form.lines.clone();
    let stored = lines.len();
    // As many rows as were sent, if they came back with an error.
    let sent = move || {
        let error = error.get()?;
        let fields = error.fields();
        (0..).take_while(|index| fields.typed(&name_of(*index, "description")).is_some()).last().map(|last| last + 1)
    };
    let count = move || sent().unwrap_or(stored + empty());
    let rows = move || {
        (0..count())
            .map(|index| {
                let blank = LineForm { tax_rate: tax.clone(), ..LineForm::default() };
                view! { <Line index line=lines.get(index).cloned().unwrap_or(blank) error/> }
            })
            .collect_view()
    };
    view! {
        <LiveDraft>
            <div class="columns">
                <div class="stack">
                <LeadsCard draft=leads billing may_manage error=bill_error/>
                <section class="card" aria-labelledby="lines">
                    <h2 id="lines">"Other lines"</h2>
                    <Done word="saved" message="The draft is saved."/>
                    <FormAlert error/>
                    <form method="post" action=SaveInvoice::url() class="stack">
                        <input type="hidden" name="id" value=id.to_string()/>
                        <VersionField version=form.version() error/>
                        <div class="draft-lines" role="group" aria-label="Lines">{rows}</div>
                        <div><button class="button" type="button" data-add-line hidden>"Add a line"</button></div>
                        <p class="field__hint">{format!("Prices are in {}, before tax. Empty lines are ignored.", currency.code())}</p>
                        <div class="fields-row">
                            <TextField name="due_on" label="Due on" kind="date" value=form.due_on error
                                hint="Leave empty for the partner’s payment terms, counted from the day you issue it."/>
                        </div>
                        <TextArea name="note" label="Note" value=form.note error rows=2 max_length=1_000/>
                        {may_manage.then(|| view! {
                            <div class="page__ways">
                                <button class="button button--primary" type="submit">"Save the draft"</button>
                                <button class="button" type="submit" name="then" value="more">"Save and add lines"</button>
                            </div>
                        })}
                    </form>
                </section>
                </div>
                <div class="stack">
                    <section class="card" aria-labelledby="sums">
                        <h2 id="sums">"Totals"</h2>
                        <dl class="data data--sums" data-sums=currency.code().to_owned() inner_html=sums(&totals, currency)></dl>
                    </section>
                    {may_manage.then(|| view! {
                        <section class="card" aria-labelledby="issue">
                            <h2 id="issue">"Issue"</h2>
                            <FormAlert error=issue_error/>
                            {match missing {
                                Some(missing) => view! { <p class="muted">{missing}</p> }.into_any(),
                                None => view! {
                                    <p class="muted">{format!("Issued today, it is due on {}. It gets the next number, the partner sees it at once and gets a mail, and it can never be changed again.", date(due_if_issued))}</p>
                                    <form method="post" action=IssueInvoice::url()>
                                        <input type="hidden" name="id" value=id.to_string()/>
                                        <button class="button button--primary" type="submit">"Issue the invoice"</button>
                                    </form>
                                }.into_any(),
                            }}
                            <details class="confirm">
                                <summary>"Delete the draft…"</summary>
                                <form method="post" action=DeleteInvoice::url()>
                                    <input type="hidden" name="id" value=id.to_string()/>
                                    <button class="button button--danger" type="submit">"Delete this draft"</button>
                                </form>
                            </details>
                        </section>
                    })}
                </div>
            </div>
        </LiveDraft>
    }
}

/// Where a line can go: the move, what it is called, its sign.
const WAYS: [(&str, &str, &str); 3] = [("up", "Move up", "↑"), ("down", "Move down", "↓"), ("away", "Take away", "×")];

/// One line. What is wrong with it stands below all of its fields: the fields themselves are narrow.
#[component]
fn Line(index: usize, line: LineForm, error: FormError) -> impl IntoView {
    let values = [line.description, line.quantity, line.unit_price, line.tax_rate];
    let fields = FIELDS.into_iter().zip(values).map(|((field, label, max_length), value)| {
        view! { <LineField index field label value error max_length/> }
    });
    let messages = move || {
        let errors = error.get().map(|error| error.fields()).unwrap_or_default();
        let wrong = FIELDS.iter().filter_map(|(field, ..)| errors.get(&name_of(index, field)).map(ToOwned::to_owned));
        wrong.map(|message| view! { <p class="field__error">{message}</p> }).collect_view()
    };
    view! {
        <div class="draft-lines__line">
            {fields.collect_view()}
            <div class="draft-lines__ways" data-line-ways hidden>
                {WAYS.map(|(way, title, sign)| view! {
                    <button class="button button--quiet" type="button" data-move=way title=title
                        aria-label=line_name(index) + title>{sign}</button>
                }).into_iter().collect_view()}
            </div>
            <div class="draft-lines__errors" id=id_of(index, "errors")>{messages}</div>
        </div>
    }
}

#[component]
fn LineField(
    index: usize,
    field: &'static str,
    label: &'static str,
    value: String,
    error: FormError,
    max_length: usize,
) -> impl IntoView {
    let (name, id) = (name_of(index, field), id_of(index, field));
    let (wrong, typed) = (error.message(&name).is_some(), error.typed(&name));
    let wide = field == "description";
    view! {
        <div class="field" class:draft-lines__wide=wide>
            <label for=id.clone()><span class="sr-only">{line_name(index)}</span>{label}</label>
            <input id=id name=name type="text" inputmode=(!wide).then_some("decimal") value=typed.unwrap_or(value)
                maxlength=max_length.to_string() autocomplete="off" aria-describedby=id_of(index, "errors")
                aria-invalid=wrong.then_some("true")/>
        </div>
    }
}
