//! The queues: a lead waits in every channel its partner has, one process at a time works on an endpoint, and nothing is
//! mailed twice.

use chrono::TimeDelta;
use domain::{
    delivery::{Channel, CredentialsChoice, DeliveryChoice, DeliveryState, EmailMode, LeadField, OffReason},
    email::Email,
    ids::{LeadId, PartnerId},
    leads::LeadStatus,
    partners::PartnerStatus,
};
use store::{
    delivery::{
        self, Replay,
        endpoints::{self, Attempted, Health, Next},
        mails,
    },
    leads::{self, Push},
    partners,
};
use uuid::Uuid;

use crate::world::{Member, World, lead};

const LEASE: TimeDelta = TimeDelta::seconds(60);

impl World {
    async fn set_up(&self, member: &Member, webhook_url: &str, email_mode: EmailMode) {
        let choice = DeliveryChoice {
            webhook_url: webhook_url.into(),
            credentials: CredentialsChoice::Keep,
            headers: Vec::new(),
            fields: LeadField::ALL.to_vec(),
            email_mode,
            recipients: vec![Email::parse("leads@northwind.example").unwrap()],
        };
        let scope = self.scope(member).await;
        let mut tx = self.db.begin_write().await.unwrap();
        delivery::save(&mut tx, &scope, &choice).await.unwrap();
        delivery::rotate_secret(&mut tx, &scope, b"sealed", self.db.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn pushes(&self, member: &Member, external_ids: &[&str]) -> Vec<LeadId> {
        let leads: Vec<_> = external_ids.iter().map(|id| (lead(id, "Ada", 1), LeadStatus::New)).collect();
        let mut tx = self.db.begin_write().await.unwrap();
        let stored = leads::insert_unscoped(&mut tx, self.account, member.partner, &leads, Push::Out).await.unwrap();
        tx.commit().await.unwrap();
        stored.ids.into_iter().map(|(id, _)| id).collect()
    }

    async fn lease(&self, owner: u128) -> usize {
        let candidates = endpoints::candidates(&mut self.reader().await, 10).await.unwrap();
        self.lease_of(owner, &candidates).await
    }

    async fn lease_of(&self, owner: u128, candidates: &[PartnerId]) -> usize {
        self.write(async |tx| endpoints::lease(tx, Uuid::from_u128(owner), LEASE, candidates).await).await.len()
    }

    async fn release(&self, owner: u128, member: &Member) {
        self.write(async |tx| endpoints::release(tx, Uuid::from_u128(owner), member.partner).await).await;
    }
}

on_both_engines! {
    async fn a_lead_waits_in_every_channel_that_is_on(world: World) {
        world.pushes(&world.northwind, &["before"]).await;
        world.set_up(&world.northwind, "https://crm.example/leads", EmailMode::Each).await;
        let ids = world.pushes(&world.northwind, &["a", "b", "a"]).await;
        assert_eq!(ids[0], ids[2], "the same lead twice in a batch is one");
        world.pushes(&world.contoso, &["c"]).await;
        let mut tx = world.db.begin_write().await.unwrap();
        let quiet = [(lead("quiet", "Ada", 1), LeadStatus::New)];
        leads::insert_unscoped(&mut tx, world.account, world.northwind.partner, &quiet, Push::Nowhere).await.unwrap();
        tx.commit().await.unwrap();
        let scope = world.scope(&world.northwind).await;
        let page = delivery::page(&mut world.reader().await, &scope, None).await.unwrap();
        assert_eq!((page.deliveries.len(), page.waiting, page.failed), (4, 4, 0));
        let of_lead = delivery::of_lead(&mut world.reader().await, &scope, ids[1]).await.unwrap();
        let channels: Vec<_> = of_lead.iter().map(|delivery| delivery.channel).collect();
        assert_eq!(channels, [Channel::Email, Channel::Webhook]);
        let other = world.scope(&world.contoso).await;
        assert!(delivery::page(&mut world.reader().await, &other, None).await.unwrap().deliveries.is_empty());
        assert_eq!(delivery::get(&mut world.reader().await, &other, of_lead[0].id).await.unwrap(), None, "another partner's delivery");
        assert!(delivery::of_lead(&mut world.reader().await, &other, ids[1]).await.unwrap().is_empty());
        assert!(delivery::get(&mut world.reader().await, &scope, of_lead[0].id).await.unwrap().is_some());
    }

    async fn one_at_a_time_works_on_an_endpoint(world: World) {
        world.set_up(&world.northwind, "https://crm.example/leads", EmailMode::Off).await;
        assert_eq!(world.lease(1).await, 0, "nothing is due");
        world.pushes(&world.northwind, &["a"]).await;
        let (one, two) = tokio::join!(world.lease(1), world.lease(2));
        assert_eq!(one + two, 1);
        assert_eq!(world.lease_of(3, &[world.northwind.partner]).await, 0, "somebody was faster");
        let (owner, other) = if one == 1 { (1, 2) } else { (2, 1) };
        let partner = world.northwind.partner;
        let seen = endpoints::leased(&mut world.reader().await, Uuid::from_u128(other), partner).await.unwrap();
        assert!(seen.is_none(), "it is not theirs");
        let owner = Uuid::from_u128(owner);
        let endpoint = endpoints::leased(&mut world.reader().await, owner, partner).await.unwrap().unwrap();
        assert_eq!(endpoint.secrets, [b"sealed".to_vec()]);
        let due = endpoints::due(&mut world.reader().await, &endpoint, 10).await.unwrap();
        assert_eq!(due.iter().map(|due| due.lead.as_ref().unwrap().external_id.as_str()).collect::<Vec<_>>(), ["a"]);

        // Whoever dies holds it up for a lease, no longer.
        world.clock.advance(LEASE + TimeDelta::seconds(1));
        assert!(endpoints::leased(&mut world.reader().await, owner, partner).await.unwrap().is_none());
        assert_eq!(world.lease(7).await, 1);

        // A lead that comes while somebody works there is not forgotten when they leave.
        world.pushes(&world.northwind, &["b"]).await;
        world.release(7, &world.northwind).await;
        assert_eq!(world.lease(8).await, 1);
    }

    async fn what_is_noted_decides_what_comes_next(world: World) {
        world.set_up(&world.northwind, "https://crm.example/leads", EmailMode::Off).await;
        let leads = world.pushes(&world.northwind, &["a", "b", "c"]).await;
        let (owner, partner) = (Uuid::from_u128(1), world.northwind.partner);
        assert_eq!(world.lease(1).await, 1);
        let endpoint = endpoints::leased(&mut world.reader().await, owner, partner).await.unwrap().unwrap();
        let mut due = endpoints::due(&mut world.reader().await, &endpoint, 10).await.unwrap();
        // Queued in the same instant, they come in the order of their ids, which is any.
        due.sort_by_key(|due| due.lead.as_ref().map(|lead| lead.external_id.clone()));
        let later = world.db.now() + TimeDelta::minutes(5);
        let nexts = [Next::Delivered, Next::At(later), Next::GivenUp];
        let attempts: Vec<Attempted> = due.iter().zip(nexts).map(|(due, next)| Attempted {
            id: due.id, number: due.attempts + 1, started_at: world.db.now(), millis: 12, status: Some(500),
            failure: String::new(), excerpt: "sorry".into(), next,
        }).collect();
        let health = Health { failures: 2, failing_since: Some(world.db.now()), rests_until: None };
        let mut tx = world.db.begin_write().await.unwrap();
        endpoints::note(&mut tx, &endpoint, &attempts, health, world.db.now() + LEASE).await.unwrap();
        tx.commit().await.unwrap();
        world.release(1, &world.northwind).await;
        assert_eq!(world.lease(1).await, 0, "the next one is due in five minutes");
        world.clock.advance(TimeDelta::minutes(5));
        assert_eq!(world.lease(1).await, 1);
        let endpoint = endpoints::leased(&mut world.reader().await, owner, partner).await.unwrap().unwrap();
        assert_eq!(endpoint.failures, 2);
        let due = endpoints::due(&mut world.reader().await, &endpoint, 10).await.unwrap();
        assert_eq!(due.iter().map(|due| (due.attempts, due.tries)).collect::<Vec<_>>(), [(1, 1)]);
        world.release(1, &world.northwind).await;

        let scope = world.scope(&world.northwind).await;
        let (delivery, tried) = delivery::get(&mut world.reader().await, &scope, attempts[2].id).await.unwrap().unwrap();
        assert_eq!((delivery.state, delivery.outcome.as_str()), (DeliveryState::Failed, "500"));
        assert_eq!((tried.len(), tried[0].excerpt.as_str(), tried[0].millis), (1, "sorry", 12));

        // Sent once more, it keeps its id and its past, and its pauses begin anew.
        let mut tx = world.db.begin_write().await.unwrap();
        assert_eq!(delivery::replay(&mut tx, &scope, Replay::Failed).await.unwrap(), Some(1));
        assert_eq!(delivery::replay(&mut tx, &scope, Replay::Lead(leads[0])).await.unwrap(), Some(1));
        tx.commit().await.unwrap();
        assert_eq!(world.lease(1).await, 1);
        let endpoint = endpoints::leased(&mut world.reader().await, owner, partner).await.unwrap().unwrap();
        let due = endpoints::due(&mut world.reader().await, &endpoint, 10).await.unwrap();
        assert_eq!(due.len(), 3);
        let again = due.iter().find(|due| due.id == attempts[2].id).unwrap();
        assert_eq!((again.attempts, again.tries), (1, 0));

        // Gone: nothing waits any more, nothing is queued, and saving switches it on again.
        let mut tx = world.db.begin_write().await.unwrap();
        endpoints::switch_off(&mut tx, &endpoint, OffReason::Gone).await.unwrap();
        tx.commit().await.unwrap();
        world.pushes(&world.northwind, &["d"]).await;
        assert_eq!(delivery::page(&mut world.reader().await, &scope, None).await.unwrap().waiting, 0);
        let off = delivery::settings(&mut world.reader().await, &scope).await.unwrap().health.off;
        assert_eq!(off.map(|(_, reason)| reason), Some(OffReason::Gone));
        world.set_up(&world.northwind, "https://crm.example/leads", EmailMode::Off).await;
        assert_eq!(delivery::settings(&mut world.reader().await, &scope).await.unwrap().health.off, None);
    }

    async fn what_a_paused_partner_gets_waits(world: World) {
        world.set_up(&world.northwind, "https://crm.example/leads", EmailMode::Each).await;
        world.pushes(&world.northwind, &["a"]).await;
        for (status, expected) in [(PartnerStatus::Paused, 0), (PartnerStatus::Active, 1)] {
            let mut tx = world.db.begin_write().await.unwrap();
            let none = domain::access::Overrides::default();
            partners::set_access_unscoped(&mut tx, world.account, world.northwind.partner, status, true, none).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(world.lease(1).await, expected, "{status}");
            assert_eq!(mails::due_partners(&mut world.reader().await, Channel::Email).await.unwrap().len(), expected, "{status}");
        }
    }

    async fn a_lead_is_taken_to_be_mailed_once(world: World) {
        world.set_up(&world.northwind, "", EmailMode::Each).await;
        world.pushes(&world.northwind, &["a", "b"]).await;
        let take = || async {
            let mut tx = world.db.begin_write().await.unwrap();
            let round = mails::take(&mut tx, world.northwind.partner, Channel::Email).await.unwrap();
            tx.commit().await.unwrap();
            round.map_or(0, |round| round.leads.len())
        };
        let (one, two) = tokio::join!(take(), take());
        assert_eq!((one + two, one * two), (2, 0));
        assert_eq!(take().await, 0);
    }

    async fn a_digest_waits_for_its_morning(world: World) {
        world.set_up(&world.northwind, "", EmailMode::Digest).await;
        world.pushes(&world.northwind, &["a", "b"]).await;
        assert!(mails::due_partners(&mut world.reader().await, Channel::Digest).await.unwrap().is_empty());
        world.clock.advance(TimeDelta::hours(30));
        assert_eq!(mails::due_partners(&mut world.reader().await, Channel::Digest).await.unwrap(), [world.northwind.partner]);
        world.pushes(&world.northwind, &["tomorrow's"]).await;
        let mut tx = world.db.begin_write().await.unwrap();
        let round = mails::take(&mut tx, world.northwind.partner, Channel::Digest).await.unwrap().unwrap();
        assert_eq!(round.leads.len(), 2, "today's belong to the next one");
        assert_eq!(round.recipients.len(), 1);
        assert!(mails::take(&mut tx, world.northwind.partner, Channel::Digest).await.unwrap().is_none());
        tx.commit().await.unwrap();
    }
}
