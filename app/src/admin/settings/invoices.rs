//! `/admin/settings/invoices`: who issues invoices, and how they are paid.

use domain::{settings::InvoicingForm, version::version};
use leptos::prelude::*;

use super::{
    api::{SaveInvoicing, SettingsView},
    frame::{SettingsFrame, save_button},
};
use crate::ui::{Done, FormAlert, TextArea, TextField, VersionField, form_error};

/// What stands on invoices.
#[component]
pub fn InvoicesSettingsPage() -> impl IntoView {
    let action = ServerAction::<SaveInvoicing>::new();
    let page = move |SettingsView { settings, may_manage, .. }: SettingsView| {
        view! { <Invoicing form=settings.invoicing may_manage action/> }.into_any()
    };
    view! { <SettingsFrame title="Invoices" page/> }
}

#[component]
fn Invoicing(form: InvoicingForm, may_manage: bool, action: ServerAction<SaveInvoicing>) -> impl IntoView {
    let error = form_error(move || action.value().get());
    view! {
        <section class="card card--form" aria-labelledby="invoicing">
            <h2 id="invoicing">"Invoice details"</h2>
            <p class="muted">"For invoices issued from now on; earlier ones stay as they are."</p>
            <Done word="invoicing" message="The invoice details are saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <VersionField version=version(form.fields()) error/>
                <TextField name="legal_name" label="Legal name" value=form.legal_name max_length=100 error hint="Leave empty for the company’s name."/>
                <TextArea name="address" label="Postal address" value=form.address rows=3 error/>
                <TextField name="vat_id" label="VAT id" value=form.vat_id max_length=100 error/>
                <TextArea name="payment_details" label="Payment details" value=form.payment_details rows=3 error hint="Bank, account number, what else partners need."/>
                <TextField name="payment_terms" label="Payment terms in days" value=form.payment_terms max_length=3 error hint="Unless a partner has its own."/>
                {save_button(may_manage, "Save the invoice details")}
            </ActionForm>
        </section>
    }
}
