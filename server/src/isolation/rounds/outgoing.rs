//! What leaves the portal by itself: mails, digests, reports by mail, webhooks and the account's events.

use chrono::TimeDelta;
use domain::delivery::Channel;
use store::{delivery::endpoints, lead_events, report_mails, synthetic};

use crate::{
    AnyError,
    api::EventView,
    isolation::{
        report::Round,
        visitor::unzipped,
        world::{Party, Sees, Tenant, World, add_leads, domain_of},
    },
    workers::{lead_mails, report_mails as report_worker, webhooks::message},
};

/// How long an endpoint is taken for.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Everything that would be sent is written as it would be, read, and not sent.
pub(in crate::isolation) async fn outgoing(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "mails, reports and webhooks",
        "Everything that would leave the portal for the two accounts: in each, nothing but what its recipient may see.",
    );
    for tenant in [&world.ours, &world.theirs] {
        for party in &tenant.parties {
            let mut tx = world.db.begin_write().await?;
            add_leads(&mut tx, tenant, party, "third").await?;
            tx.commit().await?;
            webhooks(world, &mut round, tenant, party).await?;
        }
        events(world, &mut round, tenant).await?;
    }
    world.clock.advance(TimeDelta::days(2));
    let public_url = &world.config.public_url;
    for tenant in [&world.ours, &world.theirs] {
        for party in &tenant.parties {
            for channel in [Channel::Email, Channel::Digest] {
                lead_mails::write_to(&world.db, party.id, channel, public_url).await?;
            }
        }
        let due = report_mails::due_unscoped(&mut world.db.reader().await?, Some(tenant.account), 100).await?;
        for one in due {
            report_worker::write(&world.db, &one, public_url).await?;
        }
        mails(world, &mut round, tenant).await?;
    }
    Ok(round)
}

/// Each push as it would be posted.
async fn webhooks(world: &World, round: &mut Round, tenant: &Tenant, party: &Party) -> Result<(), AnyError> {
    let owner = world.db.new_id()?;
    let mut tx = world.db.begin_write().await?;
    endpoints::lease(&mut tx, owner, LEASE, &[party.id]).await?;
    tx.commit().await?;
    let mut read = world.db.reader().await?;
    let endpoint = endpoints::leased(&mut read, owner, party.id).await?;
    // The walker has none.
    let (wanted, found) = (party.id != world.walker().id, endpoint.is_some());
    round.look(&party.canary, "a webhook with something due", wanted == found, wanted, found);
    let Some(endpoint) = endpoint else { return Ok(()) };
    let sees = Sees(vec![tenant.canary.clone(), party.canary.clone()]);
    for due in endpoints::due(&mut read, &endpoint, 100).await? {
        let body = String::from_utf8_lossy(&message::body(&due, &endpoint.fields)).into_owned();
        let right = body.contains(&party.canary) && endpoint.url.contains(&party.canary);
        round.look(&party.canary, "a webhook", right, "its own lead at its own address", "another one");
        round.nothing_foreign(world, &party.canary, &sees, "a webhook", &body);
    }
    drop(read);
    let mut tx = world.db.begin_write().await?;
    endpoints::release(&mut tx, owner, party.id).await?;
    Ok(tx.commit().await?)
}

/// What the account is told of its partners.
async fn events(world: &World, round: &mut Round, tenant: &Tenant) -> Result<(), AnyError> {
    let page = lead_events::events_unscoped(&mut world.db.reader().await?, tenant.account, 0, 1_000).await?;
    for event in page.events {
        let text = serde_json::to_string(&EventView::from(event))?;
        round.walked += 1;
        round.nothing_foreign(world, &tenant.canary, &all_of(tenant), "an event of a lead", &text);
    }
    Ok(())
}

/// Each mail, by whom it is for: somebody of a partner, or of the account.
async fn mails(world: &World, round: &mut Round, tenant: &Tenant) -> Result<(), AnyError> {
    for mail in synthetic::mails(&mut world.db.reader().await?, tenant.account).await? {
        let party = tenant.parties.iter().find(|party| mail.recipient.ends_with(&domain_of(&party.canary)));
        let sees = match party {
            Some(party) => Sees(vec![tenant.canary.clone(), party.canary.clone()]),
            None => all_of(tenant),
        };
        let workbook = mail.attachment.as_deref().map(unzipped).unwrap_or_default();
        let text = [&*mail.subject, &mail.text_body, &mail.html_body, &workbook].join("\n");
        let what = format!("the mail “{}”", mail.subject);
        // Whatever is in the outbox was written for somebody of this account.
        let known = mail.recipient.contains(&tenant.canary) || !mail.recipient.contains("canary");
        round.look(&mail.recipient, &what, known, "an address of the account", "another one");
        round.nothing_foreign(world, &mail.recipient, &sees, &what, &text);
    }
    Ok(())
}

fn all_of(tenant: &Tenant) -> Sees {
    Sees(tenant.parties.iter().map(|party| party.canary.clone()).chain([tenant.canary.clone()]).collect())
}
