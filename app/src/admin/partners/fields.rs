//! The fields of a partner's data, for the form that creates and the one that changes.

use domain::partners::PartnerForm;
use leptos::prelude::*;

use crate::ui::{FormError, TextArea, TextField};

/// All of them.
#[component]
pub(super) fn PartnerFields(
    /// What they hold at first.
    form: PartnerForm,
    /// The time zones to propose.
    zones: Vec<String>,
    /// The error of the form's action.
    error: FormError,
) -> impl IntoView {
    view! {
        <TextField name="name" label="Name" value=form.name required=true error hint="Your name for the partner, unique among your partners."/>
        <div class="fields-row">
            <TextField name="contact_name" label="Contact name" value=form.contact_name error/>
            <TextField name="email" label="Contact email" kind="email" value=form.email error max_length=254/>
            <TextField name="phone" label="Phone" kind="tel" value=form.phone error/>
        </div>
        <fieldset class="fields-group">
            <legend>"For invoices"</legend>
            <TextField name="company" label="Legal name" value=form.company error hint="Leave empty for the name above."/>
            <div class="fields-row">
                <TextField name="street" label="Street and number" value=form.street error/>
                <TextField name="postal_code" label="Postal code" value=form.postal_code error/>
                <TextField name="city" label="City" value=form.city error/>
                <TextField name="country" label="Country" value=form.country error/>
            </div>
            <div class="fields-row">
                <TextField name="vat_id" label="VAT id" value=form.vat_id error max_length=30/>
                <TextField name="payment_terms" label="Payment terms in days" value=form.payment_terms error max_length=3 hint="Leave empty for the account’s."/>
            </div>
        </fieldset>
        <fieldset class="fields-group">
            <legend>"Internal"</legend>
            <div class="fields-row">
                <TextField name="external_ref" label="Reference in your CRM" value=form.external_ref error max_length=100/>
                <TextField name="tags" label="Tags" value=form.tags error max_length=900 hint="Separated by commas."/>
                <TextField name="time_zone" label="Time zone" value=form.time_zone error list="zones" hint="Leave empty for the account’s."/>
            </div>
            <TextArea name="internal_notes" label="Internal notes" value=form.internal_notes error hint="Partners never see them."/>
        </fieldset>
        <datalist id="zones">{zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}</datalist>
    }
}
