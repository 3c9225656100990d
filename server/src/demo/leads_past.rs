//! The demo account's leads, as if they had come in over fourteen months.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::UserId,
    leads::{LeadStatus, NewLead, Outcome, RejectReason},
    money::{Currency, Money},
};
use fastrand::Rng;
use store::leads::{PastOutcome, PastStep};

use super::people;

/// Over how many days the leads are spread: fourteen months.
const DAYS: i64 = 425;
/// Where the pseudo-random numbers begin, so that every demo is alike.
pub(super) const SEED: u64 = 20_261_122;

pub(super) fn lead(now: DateTime<Utc>, partner: usize, number: u32, rng: &mut Rng) -> (NewLead, LeadStatus) {
    let person = people::person(rng);
    let (campaign, price) = people::campaign(partner, rng);
    let delivered_at = delivery_time(now, rng);
    let fields = people::fields(campaign, rng);
    let lead = NewLead {
        external_id: format!("BW-{:02}-{number:06}", partner + 1),
        name: person.name,
        email: person.email,
        phone: person.phone,
        campaign: campaign.to_owned(),
        fields,
        price: Some(Money { minor: price + [-200, 0, 300][rng.usize(0..3)], currency: Currency::EUR }.into()),
        delivered_at,
    };
    let age = (now - delivered_at).num_days();
    let seen = if age < 2 {
        15
    } else if age < 14 {
        70
    } else {
        97
    };
    let status = match (rng.u32(0..100), rng.u32(0..100)) {
        (luck, _) if luck >= seen => LeadStatus::New,
        (_, luck) if luck < 62 => LeadStatus::Accepted,
        (_, luck) if luck < 76 => LeadStatus::Rejected,
        _ => LeadStatus::Viewed,
    };
    (lead, status)
}

/// How a lead came to its status: opened some time after its delivery, decided on some time after that. Only the
/// partners with logins have people who could have done it.
pub(super) fn history(
    lead: &NewLead,
    status: LeadStatus,
    team: &[(UserId, &str)],
    now: DateTime<Utc>,
    rng: &mut Rng,
) -> Vec<PastStep> {
    if team.is_empty() || status == LeadStatus::New {
        return Vec::new();
    }
    let (user, name) = team[rng.usize(0..team.len())];
    let opened = (lead.delivered_at + TimeDelta::minutes(rng.i64(2..900))).min(now);
    let decided = (opened + TimeDelta::minutes(rng.i64(1..2_000))).min(now);
    let step = |status, at, reason| PastStep {
        external_id: lead.external_id.clone(),
        status,
        reason,
        by: (user, name.to_owned()),
        at,
    };
    let mut steps = vec![step(LeadStatus::Viewed, opened, None)];
    match status {
        LeadStatus::Rejected => {
            steps.push(step(status, decided, Some(RejectReason::ALL[rng.usize(0..RejectReason::ALL.len() - 1)])))
        }
        LeadStatus::Accepted => steps.push(step(status, decided, None)),
        LeadStatus::New | LeadStatus::Viewed => {}
    }
    steps
}

/// What became of a lead that was accepted some days ago. Only the partners with logins have people who say so.
pub(super) fn outcome(
    lead: &NewLead,
    status: LeadStatus,
    team: &[(UserId, &str)],
    now: DateTime<Utc>,
    rng: &mut Rng,
) -> Option<PastOutcome> {
    let at = lead.delivered_at + TimeDelta::minutes(rng.i64(3_000..40_000));
    if team.is_empty() || status != LeadStatus::Accepted || at > now {
        return None;
    }
    let (code, value, comment) = match rng.u32(0..100) {
        0..=9 => return None,
        10..=24 => ("contacted", None, ""),
        25..=39 => ("no_answer", None, ""),
        40..=54 => ("appointment", None, ""),
        55..=71 => ("sold", Some(Money { minor: rng.i64(400..2_600) * 1_000, currency: Currency::EUR }), ""),
        _ => {
            let reasons = ["Too expensive", "Chose another company", "Not ready to decide", "Does not own the house"];
            ("lost", None, reasons[rng.usize(0..reasons.len())])
        }
    };
    let (user, name) = team[rng.usize(0..team.len())];
    Some(PastOutcome {
        external_id: lead.external_id.clone(),
        outcome: Outcome { code: Some(code.to_owned()), value, comment: comment.to_owned() },
        by: (user, name.to_owned()),
        at,
    })
}

/// More of them lately, by day rather than by night.
fn delivery_time(now: DateTime<Utc>, rng: &mut Rng) -> DateTime<Utc> {
    let ago = (rng.f64().powf(1.25) * (DAYS * 86_400) as f64) as i64;
    let at = now - TimeDelta::seconds(ago) - TimeDelta::microseconds(rng.i64(0..1_000_000));
    let hour = at.time().format("%H").to_string().parse::<i64>().unwrap_or(12);
    if (6..20).contains(&hour) || rng.u32(0..4) == 0 { at } else { (at - TimeDelta::hours(10)).min(now) }
}
