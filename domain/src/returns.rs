//! Returns: a partner asks the account to take a lead back, and the account decides.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{
    email::Email,
    ids::{LeadId, PartnerId, ReturnId},
    leads::{Count, RejectReason, keep, left_out},
    money::{Money, Price},
    time::{LocalTime, date},
    validation::FieldErrors,
};

pub use crate::return_state::ReturnState;

text_enum! {
    /// What becomes of a request that the account has not decided on in its time.
    Overdue {
        /// It ends: the lead is not taken back.
        Expire = "expire",
        /// It is approved.
        Approve = "approve",
    }
}

impl Overdue {
    /// The rule as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Expire => "The request expires",
            Self::Approve => "The return is approved",
        }
    }
}

/// How many of the leads that were delivered in a calendar month a partner can return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quota {
    /// So many in a hundred, rounded down.
    Percent(u64),
    /// So many.
    Leads(u64),
}

impl Quota {
    /// How many that are of so many delivered ones.
    #[must_use]
    pub const fn allowed(self, delivered: u64) -> u64 {
        match self {
            Self::Percent(percent) => delivered.saturating_mul(percent) / 100,
            Self::Leads(leads) => leads,
        }
    }
}

/// The rules that an account has for returns, for all partners or for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReturnPolicy {
    /// Whether a rejection is a request that the account decides on. Otherwise it stands as the partner says it.
    pub requests: bool,
    /// For how many days after the day of its delivery a lead can be returned.
    pub days: Option<u64>,
    /// How many leads can be returned.
    pub quota: Option<Quota>,
    /// Campaigns whose leads are never taken back.
    pub excluded: Vec<String>,
    /// The codes of the reasons that are approved at once.
    pub at_once: Vec<String>,
    /// Within how many days the account decides.
    pub decide_within: Option<u64>,
    /// What becomes of a request after that.
    pub overdue: Overdue,
    /// The addresses that hear of new requests.
    pub tell: Vec<Email>,
}

impl Default for ReturnPolicy {
    fn default() -> Self {
        Self {
            requests: false,
            days: None,
            quota: None,
            excluded: Vec::new(),
            at_once: Vec::new(),
            decide_within: None,
            overdue: Overdue::Expire,
            tell: Vec::new(),
        }
    }
}

/// The form in which rules are entered, as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyForm {
    /// `yes` where rejections are requests.
    pub requests: String,
    /// Days for a return; may be empty.
    pub days: String,
    /// `percent` or `leads`; anything else is no quota.
    pub quota_kind: String,
    /// The quota.
    pub quota: String,
    /// One campaign in each line.
    pub excluded: String,
    /// Days to decide; may be empty.
    pub decide_within: String,
    /// What becomes of a request after that.
    pub overdue: String,
    /// One address in each line.
    pub tell: String,
}

impl PolicyForm {
    /// The form as it is filled with rules.
    #[must_use]
    pub fn of(policy: &ReturnPolicy) -> Self {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let (quota_kind, quota) = match policy.quota {
            None => ("", None),
            Some(Quota::Percent(percent)) => ("percent", Some(percent)),
            Some(Quota::Leads(leads)) => ("leads", Some(leads)),
        };
        Self {
            requests: if policy.requests { "yes" } else { "no" }.to_owned(),
            days: number(policy.days),
            quota_kind: quota_kind.to_owned(),
            quota: number(quota),
            excluded: policy.excluded.join("\n"),
            decide_within: number(policy.decide_within),
            overdue: policy.overdue.to_string(),
            tell: policy.tell.iter().map(Email::as_str).collect::<Vec<_>>().join("\n"),
        }
    }

    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("requests", &self.requests),
            ("days", &self.days),
            ("quota_kind", &self.quota_kind),
            ("quota", &self.quota),
            ("excluded", &self.excluded),
            ("decide_within", &self.decide_within),
            ("overdue", &self.overdue),
            ("tell", &self.tell),
        ]
    }
}

impl ReturnPolicy {
    /// What a form shows of these rules, by which it is noticed that somebody else has changed them: its fields, the `reasons` that are
    /// ticked and, for a partner, whether they are its own.
    #[must_use]
    pub fn shown(&self, reasons: &[RejectReason], own: Option<bool>) -> Vec<(&'static str, String)> {
        let form = PolicyForm::of(self);
        let mut fields: Vec<_> = form.fields().map(|(name, text)| (name, text.to_owned())).to_vec();
        fields.push(("at_once", Self::ticked(&self.at_once, reasons)));
        fields.extend(own.map(|own| ("own", if own { "yes" } else { "no" }.to_owned())));
        fields
    }

    /// The codes of the reasons that a form has ticked, in the order of the reasons; it shows those alone that are active.
    #[must_use]
    pub fn ticked(codes: &[String], reasons: &[RejectReason]) -> String {
        let ticked = reasons.iter().filter(|reason| reason.active && codes.contains(&reason.code));
        ticked.map(|reason| reason.code.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The most days that a rule names.
    pub const MOST_DAYS: u64 = 3_650;
    /// The most campaigns that are excluded.
    pub const MOST_CAMPAIGNS: usize = 200;
    /// The most addresses that hear of new requests.
    pub const MOST_TOLD: usize = 10;

    /// Reads the form, and the codes of the `reasons` that are approved at once.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(form: &PolicyForm, at_once: &[String], reasons: &[RejectReason]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut number = |field: &str, text: &str, most: u64| {
            let text = text.trim();
            let read = text.parse::<u64>().ok().filter(|number| (1..=most).contains(number));
            if read.is_none() && !text.is_empty() {
                errors.add(field, format!("Enter a whole number from 1 to {most}."));
            }
            read
        };
        let days = number("days", &form.days, Self::MOST_DAYS);
        let decide_within = number("decide_within", &form.decide_within, Self::MOST_DAYS);
        let quota = match &*form.quota_kind {
            "percent" => number("quota", &form.quota, 100).map(Quota::Percent),
            "leads" => number("quota", &form.quota, 1_000_000).map(Quota::Leads),
            _ => None,
        };
        if matches!(&*form.quota_kind, "percent" | "leads") && form.quota.trim().is_empty() {
            errors.add("quota", "Enter how many.");
        }
        let mut excluded: Vec<String> =
            form.excluded.lines().map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect();
        excluded.sort();
        excluded.dedup();
        if excluded.len() > Self::MOST_CAMPAIGNS || form.excluded.contains('\0') {
            errors.add("excluded", format!("Enter at most {} campaigns, one in each line.", Self::MOST_CAMPAIGNS));
        }
        let addresses = form.tell.split(['\n', ',', ';']).map(str::trim).filter(|address| !address.is_empty());
        let mut tell = Vec::new();
        for address in addresses {
            match Email::parse_reachable(address) {
                Ok(address) if tell.iter().any(|other: &Email| other.key() == address.key()) => {}
                Ok(address) => tell.push(address),
                Err(bad) => errors.add("tell", format!("“{address}”: {}", bad.advice())),
            }
        }
        if tell.len() > Self::MOST_TOLD {
            errors.add("tell", format!("Enter at most {} addresses.", Self::MOST_TOLD));
        }
        let known = |code: &&String| reasons.iter().any(|reason| reason.code == **code);
        let at_once = at_once.iter().filter(known).cloned().collect();
        if errors.is_empty() {
            Ok(Self {
                requests: form.requests == "yes",
                days,
                quota,
                excluded,
                at_once,
                decide_within,
                overdue: form.overdue.parse().unwrap_or(Overdue::Expire),
                tell,
            })
        } else {
            Err(errors)
        }
    }

    /// The last day on which a lead that was delivered on this one can be returned; nothing where there is no end.
    #[must_use]
    pub fn last_day(&self, delivered_on: NaiveDate) -> Option<NaiveDate> {
        delivered_on.checked_add_days(Days::new(self.days?))
    }

    /// What stands against returning a lead, its quota aside.
    #[must_use]
    pub fn against(&self, lead: &ReturnCandidate, today: NaiveDate) -> Option<NoReturn> {
        if lead.state.is_some_and(ReturnState::is_decided) {
            return Some(NoReturn::Decided);
        }
        if self.excluded.contains(&lead.campaign) {
            return Some(NoReturn::Campaign);
        }
        self.last_day(lead.delivered_on).filter(|last| *last < today).map(NoReturn::Late)
    }
}

/// A lead that somebody wants to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCandidate {
    /// Which.
    pub id: LeadId,
    /// On which day of the account's time zone it was delivered.
    pub delivered_on: NaiveDate,
    /// Its campaign; may be empty.
    pub campaign: String,
    /// Where its return stands, if there is one.
    pub state: Option<ReturnState>,
}

/// Why a lead cannot be returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NoReturn {
    /// The account has decided on it already.
    Decided,
    /// Leads of its campaign are not taken back.
    Campaign,
    /// The last day was this one.
    Late(NaiveDate),
    /// What is left of the quota of its month is not enough.
    Quota(MonthQuota),
}

/// What there is to return of the leads of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MonthQuota {
    /// The month's first day.
    pub month: NaiveDate,
    /// How many were delivered.
    pub delivered: u64,
    /// How many of them can be returned.
    pub allowed: u64,
    /// How many of them are returned, or asked for.
    pub used: u64,
}

impl MonthQuota {
    /// How many more can be returned.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.allowed.saturating_sub(self.used)
    }

    /// The first day of the month that a day lies in.
    #[must_use]
    pub fn month_of(day: NaiveDate) -> NaiveDate {
        day.with_day(1).unwrap_or(day)
    }

    /// The month in words: `November 2026`.
    #[must_use]
    pub fn month_in_words(&self) -> String {
        self.month.format("%B %Y").to_string()
    }
}

impl NoReturn {
    /// One sentence about so many leads.
    #[must_use]
    pub fn message(&self, leads: u64) -> String {
        let subject = if leads == 1 { "This lead".to_owned() } else { Count::Exactly(leads).to_string() };
        match self {
            Self::Decided => format!("{subject} cannot be returned: that was decided already."),
            Self::Campaign => format!("{subject} cannot be returned: leads of the campaign are not taken back."),
            Self::Late(last) => format!("{subject} cannot be returned any more: the last day was {}.", date(*last)),
            Self::Quota(quota) => format!(
                "{subject} cannot be returned: of the {} leads of {}, {} can be, and {} are already.",
                quota.delivered,
                quota.month_in_words(),
                quota.allowed,
                quota.used
            ),
        }
    }
}

/// How requests for one reason were decided before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonRecord {
    /// The reason's code.
    pub reason: String,
    /// How many were approved.
    pub approved: u64,
    /// How many were decided on.
    pub decided: u64,
}

/// What a partner sees of returning a lead before it asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnOutlook {
    /// What stands against it, if anything.
    pub against: Option<NoReturn>,
    /// The last day to ask; nothing where there is no end.
    pub last_day: Option<NaiveDate>,
    /// What is left of the month's quota; nothing where there is none.
    pub quota: Option<MonthQuota>,
    /// Within how many days the account decides, and what becomes of the request after that.
    pub decided_within: Option<(u64, Overdue)>,
    /// How earlier requests were decided.
    pub record: Vec<ReasonRecord>,
}

/// A request to take a lead back, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadReturn {
    /// Its id.
    pub id: ReturnId,
    /// Where it stands.
    pub state: ReturnState,
    /// Why, as people call it.
    pub reason: String,
    /// In the partner's own words; may be empty.
    pub comment: String,
    /// Who asked, and when.
    pub requested: (String, LocalTime),
    /// Until when the account is to decide.
    pub decide_by: Option<LocalTime>,
    /// Who ended it, and when; nobody where it was a rule.
    pub decided: Option<(Option<String>, LocalTime)>,
    /// What the account answered; may be empty.
    pub answer: String,
}

/// What the account decides on requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnDecision {
    /// Whether the leads are taken back.
    pub approve: bool,
    /// What the partner is told; not empty where they are not.
    pub answer: String,
}

impl ReturnDecision {
    /// Maximum number of characters of an answer.
    pub const MAX_ANSWER: usize = 1_000;

    /// Reads a form's fields `decision` and `answer`.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(decision: &str, answer: &str) -> Result<Self, FieldErrors> {
        let approve = match decision {
            "approve" => true,
            "decline" => false,
            _ => return Err(FieldErrors::one("decision", "Choose to approve or to decline.")),
        };
        let answer = answer.trim();
        if answer.chars().count() > Self::MAX_ANSWER || answer.contains('\0') {
            let message = format!("Use at most {} characters of plain text.", Self::MAX_ANSWER);
            return Err(FieldErrors::one("answer", message));
        }
        if !approve && answer.is_empty() {
            return Err(FieldErrors::one("answer", "Tell the partner why."));
        }
        Ok(Self { approve, answer: answer.to_owned() })
    }

    /// The state that it leads to.
    #[must_use]
    pub const fn state(&self) -> ReturnState {
        if self.approve { ReturnState::Approved } else { ReturnState::Declined }
    }
}

text_enum! {
    /// Which requests the account looks at.
    ReturnView {
        /// Those that wait for its decision.
        Open = "open",
        /// Those that are over.
        Decided = "decided",
        /// Returned leads that were billed.
        Credit = "credit",
    }
}

/// What the account's queue shows: what its URL says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnQuery {
    /// Which requests.
    pub view: ReturnView,
    /// Of this partner alone.
    pub partner: Option<PartnerId>,
    /// Those after this one.
    pub after: Option<ReturnId>,
}

impl Default for ReturnQuery {
    fn default() -> Self {
        Self { view: ReturnView::Open, partner: None, after: None }
    }
}

impl ReturnQuery {
    /// Reads a raw query string, without its question mark, with one sentence for each part that makes no sense.
    #[must_use]
    pub fn from_query_string(raw: &str) -> (Self, Vec<String>) {
        let mut query = Self::default();
        let mut ignored = Vec::new();
        for (key, value) in form_urlencoded::parse(raw.as_bytes()) {
            let value = value.trim();
            let read = match &*key {
                _ if value.is_empty() => true,
                "view" => value.parse().map(|view| query.view = view).is_ok(),
                "partner" => keep(&mut query.partner, value.parse()),
                "after" => keep(&mut query.after, value.parse()),
                _ => true,
            };
            if !read {
                ignored.push(left_out(&key, value));
            }
        }
        (query, ignored)
    }

    /// A link to `path` in this state; what has its default value is left out.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        if self.view != ReturnView::Open {
            out.append_pair("view", self.view.as_str());
        }
        if let Some(partner) = self.partner {
            out.append_pair("partner", &partner.to_string());
        }
        if let Some(after) = self.after {
            out.append_pair("after", &after.to_string());
        }
        let query = out.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// A request in the account's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedReturn {
    /// The request.
    pub request: LeadReturn,
    /// The lead: its id, the person's name, the campaign.
    pub lead: (LeadId, String, String),
    /// The CRM's own id.
    pub external_id: String,
    /// When it was delivered.
    pub received: LocalTime,
    /// The price at delivery.
    pub price: Option<Price>,
    /// Whose it is.
    pub partner: (PartnerId, String),
    /// How many files are attached to it.
    pub files: u64,
    /// The number of an invoice that it stands on.
    pub invoice: Option<String>,
}

/// What a partner is owed for returned leads that were billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Whom.
    pub partner: (PartnerId, String),
    /// How many leads.
    pub leads: u64,
    /// How much, by currency; each rounded once.
    pub amounts: Vec<Money>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn form() -> PolicyForm {
        PolicyForm {
            requests: "yes".into(),
            days: "14".into(),
            quota_kind: "percent".into(),
            quota: "10".into(),
            excluded: " Solar \n\nAutumn\nSolar".into(),
            decide_within: String::new(),
            overdue: "approve".into(),
            tell: "returns@acme.example\n ada@acme.example; Returns@acme.example".into(),
        }
    }

    #[test]
    fn rules_are_read_from_a_form() {
        let at_once = ["duplicate".to_owned(), "made_up".to_owned()];
        let policy = ReturnPolicy::parse(&form(), &at_once, &RejectReason::first_list()).unwrap();
        assert_eq!((policy.days, policy.quota, policy.decide_within), (Some(14), Some(Quota::Percent(10)), None));
        assert_eq!(
            (&policy.excluded[..], &policy.at_once[..]),
            (&["Autumn".to_owned(), "Solar".into()][..], &["duplicate".to_owned()][..])
        );
        assert_eq!(PolicyForm::of(&policy).tell, "returns@acme.example\nada@acme.example");
        for (wrong, field) in [
            (PolicyForm { days: "0".into(), ..form() }, "days"),
            (PolicyForm { decide_within: "two".into(), ..form() }, "decide_within"),
            (PolicyForm { quota: "101".into(), ..form() }, "quota"),
            (PolicyForm { quota: "".into(), ..form() }, "quota"),
            (PolicyForm { excluded: "a\0".into(), ..form() }, "excluded"),
            (PolicyForm { tell: "ada at acme".into(), ..form() }, "tell"),
            (PolicyForm { tell: "jörg@acme.example".into(), ..form() }, "tell"),
            (PolicyForm { tell: (0..11).map(|n| format!("{n}@a.example,")).collect(), ..form() }, "tell"),
        ] {
            assert!(ReturnPolicy::parse(&wrong, &[], &[]).unwrap_err().get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn what_stands_against_a_return() {
        let policy = ReturnPolicy { days: Some(7), excluded: vec!["Solar".into()], ..ReturnPolicy::default() };
        let lead = |campaign: &str, state| ReturnCandidate {
            id: LeadId(uuid::Uuid::nil()),
            delivered_on: day("2026-11-01"),
            campaign: campaign.into(),
            state,
        };
        assert_eq!(policy.against(&lead("Heat", None), day("2026-11-08")), None, "the last day is one of them");
        assert_eq!(policy.against(&lead("Heat", None), day("2026-11-09")), Some(NoReturn::Late(day("2026-11-08"))));
        assert_eq!(policy.against(&lead("Solar", None), day("2026-11-01")), Some(NoReturn::Campaign));
        let declined = lead("Heat", Some(ReturnState::Declined));
        assert_eq!(policy.against(&declined, day("2026-11-01")), Some(NoReturn::Decided));
        assert_eq!(policy.against(&lead("Heat", Some(ReturnState::Withdrawn)), day("2026-11-01")), None);
        let quota = MonthQuota { month: day("2026-11-01"), delivered: 40, allowed: 4, used: 3 };
        assert_eq!(
            NoReturn::Quota(quota).message(2),
            "2 leads cannot be returned: of the 40 leads of November 2026, 4 can be, and 3 are already."
        );
    }

    #[test]
    fn the_url_of_the_queue_says_it_all() {
        let raw =
            "?view=credit&partner=01890a5d-ac96-774b-bcce-b302099a8057&after=01890a5d-ac96-774b-bcce-b302099a8058";
        let (query, ignored) = ReturnQuery::from_query_string(&raw[1..]);
        assert!(ignored.is_empty());
        assert_eq!(query.href(""), raw);
        let (query, ignored) = ReturnQuery::from_query_string("view=all&partner=7&after=&x=1");
        assert_eq!((query, ignored.len()), (ReturnQuery::default(), 2));
        assert_eq!(ReturnQuery::default().href("/x"), "/x");
    }

    #[test]
    fn a_quota_is_rounded_down() {
        assert_eq!([9, 10, 19, 20].map(|leads| Quota::Percent(10).allowed(leads)), [0, 1, 1, 2]);
        assert_eq!(Quota::Leads(3).allowed(1), 3);
        let used_up = MonthQuota { month: day("2026-11-01"), delivered: 10, allowed: 1, used: 2 };
        assert_eq!(used_up.left(), 0, "a quota that was lowered");
    }

    #[test]
    fn a_refusal_has_its_reason() {
        assert_eq!(ReturnDecision::parse("approve", " ").unwrap().state(), ReturnState::Approved);
        assert_eq!(ReturnDecision::parse("decline", " We called. ").unwrap().answer, "We called.");
        assert!(ReturnDecision::parse("decline", " ").unwrap_err().get("answer").is_some());
        assert!(ReturnDecision::parse("approve", &"x".repeat(1_001)).unwrap_err().get("answer").is_some());
        assert!(ReturnDecision::parse("", "").unwrap_err().get("decision").is_some());
    }
}
