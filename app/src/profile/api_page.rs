//! `/partner/profile/api`: the partner's own API keys, and how other systems use them.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api_keys::{CreatePartnerKey, PartnerKeysView, RevokePartnerKey, list_partner_keys},
    frame::ProfileHead,
};
use crate::ui::{
    Copyable, Done, ErrorPage, FormAlert,
    api_keys::{FreshKey, KeyList, NewKeyForm},
    form_error,
};

/// The keys, the form to make one, and what to do with it.
#[component]
pub fn ApiPage() -> impl IntoView {
    let create = ServerAction::<CreatePartnerKey>::new();
    let revoke = ServerAction::<RevokePartnerKey>::new();
    let view = Resource::new(|| (), |()| list_partner_keys());
    let create_error = form_error(move || create.value().get());
    let revoke_error = form_error(move || revoke.value().get());
    view! {
        <ProfileHead title="API"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(PartnerKeysView { keys, new_key, offered, address }) => view! {
                        <FreshKey key=new_key/>
                        <div class="columns columns--side">
                            <section class="card" aria-labelledby="keys">
                                <h2 id="keys">"API keys"</h2>
                                <p class="muted">
                                    "With a key your own system reads leads and invoices, decides on leads and records what became of them. A key may do no more than whoever created it. "
                                    <a href=address.clone() rel="external">"API documentation"</a>
                                </p>
                                <Done word="revoked" message="The key is revoked and no longer works."/>
                                <FormAlert error=revoke_error/>
                                <KeyList keys revoke=RevokePartnerKey::url()/>
                            </section>
                            <NewKeyForm scopes=offered create=CreatePartnerKey::url() error=create_error/>
                            <Connect address/>
                        </div>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// How the tools that most partners have are connected.
#[component]
fn Connect(address: String) -> impl IntoView {
    let list = format!("curl -H \"Authorization: Bearer pp_live_…\" {address}/partner/leads");
    let sold = format!(
        "curl -X POST {address}/partner/leads/ref:CRM-4711/outcome \\\n  -H \"Authorization: Bearer pp_live_…\" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{{\"outcome\": \"sold\", \"value\": \"1200.50\"}}'"
    );
    let leads = format!("{address}/partner/leads?cursor=…");
    view! {
        <section class="card" aria-labelledby="connect">
            <h2 id="connect">"Connect Zapier, Make or n8n"</h2>
            <p class="muted">"New leads reach your tool by webhook at once, or it asks for them with a key. What became of them it reports with the key."</p>
            <h3>"New leads into your tool"</h3>
            <ol class="guide">
                <li>"Zapier: add the trigger “Webhooks by Zapier”, Catch Hook. Make: add “Webhooks”, Custom webhook. n8n: add a “Webhook” node for POST. Each shows an address."</li>
                <li>"Enter that address under " <a href="/partner/profile/delivery">"Delivery"</a> ", choose the webhook, save, and send the test."</li>
                <li>"The tool shows the fields of the test; go on from there to your CRM."</li>
            </ol>
            <h3>"Without a webhook: ask for new leads"</h3>
            <p>"Ask every few minutes, with the last " <code>"next_cursor"</code> " you were given: nothing is missed and nothing comes twice."</p>
            <p><Copyable><code class="sample">{list}</code></Copyable></p>
            <p><code>{leads}</code></p>
            <h3>"What became of a lead"</h3>
            <ol class="guide">
                <li>"Zapier: add the action “Webhooks by Zapier”, Custom Request. Make: “HTTP”, Make a request. n8n: an “HTTP Request” node."</li>
                <li>"Method POST, the address and the body as below, and the header " <code>"Authorization: Bearer"</code> " with your key."</li>
                <li>"A lead is named by its id, or by " <code>"ref:"</code> " and the " <code>"external_id"</code> " that came with it."</li>
            </ol>
            <p><Copyable><code class="sample">{sold}</code></Copyable></p>
        </section>
    }
}
