//! The pages about a partner that only show: delivery, invoices, activity.

use domain::{admin::AdminPermission, audit::AuditQuery, invoices::AdminInvoiceQuery};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    api::{list_partner_activity, list_partner_invoices},
    frame::{PartnerTop, use_partner_id},
};
use crate::{
    admin::{
        IfMay,
        audit::EntryList,
        invoices::{AdminInvoiceTable, BeginInvoice},
    },
    error::AppError,
    ui::{ErrorPage, Pager},
};

/// `/admin/partners/{id}/invoices`.
#[component]
pub fn PartnerInvoicesPage() -> impl IntoView {
    let id = use_partner_id();
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| AdminInvoiceQuery::from_pairs(map.latest_values().map(|(key, value)| (key.as_ref(), value))))
    });
    let view = Resource::new(
        move || (id.get(), query.get()),
        |(id, query)| async move { list_partner_invoices(id.ok_or(AppError::NotFound)?, query).await },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok((head, page)) => {
                        let id = head.id;
                        let path = format!("/admin/partners/{id}/invoices");
                        let next = page.invoices.last().map(|invoice| invoice.id).filter(|_| page.has_next);
                        view! {
                            <PartnerTop head title="Invoices"/>
                            <IfMay permission=AdminPermission::ManageInvoices>
                                <form method="post" action=BeginInvoice::url()>
                                    <input type="hidden" name="partner" value=id.to_string()/>
                                    <button class="button" type="submit">"New invoice for this partner"</button>
                                </form>
                            </IfMay>
                            <AdminInvoiceTable invoices=page.invoices with_partner=false/>
                            <Pager first=None previous=None next=next.map(|after| {
                                AdminInvoiceQuery { after: Some(after), ..AdminInvoiceQuery::default() }.href(&path)
                            })/>
                        }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// `/admin/partners/{id}/activity`.
#[component]
pub fn PartnerActivityPage() -> impl IntoView {
    let id = use_partner_id();
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| AuditQuery::from_pairs(map.latest_values().map(|(key, value)| (key.as_ref(), value))))
    });
    let view = Resource::new(
        move || (id.get(), query.get()),
        |(id, query)| async move {
            let (head, entries, more) = list_partner_activity(id.ok_or(AppError::NotFound)?, query.clone()).await?;
            Ok::<_, AppError>((head, entries, more, query))
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok((head, entries, more, query)) => {
                        let path = format!("/admin/partners/{}/activity", head.id);
                        let next = entries.last().map(|entry| entry.sequence).filter(|_| more);
                        let first = query.before.map(|_| path.clone());
                        view! {
                            <PartnerTop head title="Activity"/>
                            <section class="card" aria-label="Events"><EntryList entries/></section>
                            <Pager first previous=None next=next.map(|before| {
                                AuditQuery { before: Some(before), ..AuditQuery::default() }.href(&path)
                            })/>
                        }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
