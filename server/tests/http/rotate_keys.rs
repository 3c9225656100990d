//! The key that seals secrets is changed while the portal serves: nothing is lost, and the old key is of no use afterwards.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use domain::{audit::AuditAction, clock::OsEntropy, delivery::EmailMode, ids::PartnerId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use portal_server::commands::rotate_keys::{self, Rotated};
use services::{
    lead_events,
    sealed::{self, KEPT_FORM, Resealed},
    secrets::{KeyRing, Secrets},
};
use sha2::Sha256;
use store::{
    audit, delivery,
    kept_forms::{self, KeptForm},
    sealed::{SealedColumn, SealedValue},
};
use tokio::sync::watch;

use crate::{
    browser::form,
    delivery::{Came, Receiver},
    kept_forms::{CONTACT, back, sends_late},
    two_factor::{ADMINS, set_up},
    world::{ADMIN, LEADS, MANAGER, OWNER, STRANGER, World},
};

/// What seals at first: [`World::new`] has this one alone.
const OLD: u8 = 7;
const NEW: u8 = 8;

/// Keys that are one byte over and over, the newest first.
fn ring(keys: &[u8]) -> KeyRing {
    let keys: Vec<_> = keys.iter().map(|byte| domain::hex::write(&[*byte; 32])).collect();
    KeyRing::parse(&keys.join(",")).unwrap()
}

/// Whether a push is signed with one of these secrets.
fn is_signed_by(came: &Came, secrets: &[String]) -> bool {
    let header = |name: &str| came.headers[name].to_str().unwrap().to_owned();
    let signed = [format!("{}.{}.", came.id, header("webhook-timestamp")).as_bytes(), &came.sent].concat();
    let is_by = |secret: &String| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(&secret[6..]).unwrap()).unwrap();
        mac.update(&signed);
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        header("webhook-signature").split(' ').any(|one| one == signature)
    };
    secrets.iter().any(is_by)
}

impl World {
    /// What is sealed in a column, with whichever key.
    async fn sealed_in(&self, column: SealedColumn) -> Vec<SealedValue> {
        // A key that has sealed nothing.
        let none = Secrets::new(&[99; 32]);
        sealed::to_seal_anew(&mut self.read().await, &none, column, None, 10_000).await.unwrap()
    }

    async fn rotates(&self) -> Rotated {
        rotate_keys::run(&self.db, &self.portal.secrets).await.unwrap()
    }

    /// Has a signing secret of a partner made that is known here.
    async fn signs_with_another(&self, email: &str, partner: PartnerId) -> String {
        let scope = self.delivery_scope(email).await;
        let secret = services::secrets::webhook_secret(&OsEntropy).unwrap();
        let sealed = self.portal.secrets.seal(&OsEntropy, partner.0.as_bytes(), &secret).unwrap();
        let until = self.db.now() + TimeDelta::days(1);
        let mut tx = self.db.begin_write().await.unwrap();
        delivery::rotate_secret(&mut tx, &scope, &sealed, until).await.unwrap();
        tx.commit().await.unwrap();
        secret
    }

    async fn keeps_form(&self, token: &[u8], content: Vec<u8>) {
        let mut tx = self.db.begin_write().await.unwrap();
        kept_forms::keep(&mut tx, token, KeptForm::new(None, CONTACT, "/fn/save", content)).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Looks at the whole audit log.
    async fn log_is_whole(&self) -> bool {
        let former = sealed::former_audit_keys(&mut self.read().await, &self.portal.secrets).await.unwrap();
        audit::verify(&mut self.read().await, self.account, &former, None).await.unwrap().broken.is_none()
    }

    /// Nothing that is sealed opens with the old key.
    async fn old_key_is_of_no_use(&self) {
        let old = Secrets::new(&[OLD; 32]);
        for column in SealedColumn::ALL {
            for value in self.sealed_in(column).await {
                let mut tx = self.db.begin_write().await.unwrap();
                let opened = sealed::seal_anew(&mut tx, &old, &value).await.unwrap();
                assert_eq!(opened, Resealed::Unopened, "{column:?}");
            }
        }
    }
}

#[tokio::test]
async fn everything_is_sealed_anew_and_the_old_key_is_of_no_use() {
    let world = World::new().await;
    // One of everything, sealed with the old key.
    let nora = world.logged_in(OWNER).await;
    let fields = [
        ("webhook_url", "https://u5er7:s3cr3t@hooks.example.com/leads"),
        ("headers", "X-Api-Key: k3y"),
        ("email_mode", "off"),
    ];
    assert_eq!(nora.calls("/fn/profile/save-delivery", form(&fields)).await.status, 200);
    let (receiver, url) = Receiver::start([]).await;
    world.has_webhook(OWNER, &url, EmailMode::Off).await;
    let (accounts_receiver, accounts_url) = Receiver::start([]).await;
    world.has_account_webhook(&accounts_url).await;
    let admin = world.logged_in_admin(ADMIN).await;
    let app = set_up(&world, ADMINS, &admin).await;
    let provider = [
        ("name", "ID"),
        ("issuer", "https://login.acme.example"),
        ("client_id", "portal"),
        ("client_secret", "s3cr3t"),
        ("domains", "acme.example"),
    ];
    assert_eq!(admin.calls("/fn/admin/settings/save-sso", form(&provider)).await.status, 200);
    let manager = world.logged_in_admin(MANAGER).await;
    assert_eq!(ADMINS.calls(&manager, "two-factor-begin", &[]).await.status, 200);
    let (_, token) = sends_late(&world, None).await;
    let known = world.signs_with_another(OWNER, world.northwind).await;

    let world = world.started_with(&ring(&[NEW, OLD])).await;
    assert!(world.log_is_whole().await);
    let rotated = world.rotates().await;
    assert!(rotated.is_done() && rotated.logs == 1, "{rotated}");
    for column in &rotated.columns {
        let expected = usize::from(column.column != SealedColumn::FormerAuditKey);
        assert!(column.anew >= expected as u64, "{column:?}");
    }
    assert!(rotated.to_string().ends_with("Nothing needs an older key any more.\n"), "{rotated}");
    let events = world.events(AuditAction::KeysRotated).await;
    assert_eq!((events.len(), events[0].actor_kind.as_str()), (1, "system"));
    let again = world.rotates().await;
    assert!(again.is_done() && again.logs == 0 && again.columns.iter().all(|column| column.anew == 0), "{again}");
    assert_eq!(world.events(AuditAction::KeysRotated).await.len(), 1, "nothing was changed");
    world.old_key_is_of_no_use().await;

    // The old key is taken away.
    let world = world.started_with(&ring(&[NEW])).await;
    assert!(world.log_is_whole().await);
    world.gets(world.northwind, &["A-1"]).await;
    assert_eq!(world.webhooks().run_once().await, 1);
    let came = receiver.came().remove(0);
    assert!(is_signed_by(&came, &[known]));
    assert_eq!(came.headers["authorization"].as_bytes(), b"Basic dTVlcjc6czNjcjN0");
    assert_eq!(came.headers["x-api-key"].as_bytes(), b"k3y");
    let nora = world.logged_in(OWNER).await;
    let ada = world.lead_of(OWNER, "Ada Lovelace").await;
    assert_eq!(nora.opens(&format!("{LEADS}/{ada}")).await.status, 200);
    assert_eq!(world.account_webhooks().run_once().await, 1);
    let sealed = world.sealed_in(SealedColumn::AccountWebhookSecret).await.remove(0).sealed;
    let secret = lead_events::open_secret(&world.portal.secrets, world.account, &sealed).unwrap();
    assert!(is_signed_by(&accounts_receiver.came()[0], &[secret]));
    let form_again = back(&world, OWNER, &token).await.opens(CONTACT).await;
    assert!(form_again.body.contains("A street typed for minutes"), "{}", form_again.body);
    let visitor = world.visitor();
    let half = ADMINS.password(&visitor, ADMIN).await;
    let half = visitor.with_cookie(&half.cookie_named("portal-admin-half-login").unwrap());
    let inside = ADMINS.calls(&half, "code", &[("code", &app.code(&world))]).await;
    assert_eq!((inside.status, inside.location()), (200, "/admin"), "{}", inside.body);

    // It is changed once more: the former key of the log goes along.
    let world = world.started_with(&ring(&[9, NEW])).await;
    let rotated = world.rotates().await;
    let former = rotated.columns.iter().find(|column| column.column == SealedColumn::FormerAuditKey).unwrap();
    assert!(rotated.is_done() && former.anew == 1, "{rotated}");
    let world = world.started_with(&ring(&[9])).await;
    assert!(world.log_is_whole().await && world.sealed_in(SealedColumn::FormerAuditKey).await.len() == 2);
}

/// Values of before keys had ids are found and sealed anew as well: this one was written by the version before.
#[tokio::test]
async fn what_was_sealed_before_keys_had_ids_is_sealed_anew() {
    let world = World::new().await;
    let before = domain::hex::read(BEFORE).unwrap();
    world.keeps_form(b"before", before).await;
    let rotated = world.rotates().await;
    assert!(rotated.is_done() && rotated.columns.iter().map(|column| column.anew).sum::<u64>() == 1, "{rotated}");
    let kept = world.sealed_in(SealedColumn::KeptForm).await.remove(0).sealed;
    assert_eq!(world.portal.secrets.open(KEPT_FORM, &kept).unwrap(), "typed");
    assert!(kept.starts_with(world.portal.secrets.beginning()));
}

/// `typed`, for a kept form.
const BEFORE: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5adc92355f22f469c758a158ab21818020b72bfbbd3e";

/// Somebody still seals with the old key, or with one that is not there: it is said, and the old key stays needed.
#[tokio::test]
async fn what_still_needs_another_key_is_counted() {
    let world = World::new().await.started_with(&ring(&[NEW, OLD])).await;
    let form = |key: u8| Secrets::new(&[key; 32]).seal(&OsEntropy, KEPT_FORM, "typed").unwrap();
    assert!(world.rotates().await.is_done());
    world.keeps_form(b"late", form(OLD)).await;
    world.keeps_form(b"lost", form(99)).await;
    world.keeps_form(b"fine", form(NEW)).await;
    let rotated = world.rotates().await;
    let forms = rotated.columns.iter().find(|column| column.column == SealedColumn::KeptForm).unwrap();
    assert_eq!((forms.anew, forms.left, forms.unopened, rotated.is_done()), (1, 0, 1, false));
    let said = rotated.to_string();
    assert!(said.contains("forms that were kept: 1 are opened by none of the keys"), "{said}");
    assert_eq!(world.events(AuditAction::KeysRotated).await.len(), 2, "once for the log, once for the form");
    let stranger = world.started_with(&ring(&[99])).await;
    let rotated = stranger.rotates().await;
    assert_eq!((rotated.is_done(), rotated.unknown_logs), (false, vec!["acme".to_owned()]));
}

/// Two processes push leads while the key is changed, and partners change what they sign with: each lead arrives, signed right.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_the_key_under_load_loses_no_webhook() {
    const ROUNDS: usize = 40;
    let world = World::new().await;
    let partners = [(OWNER, world.northwind), (STRANGER, world.contoso)];
    let (receiver, url) = Receiver::start([]).await;
    let mut secrets = Vec::new();
    for (email, partner) in partners {
        world.has_webhook(email, &url, EmailMode::Off).await;
        secrets.push(world.signs_with_another(email, partner).await);
    }
    // Enough to be busy with.
    for number in 0..300_u32 {
        let content = world.portal.secrets.seal(&OsEntropy, KEPT_FORM, "typed").unwrap();
        world.keeps_form(&number.to_be_bytes(), content).await;
    }
    let world = world.started_with(&ring(&[NEW, OLD])).await;
    let (stop, stopped) = watch::channel(false);
    let workers = [world.webhooks(), world.webhooks()].map(|worker| tokio::spawn(worker.work(stopped.clone())));
    let expected = 2 * 3 * ROUNDS;
    let load = async {
        let mut made = Vec::new();
        for round in 0..ROUNDS {
            for (email, partner) in partners {
                let ids: Vec<_> = (0..3).map(|number| format!("L-{round}-{number}")).collect();
                world.gets(partner, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
                if round % 8 == 3 {
                    made.push(world.signs_with_another(email, partner).await);
                }
            }
        }
        made
    };
    let rotation = async {
        let mut anew = 0;
        for _ in 0..4 {
            let rotated = world.rotates().await;
            anew += rotated.columns.iter().map(|column| column.anew).sum::<u64>();
            assert!(rotated.is_done(), "{rotated}");
        }
        anew
    };
    let (made, anew) = tokio::join!(load, rotation);
    secrets.extend(made);
    assert!(anew >= 304, "{anew}");
    for _ in 0..300 {
        if receiver.came().len() >= expected {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    stop.send(true).unwrap();
    for worker in workers {
        worker.await.unwrap();
    }
    let came = receiver.came();
    let ids: std::collections::BTreeSet<_> = came.iter().map(|came| came.id.as_str()).collect();
    assert_eq!((came.len(), ids.len()), (expected, expected), "each once");
    assert!(came.iter().all(|came| is_signed_by(came, &secrets)));
    assert!(world.rotates().await.is_done() && world.log_is_whole().await);
    world.old_key_is_of_no_use().await;

    let world = world.started_with(&ring(&[NEW])).await;
    for (email, partner) in partners {
        world.gets(partner, &["last"]).await;
        let page = world.logged_in(email).await.opens("/partner/profile/delivery").await;
        assert_eq!(page.status, 200);
    }
    assert_eq!(world.webhooks().run_once().await, 2);
    assert!(receiver.came()[expected..].iter().all(|came| is_signed_by(came, &secrets)));
    assert!(world.log_is_whole().await);
}
