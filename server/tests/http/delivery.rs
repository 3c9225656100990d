//! Pushing to a receiver that misbehaves: a real one, on loopback, that answers as it is told.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::TimeDelta;
use domain::{
    access::Permission,
    audit::AuditAction,
    clock::OsEntropy,
    delivery::{CredentialsChoice, DeliveryChoice, DeliveryState, EmailMode, LeadField, OffReason, schedule::PAUSES},
    email::Email,
    ids::PartnerId,
    leads::LeadStatus,
};
use portal_server::{
    egress::{Egress, PORTS, Rules},
    workers::{lead_mails as mails, webhooks::WebhookWorker},
};
use store::{
    access::PartnerScope,
    delivery::{self, SentAlong},
    leads::{self, Push},
};
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::{
    browser::form,
    world::{MEMBER, OWNER, STRANGER, World, lead},
};

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Does {
    Answers(u16),
    /// Answers, and closes the connection: the next one has to be made anew.
    Closes(u16),
    AsksToWait(&'static str),
    SendsOn(String),
    SendsMuch,
    Hangs,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) id: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: serde_json::Value,
    /// The body as it was sent and signed.
    pub(crate) sent: Bytes,
}

#[derive(Clone, Default)]
pub(crate) struct Receiver {
    script: Arc<Mutex<VecDeque<Does>>>,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    /// A receiver that does this, one after the other, then answers 200; and its address.
    pub(crate) async fn start(script: impl IntoIterator<Item = Does>) -> (Self, String) {
        let (receiver, address, _) = Self::listen("127.0.0.1:0", script).await;
        (receiver, format!("http://{address}/leads"))
    }

    /// One at an address of its own choice, with what ends it.
    async fn listen(
        address: &str,
        script: impl IntoIterator<Item = Does>,
    ) -> (Self, SocketAddr, tokio::task::JoinHandle<()>) {
        let receiver = Self { script: Arc::new(Mutex::new(script.into_iter().collect())), ..Self::default() };
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/leads", post(receive)).with_state(receiver.clone());
        (receiver, address, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
    }

    pub(crate) fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    let came = Came { id, headers, body: serde_json::from_slice(&body).unwrap(), sent: body };
    receiver.came.lock().unwrap().push(came);
    let does = receiver.script.lock().unwrap().pop_front().unwrap_or(Does::Answers(200));
    match does {
        Does::Answers(status) => (StatusCode::from_u16(status).unwrap(), "as told").into_response(),
        Does::Closes(status) => (StatusCode::from_u16(status).unwrap(), [("connection", "close")]).into_response(),
        Does::AsksToWait(retry_after) => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", retry_after)]).into_response()
        }
        Does::SendsOn(target) => (StatusCode::FOUND, [("location", target)]).into_response(),
        Does::SendsMuch => {
            let chunk = Bytes::from(vec![b'x'; 1 << 20]);
            let chunks = futures::stream::iter((0..50).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
            Body::from_stream(chunks).into_response()
        }
        Does::Hangs => {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            StatusCode::OK.into_response()
        }
    }
}

impl World {
    pub(crate) fn webhooks(&self) -> WebhookWorker {
        let rules = Rules { allow_private: true, https_only: false, ports: PORTS.to_vec() };
        let egress = Egress::with_timeout(rules, Duration::from_millis(400)).unwrap();
        WebhookWorker::new(self.db.clone(), self.portal.clone(), egress, Arc::new(OsEntropy)).unwrap()
    }

    pub(crate) async fn delivery_scope(&self, email: &str) -> PartnerScope {
        let user = self.user(email).await;
        let session =
            store::access::PartnerSession::of_authenticated_user(&mut self.read().await, user).await.unwrap().unwrap();
        session.require(Permission::ViewDeliverySettings).unwrap()
    }

    /// Sets a partner's webhook and secret up as its page does, but for the check of the address.
    pub(crate) async fn has_webhook(&self, email: &str, url: &str, email_mode: EmailMode) {
        let scope = self.delivery_scope(email).await;
        let recipients = vec![Email::parse("leads@northwind.example").unwrap()];
        let (credentials, fields) = (CredentialsChoice::Keep, LeadField::ALL.to_vec());
        let webhook_url = url.to_owned();
        let choice = DeliveryChoice { webhook_url, credentials, headers: Vec::new(), fields, email_mode, recipients };
        let mut tx = self.db.begin_write().await.unwrap();
        delivery::save(&mut tx, &scope, &choice).await.unwrap();
        tx.commit().await.unwrap();
        let browser = self.logged_in(email).await;
        assert_eq!(browser.calls("/fn/profile/rotate-secret", form(&[])).await.status, 200);
    }

    pub(crate) async fn gets(&self, partner: PartnerId, external_ids: &[&str]) {
        let leads: Vec<_> = external_ids.iter().map(|id| (lead(id, "Ada", 1), LeadStatus::New)).collect();
        let mut tx = self.db.begin_write().await.unwrap();
        leads::insert_unscoped(&mut tx, self.account, partner, &leads, Push::Out).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Whatever goes wrong on the way, the lead arrives in the end, under one id, and was tried when the schedule says.
#[tokio::test]
async fn a_lead_arrives_in_the_end() {
    let world = World::new().await;
    let (elsewhere, target) = Receiver::start([]).await;
    let script = [Does::Answers(500), Does::Hangs, Does::SendsOn(target), Does::AsksToWait("7200"), Does::Closes(404)];
    let (receiver, address, serving) = Receiver::listen("127.0.0.1:0", script).await;
    world.has_webhook(OWNER, &format!("http://{address}/leads"), EmailMode::Off).await;
    world.gets(world.northwind, &["A-1"]).await;
    let webhooks = world.webhooks();
    let mut pauses = PAUSES.into_iter();
    // The fourth answer asks for two hours, as long as its own pause; the others are waited for by the schedule.
    let mut attempt = async || {
        assert_eq!(webhooks.run_once().await, 1);
        assert_eq!(webhooks.run_once().await, 0, "not before its time");
        let pause = pauses.next().unwrap();
        world.clock.advance(TimeDelta::milliseconds(pause * 1_000 - 1));
        assert_eq!(webhooks.run_once().await, 0, "not a moment before its time");
        world.clock.advance(TimeDelta::milliseconds(pause * 100 + 1));
    };
    for _ in 0..5 {
        attempt().await;
    }
    // It dies in the middle of a request, then altogether, and comes back.
    serving.abort();
    let _ = serving.await;
    let dying = TcpListener::bind(address).await.unwrap();
    let reset = async {
        let (mut connection, _) = dying.accept().await.unwrap();
        connection.read_exact(&mut [0; 64]).await.unwrap();
        connection.set_zero_linger().unwrap();
    };
    tokio::join!(attempt(), reset);
    drop(dying);
    attempt().await;
    let (returned, _, _) = Receiver::listen(&address.to_string(), [Does::SendsMuch]).await;
    assert_eq!(webhooks.run_once().await, 1);
    assert_eq!(webhooks.run_once().await, 0, "it has arrived");
    let came = [receiver.came(), returned.came()].concat();
    assert_eq!(came.len(), 6);
    assert!(came.iter().all(|one| one.id == came[0].id && one.body == came[0].body), "the same every time");
    assert_eq!(came[0].body["data"]["external_id"], "A-1");
    assert!(came[0].headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
    assert!(elsewhere.came().is_empty(), "redirects are not followed");
    let scope = world.delivery_scope(OWNER).await;
    let page = delivery::page(&mut world.read().await, &scope, None).await.unwrap();
    assert_eq!(page.deliveries[0].state, DeliveryState::Delivered);
    let (_, attempts) = delivery::get(&mut world.read().await, &scope, page.deliveries[0].id).await.unwrap().unwrap();
    // What a broken connection is called in detail, the system decides.
    let failure = |failure: &str| failure.split(':').next().unwrap().to_owned();
    let ends: Vec<_> = attempts.iter().rev().map(|one| (one.status, failure(&one.failure))).collect();
    let wanted = [
        (Some(500), ""),
        (None, "no answer in time"),
        (Some(302), "a redirect to http"),
        (Some(429), ""),
        (Some(404), ""),
        (None, "the connection broke"),
        (None, "no connection"),
        (Some(200), ""),
    ];
    assert_eq!(ends, wanted.map(|(status, failure)| (status, failure.to_owned())));
    assert_eq!(attempts[7].excerpt, "as told");

    let browser = world.logged_in(OWNER).await;
    let log = browser.opens("/partner/profile/delivery/log").await;
    assert!(log.body.contains("Delivered") && log.body.contains(">8<"), "{}", log.body);
    let one = format!("/partner/profile/delivery/log/{}", page.deliveries[0].id);
    assert!(browser.opens(&one).await.body.contains("No answer: no answer in time"));
    let stranger = world.logged_in(STRANGER).await;
    assert_eq!(stranger.opens(&one).await.status, 404);

    // From the lead's own page to its deliveries, and sent once more from there.
    let (id, _) = page.deliveries[0].lead.clone().unwrap();
    assert!(browser.opens(&format!("/partner/leads/{id}")).await.body.contains(&format!("href=\"{one}\"")));
    assert!(browser.opens(&one).await.body.contains("Send this lead again"));
    let again = form(&[("lead", &id.to_string())]);
    assert_eq!(stranger.calls("/fn/delivery/replay", again.clone()).await.status, 422, "no lead of theirs, no webhook");
    let replayed = browser.submits(&one, "/fn/delivery/replay", &[("lead", &id.to_string())]).await;
    assert!(replayed.location().ends_with("done=replayed&leads=1"), "{}", replayed.location());
    assert!(!browser.opens(&one).await.body.contains("Send this lead again"), "it waits already");
    assert_eq!(webhooks.run_once().await, 1);
    assert_eq!(returned.came()[1].id, came[0].id, "under the id it had");
}

/// One endpoint that never answers holds up nobody else's leads.
#[tokio::test]
async fn a_dead_endpoint_slows_nobody() {
    let world = World::new().await;
    let (_, hanging) = Receiver::start(std::iter::repeat_n(Does::Hangs, 100)).await;
    let (receiver, url) = Receiver::start([]).await;
    world.has_webhook(OWNER, &hanging, EmailMode::Off).await;
    world.has_webhook(STRANGER, &url, EmailMode::Off).await;
    let many: Vec<String> = (0..100).map(|n| format!("L-{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    world.gets(world.northwind, &many).await;
    world.gets(world.contoso, &many).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let working = tokio::spawn(world.webhooks().work(stopped));
    let began = Instant::now();
    while receiver.came().len() < 100 {
        assert!(began.elapsed() < Duration::from_secs(20), "{} came", receiver.came().len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(5), working).await.expect("it ends when told to").unwrap();
    let mut ids: Vec<String> = receiver.came().into_iter().map(|one| one.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100, "each once");
    let scope = world.delivery_scope(OWNER).await;
    assert_eq!(
        delivery::page(&mut world.read().await, &scope, None).await.unwrap().waiting,
        100,
        "and nothing is lost"
    );
}

/// 410 switches the webhook off and tells the partner; saving the settings switches it on, and what was missed is replayed.
#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let world = World::new().await;
    let (receiver, url) = Receiver::start([Does::Answers(410)]).await;
    world.has_webhook(OWNER, &url, EmailMode::Off).await;
    world.gets(world.northwind, &["A-1", "A-2"]).await;
    let webhooks = world.webhooks();
    webhooks.run_once().await;
    world.gets(world.northwind, &["A-3"]).await;
    world.clock.advance(TimeDelta::days(7));
    assert_eq!(webhooks.run_once().await, 0);
    let before = receiver.came().len();
    let scope = world.delivery_scope(OWNER).await;
    let off = delivery::settings(&mut world.read().await, &scope).await.unwrap().health.off;
    assert_eq!(off.map(|(_, reason)| reason), Some(OffReason::Gone));
    assert_eq!(world.events(AuditAction::WebhookSwitchedOff).await.len(), 1);
    let browser = world.logged_in(OWNER).await;
    assert!(browser.opens("/partner/profile/delivery").await.body.contains("The webhook is switched off"));
    assert!(world.mails().await.iter().any(|mail| mail.text.contains("Your webhook was switched off")));

    world.has_webhook(OWNER, &url, EmailMode::Off).await;
    let browser = world.logged_in(OWNER).await;
    let days = form(&[("what", "days"), ("from", "2026-11-22"), ("to", "2026-11-22")]);
    assert_eq!(browser.calls("/fn/delivery/replay", days).await.status, 200);
    assert_eq!(world.events(AuditAction::LeadsReplayed).await.len(), 1);
    webhooks.run_once().await;
    let came: Vec<_> = receiver.came().split_off(before);
    let mut names: Vec<_> =
        came.iter().map(|one| one.body["data"]["external_id"].as_str().unwrap().to_owned()).collect();
    names.sort_unstable();
    assert_eq!(names, ["A-1", "A-2", "A-3", "N-1", "N-2"], "every lead of the day, those from before the webhook too");
}

/// An endpoint that takes nothing for days is switched off, after as many attempts as the schedule has.
#[tokio::test]
async fn an_endpoint_that_fails_for_days_is_switched_off() {
    let world = World::new().await;
    let (receiver, url) = Receiver::start(std::iter::repeat_n(Does::Answers(503), 100)).await;
    world.has_webhook(OWNER, &url, EmailMode::Off).await;
    world.gets(world.northwind, &["A-1"]).await;
    let webhooks = world.webhooks();
    for pause in PAUSES {
        assert_eq!(webhooks.run_once().await, 1);
        world.clock.advance(TimeDelta::milliseconds(pause * 1_100));
    }
    assert_eq!(webhooks.run_once().await, 1);
    assert_eq!(receiver.came().len(), PAUSES.len() + 1);
    let scope = world.delivery_scope(OWNER).await;
    let settings = delivery::settings(&mut world.read().await, &scope).await.unwrap();
    assert_eq!(settings.health.off.map(|(_, reason)| reason), Some(OffReason::Failing));
    assert_eq!(delivery::page(&mut world.read().await, &scope, None).await.unwrap().failed, 1);
}

/// After several failures the others are spared: one push at a time, then a rest; a good answer ends it.
#[tokio::test]
async fn a_failing_endpoint_rests_and_recovers() {
    let world = World::new().await;
    let (receiver, url) = Receiver::start(std::iter::repeat_n(Does::Answers(500), 5)).await;
    world.has_webhook(OWNER, &url, EmailMode::Off).await;
    let many: Vec<String> = (0..50).map(|n| format!("L-{n}")).collect();
    world.gets(world.northwind, &many.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let webhooks = world.webhooks();
    let tried = webhooks.run_once().await;
    assert!((5..=12).contains(&tried), "it stopped after {tried} of 50");
    world.clock.advance(TimeDelta::minutes(20));
    webhooks.run_once().await;
    let scope = world.delivery_scope(OWNER).await;
    assert_eq!(delivery::page(&mut world.read().await, &scope, None).await.unwrap().waiting, 0);
    let delivered = receiver.came().len();
    assert!(delivered >= 50, "{delivered}");
}

/// A lead's mail goes out as it comes, a digest holds the day's leads, once.
#[tokio::test]
async fn mails_tell_of_leads_once() {
    let world = World::new().await;
    world.has_webhook(OWNER, "", EmailMode::Digest).await;
    world.has_webhook(STRANGER, "", EmailMode::Each).await;
    world.gets(world.northwind, &["A-1", "A-2"]).await;
    world.gets(world.contoso, &["C-7"]).await;
    assert_eq!(mails::run_once(&world.db, &world.config.public_url).await.unwrap(), 1, "the one by itself");
    world.clock.advance(TimeDelta::hours(24));
    world.gets(world.northwind, &["A-3"]).await;
    let both = tokio::join!(
        mails::run_once(&world.db, &world.config.public_url),
        mails::run_once(&world.db, &world.config.public_url)
    );
    assert_eq!(both.0.unwrap() + both.1.unwrap(), 1);
    assert_eq!(mails::run_once(&world.db, &world.config.public_url).await.unwrap(), 0);
    let mails = world.mails().await;
    let digest =
        mails.iter().map(|mail| &mail.text).find(|mail| mail.contains("2 new leads on 2026-11-22")).expect("a digest");
    assert!(digest.contains("a-1@mail.example") && digest.contains("a-2@mail.example"), "{digest}");
    assert!(!digest.contains("a-3@mail.example") && !digest.contains("c-7@mail.example"));
}

/// A file of leads that is imported for a partner with a mail for each lead makes one mail, not one for each row.
#[tokio::test]
async fn many_leads_at_once_come_in_one_mail() {
    let world = World::new().await;
    world.has_webhook(STRANGER, "", EmailMode::Each).await;
    let ids: Vec<String> = (0..11).map(|number| format!("E-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.gets(world.contoso, &ids[..10]).await;
    assert_eq!(mails::run_once(&world.db, &world.config.public_url).await.unwrap(), 10);
    world
        .gets(
            world.contoso,
            &[&ids[10..], &["D-0", "D-1", "D-2", "D-3", "D-4", "D-5", "D-6", "D-7", "D-8", "D-9"]].concat(),
        )
        .await;
    assert_eq!(mails::run_once(&world.db, &world.config.public_url).await.unwrap(), 1);
    let mails = world.mails().await;
    assert!(mails.iter().any(|mail| mail.text.contains("11 new leads") && mail.text.contains("d-9@mail.example")));
}

/// Whoever redirects a partner's leads does not do so in silence: its owners hear of it, and of nothing when nothing has changed.
#[tokio::test]
async fn owners_hear_of_changed_delivery_settings() {
    let world = World::new().await;
    let member = world.logged_in(MEMBER).await;
    let save = async |recipients: &str| {
        let fields = [("email_mode", "each"), ("recipients", recipients)];
        assert_eq!(member.calls("/fn/profile/save-delivery", form(&fields)).await.status, 200);
        world.mails().await
    };
    let mails = save("elsewhere@northwind.example").await;
    let to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, [MEMBER, OWNER], "whoever did it is told, too");
    let text = &mails[1].text;
    assert!(text.contains("The member has changed") && text.contains("- when leads are emailed"), "{text}");
    assert!(text.contains("- who gets the emails") && !text.contains("- the address of the webhook"), "{text}");
    assert!(save("elsewhere@northwind.example").await.is_empty(), "nothing was changed");
    assert_eq!(member.calls("/fn/profile/rotate-secret", form(&[])).await.status, 200);
    let mails = world.mails().await;
    assert!(mails.len() == 2 && mails[1].text.contains("- the signing secret of the webhook"));
    assert!(mails.iter().all(|mail| !mail.text.contains("whsec_")));
}

/// The address of a webhook is judged when it is saved.
#[tokio::test]
async fn addresses_of_private_networks_are_refused_when_they_are_saved() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    for bad in [
        "http://127.0.0.1/x", "http://2130706433/x", "http://localhost/x", "http://[::ffff:10.0.0.1]/x",
        "https://crm.example:22/",
    ] {
        let fields = [("webhook_url", bad), ("email_mode", "off")];
        let answer = nora.calls("/fn/profile/save-delivery", form(&fields)).await;
        assert_eq!(answer.status, 422, "{bad}");
        assert!(answer.body.contains("webhook_url"), "{}", answer.body);
    }
}

/// A name and password in the address and headers of the partner's own go along with every push, are shown to nobody, stay when
/// the form is saved as it is shown, and never go to another host.
#[tokio::test]
async fn what_a_partner_wants_sent_along_is_kept_secret_and_sent() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let save = async |url: &str, headers: &str, forget: &str| {
        let fields =
            [("webhook_url", url), ("headers", headers), ("forget_credentials", forget), ("email_mode", "off")];
        nora.calls("/fn/profile/save-delivery", form(&fields)).await
    };
    let answer =
        save("HTTPS://u5er7:s3cr%C3%A9t@hooks.example.com/leads", "X-Api-Key: k3y-of-ours: 1\nX-Tenant: acme", "")
            .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let page = nora.opens("/partner/profile/delivery").await.body;
    assert!(page.contains("https://hooks.example.com/leads") && page.contains("X-Api-Key: ••••"), "{page}");
    let shown = |page: &str| ["s3cr%", "s3crét", "k3y-of-ours", "u5er7"].iter().any(|secret| page.contains(secret));
    assert!(!shown(&page));
    // Saved again as it is shown, with one header less; then pointed at a receiver that listens, as if its name led there.
    assert_eq!(save("https://hooks.example.com/other", "X-Api-Key: ••••••••", "").await.status, 200);
    let (receiver, address) = Receiver::start([]).await;
    world.has_webhook(OWNER, &address, EmailMode::Off).await;
    world.gets(world.northwind, &["A-1"]).await;
    assert_eq!(world.webhooks().run_once().await, 1);
    let came = receiver.came().remove(0).headers;
    assert_eq!(came["authorization"].as_bytes(), b"Basic dTVlcjc6czNjcsOpdA==", "u5er7:s3crét in Base64");
    assert_eq!((came["x-api-key"].as_bytes(), came.get("x-tenant")), (b"k3y-of-ours: 1".as_slice(), None));
    assert!(came.contains_key("webhook-signature"));
    let scope = world.delivery_scope(OWNER).await;
    let page = delivery::page(&mut world.read().await, &scope, None).await.unwrap();
    let log = nora.opens(&format!("/partner/profile/delivery/log/{}", page.deliveries[0].id)).await.body;
    assert!(!shown(&log), "{log}");

    assert_eq!(save("https://elsewhere.example.com/", "X-Api-Key: ••••••••", "").await.status, 422, "another host");
    for (headers, said) in [
        ("Host: x", "portal itself"),
        ("Webhook-Signature: x", "portal itself"),
        ("a b: c", "name of a header"),
        ("X", "colon"),
        ("Authorization: Bearer x\nauthorization: y", "twice"),
        ("A: 1\nB: 1\nC: 1\nD: 1\nE: 1\nF: 1", "at most 5"),
    ] {
        let answer = save("https://hooks.example.com/", headers, "").await;
        assert!(answer.status == 422 && answer.body.contains(said), "{headers}: {} {}", answer.status, answer.body);
    }
    let both = save("https://u:p@hooks.example.com/", "Authorization: Bearer x", "").await;
    assert!(both.status == 422 && !both.body.contains("u:p"), "{}", both.body);
    assert_eq!(save("https://hooks.example.com/", "Authorization: Bearer x", "").await.status, 200);
    let along = delivery::sent_along(&mut world.read().await, &scope).await.unwrap();
    assert_eq!((along.credentials, along.header_names), (None, vec!["Authorization".to_owned()]));
    let clear = along.headers.unwrap();
    assert!(!clear.windows(6).any(|part| part == b"Bearer"), "it is encrypted");
    let events = world.events(domain::audit::AuditAction::DeliveryChanged).await;
    assert!(events.iter().all(|event| !event.detail.contains("Bearer") && !event.detail.contains("k3y-of-ours")));
    assert!(events.iter().any(|event| event.detail.contains("credentials") && event.detail.contains("headers")));

    // Switched off by emptying its address, with the headers as the form shows them.
    assert_eq!(save("", "Authorization: ••••••••", "").await.status, 200);
    assert_eq!(delivery::sent_along(&mut world.read().await, &scope).await.unwrap(), SentAlong::default());

    // Forgotten at a wish, and with the host they were for.
    assert_eq!(save("https://u:p@hooks.example.com/", "", "").await.status, 200);
    assert_eq!(save("https://hooks.example.com/", "", "yes").await.status, 200);
    assert_eq!(delivery::sent_along(&mut world.read().await, &scope).await.unwrap(), delivery::SentAlong::default());
    assert_eq!(save("https://u:p@hooks.example.com/", "", "").await.status, 200);
    assert_eq!(save("https://elsewhere.example.com/", "", "").await.status, 200);
    assert_eq!(delivery::sent_along(&mut world.read().await, &scope).await.unwrap(), delivery::SentAlong::default());
}
