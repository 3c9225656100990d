//! What the account hears of its leads: by the API, and by its own webhook at a real receiver.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{admin::AdminPermission, audit::AuditAction, clock::OsEntropy, email::Email, partners::UserKind};
use portal_server::{
    egress::{Egress, PORTS, Rules},
    workers::account_webhooks::AccountWebhooks,
};
use serde_json::Value;
use services::{Actor, lead_events};
use store::{access::AdminSession, users};

use crate::{
    browser::form,
    delivery::{Does, Receiver},
    world::{ADMIN, MANAGER, OWNER, STRANGER, World},
};

impl World {
    pub(crate) fn account_webhooks(&self) -> AccountWebhooks {
        let rules = Rules { allow_private: true, https_only: false, ports: PORTS.to_vec() };
        let egress = Egress::with_timeout(rules, Duration::from_millis(400)).unwrap();
        AccountWebhooks::new(self.db.clone(), self.portal.clone(), egress, Arc::new(OsEntropy))
    }

    /// Sets the account's webhook up as its page does, but for the check of the address.
    pub(crate) async fn has_account_webhook(&self, url: &str) {
        let email = Email::parse(ADMIN).unwrap();
        let found = users::credentials_for_login(&mut self.read().await, self.account, UserKind::Admin, &email).await;
        let user = found.unwrap().unwrap().user_id();
        let session = AdminSession::of_authenticated_user(&mut self.read().await, user).await.unwrap().unwrap();
        let scope = session.require(AdminPermission::ManageApiKeys).unwrap();
        let actor = Actor::new(self.portal.clone(), scope, String::new());
        let mut tx = self.db.begin_write().await.unwrap();
        lead_events::save(&actor, &mut tx, url, &[7; 32]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Does to a lead what partners do: opens it, notes, rejects it, says what became of it.
    async fn a_lead_has_a_life(&self) -> String {
        let (nora, admin) = (self.logged_in(OWNER).await, self.logged_in_admin(MANAGER).await);
        let ada = self.lead_of(OWNER, "Ada Lovelace").await.to_string();
        assert_eq!(nora.opens(&format!("/partner/leads/{ada}")).await.status, 200);
        let note = |text: &str, shared: &str| form(&[("id", &ada), ("note", text), ("shared", shared)]);
        assert_eq!(nora.calls("/fn/leads/note", note("between us", "")).await.status, 200);
        assert_eq!(nora.calls("/fn/leads/note", note("please call", "yes")).await.status, 200);
        assert_eq!(admin.calls("/fn/admin/leads/note", note("staff alone", "")).await.status, 200);
        let reject = form(&[("id", &ada), ("decision", "reject"), ("reason", "duplicate"), ("comment", "since May")]);
        assert_eq!(nora.calls("/fn/leads/review", reject).await.status, 200);
        let sold = form(&[("id", &ada), ("outcome", "sold"), ("value", "1200")]);
        assert_eq!(nora.calls("/fn/leads/outcome", sold).await.status, 200);
        ada
    }
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Whoever keeps the cursor misses nothing and gets nothing twice; what one side writes for itself is not among it.
#[tokio::test]
async fn the_api_tells_what_became_of_leads() {
    let world = World::new().await;
    let rules = form(&[("requests", "yes")]);
    assert_eq!(world.logged_in_admin(ADMIN).await.calls("/fn/admin/returns/save-policy", rules).await.status, 200);
    let ada = world.a_lead_has_a_life().await;
    let key = world.key(&["leads:read"]).await;
    let all = world.reads(&key, "/events").await.1;
    let events = all["data"].as_array().unwrap();
    let expected = ["lead.viewed", "lead.note", "lead.rejected", "lead.return_requested", "lead.outcome"];
    assert_eq!(types(events), expected, "{all}");
    assert!(events.iter().all(|event| event["data"]["lead"]["id"] == *ada && event["data"]["by"] == "The owner"));
    let text = all.to_string();
    assert!(text.contains("please call") && !text.contains("between us") && !text.contains("staff alone"), "{text}");
    let lead = &events[3]["data"]["lead"];
    assert_eq!(
        (&events[3]["data"]["code"], &lead["status"], &lead["outcome"]),
        (&"duplicate".into(), &"rejected".into(), &"sold".into())
    );
    assert_eq!(
        (&lead["sale"]["amount"], &lead["return"]["state"], &lead["return"]["comment"]),
        (&"1200.00".into(), &"requested".into(), &"since May".into())
    );
    let lead = world.reads(&key, &format!("/leads/{ada}")).await.1;
    assert_eq!(
        (&lead["outcome"], &lead["sale"]["amount"], &lead["return_state"]),
        (&"sold".into(), &"1200.00".into(), &"requested".into())
    );
    let mut cursor = "0".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = world.reads(&key, &format!("/events?cursor={cursor}&limit=2")).await.1;
        seen.extend(page["data"].as_array().unwrap().clone());
        cursor = page["next_cursor"].as_str().unwrap().to_owned();
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen, *events, "page by page");
    assert!(world.reads(&key, &format!("/events?cursor={cursor}")).await.1["data"].as_array().unwrap().is_empty());
    let accept = form(&[("id", &ada), ("decision", "accept")]);
    assert_eq!(world.logged_in(OWNER).await.calls("/fn/leads/review", accept).await.status, 200);
    let later = world.reads(&key, &format!("/events?cursor={cursor}")).await.1;
    assert_eq!(types(later["data"].as_array().unwrap()), ["lead.return_withdrawn", "lead.accepted"], "{later}");
    for wrong in ["/events?cursor=abc", "/events?cursor=-1", "/events?limit=0"] {
        assert_eq!(world.reads(&key, wrong).await.0, 400, "{wrong}");
    }
    let other = world.key(&["partners:read"]).await;
    assert_eq!(world.reads(&other, "/events").await.0, 403);
}

/// Events arrive signed and in their order; one that fails is tried until it has arrived, and the others wait for it.
#[tokio::test]
async fn events_arrive_at_the_accounts_webhook() {
    let world = World::new().await;
    let before = world.lead_of(STRANGER, "Secret Sam").await.to_string();
    let viewed = world.logged_in(STRANGER).await.opens(&format!("/partner/leads/{before}")).await;
    assert_eq!(viewed.status, 200);
    let (receiver, url) = Receiver::start([Does::Answers(200), Does::Answers(500), Does::Hangs]).await;
    world.has_account_webhook(&url).await;
    let ada = world.a_lead_has_a_life().await;
    let worker = world.account_webhooks();
    assert_eq!(worker.run_once().await, 1);
    let told = |receiver: &Receiver| receiver.came().iter().map(|came| came.body.clone()).collect::<Vec<_>>();
    assert_eq!(
        types(&told(&receiver)),
        ["lead.viewed", "lead.note"],
        "what was before is not told, the second one failed"
    );
    assert_eq!(worker.run_once().await, 0, "not before its pause");
    let page = world.logged_in_admin(ADMIN).await.opens("/admin/api-keys").await.body;
    assert!(page.contains("status 500") && page.contains("3 events wait"), "{page}");
    world.clock.advance(TimeDelta::seconds(10));
    assert_eq!(worker.run_once().await, 0, "no answer");
    world.clock.advance(TimeDelta::minutes(10));
    let twins = [world.account_webhooks(), world.account_webhooks()];
    let arrived = futures::future::join_all(twins.iter().map(AccountWebhooks::run_once)).await;
    assert_eq!(arrived.into_iter().sum::<usize>(), 3, "of two processes one sends them");
    let bodies = told(&receiver);
    assert_eq!(types(&bodies), ["lead.viewed", "lead.note", "lead.note", "lead.note", "lead.rejected", "lead.outcome"]);
    assert!(bodies[1] == bodies[2] && bodies[2] == bodies[3], "the same on every attempt");
    assert!(bodies.iter().all(|body| body["data"]["lead"]["id"] == *ada));
    let came = receiver.came();
    assert!(came.iter().all(|came| came.headers["webhook-signature"].to_str().unwrap().starts_with("v1,")));
    assert_eq!(came[1].id, came[3].id);
    assert_eq!(worker.run_once().await, 0, "nothing is left");
    let admin = world.logged_in_admin(ADMIN).await;
    assert_eq!(admin.calls("/fn/admin/webhook/test", form(&[])).await.status, 200);
    assert_eq!(worker.run_once().await, 1);
    assert_eq!(told(&receiver).last().unwrap()["type"], "webhook.test");
    let page = world.logged_in_admin(ADMIN).await.opens("/admin/api-keys").await.body;
    assert!(page.contains("Nothing waits.") && !page.contains("Failing since"), "{page}");
}

/// A receiver that wants no more gets no more; what was not sent waits until somebody switches it on again.
#[tokio::test]
async fn a_receiver_that_is_gone_switches_the_webhook_off() {
    let world = World::new().await;
    let (receiver, url) = Receiver::start([Does::Answers(410)]).await;
    world.has_account_webhook(&url).await;
    world.a_lead_has_a_life().await;
    let worker = world.account_webhooks();
    assert_eq!((worker.run_once().await, receiver.came().len()), (0, 1));
    world.clock.advance(TimeDelta::hours(12));
    assert_eq!((worker.run_once().await, receiver.came().len()), (0, 1));
    let admin = world.logged_in_admin(ADMIN).await;
    assert!(admin.opens("/admin/api-keys").await.body.contains("no more events (410)"));
    assert!(admin.opens("/admin").await.body.contains("webhook is switched off; events wait"));
    assert_eq!(world.events(AuditAction::WebhookSwitchedOff).await.len(), 1);
    world.has_account_webhook(&url).await;
    assert_eq!(worker.run_once().await, 4, "nothing was lost");
    assert_eq!(admin.calls("/fn/admin/webhook/save", form(&[("url", "")])).await.status, 200);
    assert!(admin.opens("/admin/api-keys").await.body.contains("Leave it empty for no webhook"));
    assert_eq!(admin.calls("/fn/admin/webhook/test", form(&[])).await.status, 404);
    let refused = admin.calls("/fn/admin/webhook/save", form(&[("url", "http://127.0.0.1:9/x")])).await;
    assert_eq!(refused.status, 422, "an address that the portal does not call");
}
