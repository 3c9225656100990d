//! For whoever builds the receiver: what comes, how to see that it comes from here, what to answer.

use leptos::prelude::*;

/// A body as it comes.
const SAMPLE: &str = r#"POST /leads HTTP/1.1
content-type: application/json
webhook-id: msg_019ab1c2d3e47f508192a3b4c5d6e7f8
webhook-timestamp: 1795521600
webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=

{"type":"lead.delivered","timestamp":"2026-11-24T12:00:00.000000Z","data":{
 "lead_id":"019ab1c2-d3e4-7f50-8192-a3b4c5d6e7f8","external_id":"CRM-4711",
 "delivered_at":"2026-11-24T12:00:00.000000Z","name":"Ada Byron",
 "email":"ada@example.com","phone":"+49 30 5550 1234","campaign":"Solar",
 "price":{"amount":"25.00","currency":"EUR"},
 "fields":[{"name":"Roof","value":"flat"}]}}"#;

/// The check in the languages receivers are written in.
const CHECKS: [(&str, &str); 4] = [
    (
        "Shell with openssl",
        r#"# body.json holds the body exactly as it came; SECRET is whsec_…
key=$(printf %s "${SECRET#whsec_}" | base64 -d | xxd -p -c 256)
{ printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat body.json; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64
# One of the signatures, after its "v1,", is the same text."#,
    ),
    (
        "Python",
        r#"from standardwebhooks import Webhook   # pip install standardwebhooks
event = Webhook(secret).verify(body, headers)   # raises when it is not ours"#,
    ),
    (
        "JavaScript",
        r#"import { Webhook } from 'standardwebhooks';   // npm install standardwebhooks
const event = new Webhook(secret).verify(body, headers);   // throws when it is not ours"#,
    ),
    (
        "PHP",
        r#"[$id, $time] = [$_SERVER['HTTP_WEBHOOK_ID'], $_SERVER['HTTP_WEBHOOK_TIMESTAMP']];
$body = file_get_contents('php://input');
$key = base64_decode(substr($secret, strlen('whsec_')));
$mine = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
$good = abs(time() - (int) $time) < 300 && array_filter(
    explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE']), fn ($given) => hash_equals($mine, $given));"#,
    ),
];

/// What a receiver has to know.
#[component]
pub(crate) fn ReceiverGuide() -> impl IntoView {
    let checks = CHECKS.map(|(language, code)| {
        view! { <h3>{language}</h3> <pre class="code" tabindex="0"><code>{code}</code></pre> }
    });
    view! {
        <section class="card" aria-labelledby="receiver">
            <h2 id="receiver">"For developers of your receiver"</h2>
            <details class="more">
                <summary>"What is sent, how to verify it, how to respond"</summary>
                <div class="stack">
                    <p>"Each lead comes as one POST. "<a href="/schemas/lead.delivered.v1.json">"A JSON Schema"</a>" describes the body; a test has the type "<code>"webhook.test"</code>"."</p>
                    <pre class="code" tabindex="0"><code>{SAMPLE}</code></pre>
                    <p>"Answer any 2xx within 15 seconds, best before you do anything with the lead. Anything else, a redirect included, counts as a failure and is tried again for about three days, with growing pauses; a "<code>"Retry-After"</code>" is honoured. Answer 410 to get nothing any more."</p>
                    <p>"The same lead can come twice. Its "<code>"webhook-id"</code>" stays the same then: keep the ids you have seen."</p>
                    <p>"Check the signature over the body exactly as it came, and that the timestamp is not older than five minutes:"</p>
                    {checks.into_iter().collect_view()}
                </div>
            </details>
        </section>
    }
}
