//! What leaves the portal without anybody asking for it: whoever may not see leads or invoices gets them by no channel.
//! Each channel has a line here, as each route has one in `tables.rs`.

use chrono::TimeDelta;
use domain::{
    access::Permission,
    delivery::{Channel, DeliveryState, EmailMode},
    partners::PartnerStatus,
};
use portal_server::workers::lead_mails;
use serde_json::json;

use crate::{
    browser::{form, json as as_json},
    delivery::Receiver,
    world::{ADMIN, FINANCE, MANAGER, OWNER, World},
};

/// The mailbox beside the users' own.
const MAILBOX: &str = "leads@northwind.example";

impl World {
    /// Gives Northwind back whatever was taken from it.
    async fn allow_again(&self) {
        let mut tx = self.db.begin_write().await.unwrap();
        let none = domain::access::Overrides::default();
        store::partners::set_access_unscoped(&mut tx, self.account, self.northwind, PartnerStatus::Active, true, none)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets both workers do whatever is due within the next day, and says how many leads came out of them.
    async fn comes_out(&self, receiver: &Receiver) -> usize {
        let before = receiver.came().len();
        self.webhooks().run_once().await;
        lead_mails::run_once(&self.db, &self.config.public_url).await.unwrap();
        self.clock.advance(TimeDelta::hours(24));
        lead_mails::run_once(&self.db, &self.config.public_url).await.unwrap();
        let mails = self.mails().await;
        assert!(mails.iter().all(|mail| mail.to != MAILBOX || mail.text.contains("@mail.example")), "only leads");
        receiver.came().len() - before + mails.iter().filter(|mail| mail.to == MAILBOX).count()
    }
}

/// How a channel is switched on.
fn switched_on(channel: Channel, url: &str) -> (&str, EmailMode) {
    match channel {
        Channel::Webhook => (url, EmailMode::Off),
        Channel::Email => ("", EmailMode::Each),
        Channel::Digest => ("", EmailMode::Digest),
    }
}

#[tokio::test]
async fn leads_that_may_not_be_seen_go_out_by_no_channel() {
    for channel in Channel::ALL {
        let world = World::new().await;
        let (receiver, url) = Receiver::start([]).await;
        let (url, mode) = switched_on(*channel, &url);
        world.has_webhook(OWNER, url, mode).await;
        world.gets(world.northwind, &["A-1"]).await;
        assert_eq!(world.comes_out(&receiver).await, 1, "{channel}: it is allowed so far");

        // One waits already when they are denied, one comes after it.
        world.gets(world.northwind, &["A-2"]).await;
        world.deny(Permission::ViewLeads).await;
        world.gets(world.northwind, &["A-3"]).await;
        assert_eq!(world.comes_out(&receiver).await, 0, "{channel}");

        let scope = world.delivery_scope(OWNER).await;
        let admin = world.logged_in_admin(MANAGER).await;
        let of_admin =
            admin.calls("/fn/admin/delivery/log", as_json(&json!({ "id": world.northwind, "before": null }))).await;
        assert!(of_admin.body.contains("the partner may not see leads"), "{channel}: {}", of_admin.body);
        let ids: Vec<String> = {
            let seen: serde_json::Value = serde_json::from_str(&of_admin.body).unwrap();
            let rows = seen["page"]["deliveries"].as_array().unwrap();
            rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids.len(), 2, "{channel}: the third was never queued");

        // Nor do the log, the page of a delivery, and another try.
        let page = store::delivery::page(&mut world.read().await, &scope, None).await.unwrap();
        assert!(page.deliveries.is_empty() && page.failed == 0 && page.waiting == 0, "{channel}: {page:?}");
        let owner = world.logged_in(OWNER).await;
        let log = owner.opens("/partner/profile/delivery/log").await;
        assert!(log.status == 200 && !log.body.contains("Ada") && !log.body.contains("Replay"), "{channel}");
        for id in &ids {
            assert_eq!(owner.opens(&format!("/partner/profile/delivery/log/{id}")).await.status, 404, "{channel}");
        }
        for what in [[("what", "failed"), ("lead", "")], [("what", ""), ("lead", crate::tables::SOME_ID)]] {
            assert_eq!(owner.calls("/fn/delivery/replay", form(&what)).await.status, 403, "{channel}");
            let partner = world.northwind.to_string();
            let fields = [("id", partner.as_str()), what[0], what[1]];
            assert_eq!(admin.calls("/fn/admin/delivery/replay", form(&fields)).await.status, 422, "{channel}");
        }
        assert_eq!(world.comes_out(&receiver).await, 0, "{channel}");

        world.allow_again().await;
        assert_eq!(world.comes_out(&receiver).await, 0, "{channel}: what was given up stays so");
        world.gets(world.northwind, &["A-4"]).await;
        assert_eq!(world.comes_out(&receiver).await, 1, "{channel}: what comes from now on goes out");
        let scope = world.delivery_scope(OWNER).await;
        let page = store::delivery::page(&mut world.read().await, &scope, None).await.unwrap();
        let failed = page.deliveries.iter().filter(|one| one.state == DeliveryState::Failed).count();
        assert_eq!((page.deliveries.len(), failed), (3, 1), "{channel}");
    }
}

/// A test holds no lead: it tells the partner that the webhook works.
#[tokio::test]
async fn a_test_goes_out_whatever_may_be_seen() {
    let world = World::new().await;
    let (receiver, url) = Receiver::start([]).await;
    world.has_webhook(OWNER, &url, EmailMode::Off).await;
    world.gets(world.northwind, &["A-1"]).await;
    world.deny(Permission::ViewLeads).await;
    let owner = world.logged_in(OWNER).await;
    assert_eq!(owner.calls("/fn/delivery/test", form(&[])).await.status, 200);
    world.webhooks().run_once().await;
    let came = receiver.came();
    assert_eq!(came.len(), 1, "{came:?}");
    assert!(!came[0].body.to_string().contains("Ada"), "{came:?}");
    assert!(owner.opens("/partner/profile/delivery/log").await.body.contains("Delivered"));
}

#[tokio::test]
async fn invoices_that_may_not_be_seen_are_not_mailed() {
    let world = World::new().await;
    let admin = world.logged_in_admin(ADMIN).await;
    let issue = async || {
        let partner = world.northwind.to_string();
        let begun = admin.calls("/fn/admin/invoices/begin", form(&[("partner", &partner)])).await;
        let id = begun.location().rsplit('/').next().unwrap().to_owned();
        let lines = [
            ("id", id.as_str()),
            ("lines[0][description]", "Setup"),
            ("lines[0][quantity]", "1"),
            ("lines[0][unit_price]", "10"),
            ("lines[0][tax_rate]", "0"),
        ];
        assert_eq!(admin.calls("/fn/admin/invoices/save", form(&lines)).await.status, 200);
        assert_eq!(admin.calls("/fn/admin/invoices/issue", form(&[("id", &id)])).await.status, 200);
        world.mails().await.into_iter().map(|mail| mail.to).collect::<Vec<_>>()
    };
    assert_eq!(issue().await, [FINANCE, OWNER]);
    world.deny(Permission::ViewInvoices).await;
    assert_eq!(issue().await, Vec::<String>::new());
    world.allow_again().await;
    assert_eq!(issue().await, [FINANCE, OWNER]);
}
