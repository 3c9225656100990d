//! The demo account's leads, as if they had come in over fourteen months.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::UserId,
    leads::{LeadStatus, NewLead, Outcome},
    money::{Currency, Money},
    returns::ReturnState,
};
use fastrand::Rng;
use store::leads::{PastOutcome, PastReturn, PastStep};

use super::people;

/// Over how many days the leads are spread: fourteen months.
const DAYS: i64 = 425;
/// Within how many days returns are decided on.
pub(super) const DECIDED_WITHIN: i64 = 5;
/// Why leads are rejected.
const REASONS: [&str; 5] = ["bad_contact", "duplicate", "out_of_area", "wrong_product", "no_consent"];
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
            steps.push(step(status, decided, Some(REASONS[rng.usize(0..REASONS.len())].to_owned())))
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

/// What became of a lead that a partner with rules of its own has rejected.
pub(super) fn returned(steps: &[PastStep], now: DateTime<Utc>, rng: &mut Rng) -> Vec<PastReturn> {
    let rejected = steps.iter().filter(|step| step.status == LeadStatus::Rejected);
    let one = |step: &PastStep| {
        let decide_by = step.at + TimeDelta::days(DECIDED_WITHIN);
        let luck = rng.u32(0..100);
        let (state, answer) = match luck {
            _ if decide_by > now => (ReturnState::Requested, ""),
            0..=5 => (ReturnState::Withdrawn, ""),
            6..=9 => (ReturnState::Expired, ""),
            10..=29 => (ReturnState::Declined, "We reached this person on the same day, at the number we sent you."),
            _ => (ReturnState::Approved, ""),
        };
        let by = match state {
            ReturnState::Requested => None,
            ReturnState::Expired => Some(String::new()),
            ReturnState::Withdrawn => Some(step.by.1.clone()),
            ReturnState::Approved | ReturnState::Declined => Some("Mikkel Jensen".to_owned()),
        };
        let decided = by.map(|by| (by, (step.at + TimeDelta::hours(rng.i64(2..100))).min(now)));
        PastReturn {
            external_id: step.external_id.clone(),
            state,
            reason: step.reason.clone().unwrap_or_default(),
            comment: if luck.is_multiple_of(3) {
                "Called three times on different days.".to_owned()
            } else {
                String::new()
            },
            by: step.by.clone(),
            at: step.at,
            decide_by: Some(decide_by),
            decided,
            answer: answer.to_owned(),
        }
    };
    rejected.map(one).collect()
}

/// More of them lately, by day rather than by night.
fn delivery_time(now: DateTime<Utc>, rng: &mut Rng) -> DateTime<Utc> {
    let ago = (rng.f64().powf(1.25) * (DAYS * 86_400) as f64) as i64;
    let at = now - TimeDelta::seconds(ago) - TimeDelta::microseconds(rng.i64(0..1_000_000));
    let hour = at.time().format("%H").to_string().parse::<i64>().unwrap_or(12);
    if (6..20).contains(&hour) || rng.u32(0..4) == 0 { at } else { (at - TimeDelta::hours(10)).min(now) }
}
