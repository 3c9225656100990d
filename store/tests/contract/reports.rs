//! Reports: every figure is what a plain count of the leads gives, whatever happened to them and in whichever order.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use domain::{
    access::{Overrides, Permission, Permissions},
    ids::LeadId,
    leads::{DayRange, FieldKind, FieldRule, FieldRules, LeadStatus, NewLead, Outcome, Review},
    money::{Currency, Money, Price},
    partners::PartnerStatus,
    reports::{Figures, Part, ReportBy, ReportQuery, ReportRow, RowKey, Tally, before, rows_of_days},
    returns::{Overdue, ReturnDecision, ReturnState},
    settings::AccountBasics,
    zone::Zone,
};
use sqlx::Connection;
use store::{
    access::{AdminScope, PartnerScope},
    accounts,
    leads::{self, Decided, Fold},
    partners, reports,
};

use crate::world::{Member, World, instant, lead};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

/// A lead as a plain count knows it.
#[derive(Debug, Clone)]
struct Known {
    delivered_at: DateTime<Utc>,
    campaign: String,
    price: Option<Price>,
    status: LeadStatus,
    before: LeadStatus,
    outcome: String,
    returned: Option<ReturnState>,
    sale: Option<Money>,
    opened: Option<i64>,
    roof: &'static str,
}

impl Known {
    fn figures(&self, won: &[String]) -> Figures {
        Tally::from(&Part {
            status: self.status,
            outcome: self.outcome.clone(),
            returned: self.returned,
            leads: 1,
            spend: self.price.map(|price| (price.minor(), price.parts(), price.currency)),
            sales: self.sale,
            opened: (i64::from(self.opened.is_some()), self.opened.unwrap_or_default()),
        })
        .figures(won)
    }
}

struct Life<'w> {
    world: &'w World,
    scope: PartnerScope,
    account: domain::ids::AccountId,
    admin: AdminScope,
    member: &'w Member,
    known: BTreeMap<LeadId, Known>,
    dice: Dice,
    delivered: u64,
}

impl Life<'_> {
    async fn deliver(&mut self) {
        let (mut new, mut roofs) = (Vec::new(), Vec::new());
        for _ in 0..=self.dice.roll(3) {
            self.delivered += 1;
            let minutes = i64::try_from(self.dice.roll(30 * 24 * 60)).unwrap();
            let money = |minor, code: &str| Price::from(Money { minor, currency: code.parse().unwrap() });
            let fine = Price::parse("0.1234", Currency::EUR).unwrap();
            let price = self.dice.one(&[None, Some(money(4_917, "EUR")), Some(money(300, "USD")), Some(fine)]);
            let roof = self.dice.one(&["Flat", "Steep", ""]);
            roofs.push(roof);
            new.push(NewLead {
                fields: vec![("roof".into(), roof.into())],
                campaign: self.dice.one(&["Solar", "Heat pump", ""]).into(),
                price,
                // Around the nights on which clocks are put back, and around midnight.
                delivered_at: instant("2026-10-18T22:30:00Z") + TimeDelta::minutes(minutes),
                ..lead(&format!("L-{}", self.delivered), "Ada", 0)
            });
        }
        let with_status: Vec<_> = new.iter().map(|lead| (lead.clone(), LeadStatus::New)).collect();
        let (account, partner) = (self.account, self.member.partner);
        let stored = self
            .world
            .write(async |tx| leads::insert_unscoped(tx, account, partner, &with_status, leads::Push::Nowhere).await)
            .await;
        for (((id, _), lead), roof) in stored.ids.into_iter().zip(new).zip(roofs) {
            let NewLead { delivered_at, campaign, price, .. } = lead;
            let (status, before) = (LeadStatus::New, LeadStatus::New);
            let outcome = String::new();
            self.known.insert(
                id,
                Known {
                    delivered_at,
                    campaign,
                    price,
                    status,
                    before,
                    outcome,
                    returned: None,
                    sale: None,
                    opened: None,
                    roof,
                },
            );
        }
    }

    fn some(&mut self) -> Vec<LeadId> {
        let mut ids: Vec<_> = self.known.keys().copied().collect();
        ids.retain(|_| self.dice.roll(4) == 0);
        ids
    }

    async fn step(&mut self) {
        self.world.clock.advance(TimeDelta::minutes(7));
        let (world, scope, now) = (self.world, self.scope.clone(), self.world.db.now());
        match self.dice.roll(8) {
            0 | 1 => self.deliver().await,
            6 => self.ask().await,
            7 => self.answer().await,
            2 => {
                for id in self.some() {
                    world.write(async |tx| leads::open(tx, &scope, id).await).await;
                    let lead = self.known.get_mut(&id).unwrap();
                    if lead.status == LeadStatus::New {
                        lead.status = LeadStatus::Viewed;
                        lead.opened = Some((now - lead.delivered_at).num_seconds().max(0));
                    }
                }
            }
            3 => {
                let reject = Review::Reject { reason: "duplicate".into(), comment: String::new() };
                let review = if self.dice.roll(2) == 0 { Review::Accept } else { reject };
                let ids = self.some();
                world.write(async |tx| leads::review(tx, &scope, &ids, &review, now).await).await;
                for id in &ids {
                    let lead = self.known.get_mut(id).unwrap();
                    lead.before = lead.status;
                    lead.status = review.status();
                }
                if self.dice.roll(3) == 0 {
                    world.clock.advance(TimeDelta::seconds(5));
                    world.write(async |tx| leads::undo_reviews(tx, &scope, now).await).await;
                    let undone =
                        |lead: &Known| review == Review::Accept || !lead.returned.is_some_and(ReturnState::is_decided);
                    for id in &ids {
                        let lead = self.known.get_mut(id).unwrap();
                        if undone(lead) {
                            lead.status = lead.before;
                        }
                    }
                }
            }
            _ => {
                let code = self.dice.one(&["", "contacted", "sold", "lost"]);
                let currency = self.dice.one(&[Currency::EUR, "CHF".parse().unwrap()]);
                let minor = i64::try_from(self.dice.roll(100_000)).unwrap();
                let value = (code == "sold" && minor % 3 > 0).then_some(Money { minor, currency });
                let outcome = Outcome { code: (!code.is_empty()).then(|| code.into()), value, comment: String::new() };
                let ids = self.some();
                world.write(async |tx| leads::set_outcome(tx, &scope, &ids, &outcome, now).await).await;
                for id in ids {
                    let lead = self.known.get_mut(&id).unwrap();
                    (lead.outcome, lead.sale) = (code.to_owned(), value);
                }
            }
        }
    }

    /// Asks for leads to be taken back, some by a rule at once; withdraws some.
    async fn ask(&mut self) {
        let (world, scope, now) = (self.world, self.scope.clone(), self.world.db.now());
        let (ids, approved) = (self.some(), self.dice.roll(3) == 0);
        let request =
            leads::Request { reason: "duplicate", comment: "", approved, decide_by: None, overdue: Overdue::Expire };
        let asked = world.write(async |tx| leads::request_returns(tx, &scope, &ids, &request, now).await).await;
        let to = if approved { ReturnState::Approved } else { ReturnState::Requested };
        let mut expected = 0;
        for id in &ids {
            let lead = self.known.get_mut(id).unwrap();
            if !lead.returned.is_some_and(ReturnState::is_decided) {
                lead.returned = Some(to);
                expected += 1;
            }
        }
        assert_eq!(asked, expected);
        let ids = self.some();
        world.write(async |tx| leads::withdraw_returns(tx, &scope, &ids, now).await).await;
        for id in &ids {
            let lead = self.known.get_mut(id).unwrap();
            if lead.returned == Some(ReturnState::Requested) {
                lead.returned = Some(ReturnState::Withdrawn);
            }
        }
    }

    /// Decides on some of what was asked.
    async fn answer(&mut self) {
        let (world, now) = (self.world, self.world.db.now());
        let query = domain::returns::ReturnQuery::default();
        let open = leads::queue(&mut world.reader().await, &self.admin, &query).await.unwrap().returns;
        let chosen: Vec<_> = open.into_iter().filter(|_| self.dice.roll(2) == 0).collect();
        let decision = ReturnDecision { approve: self.dice.roll(2) == 0, answer: "so".into() };
        let ids: Vec<_> = chosen.iter().map(|one| one.request.id).collect();
        let admin = self.admin.clone();
        let done = world.write(async |tx| leads::decide_returns(tx, &admin, &ids, &decision, now).await).await;
        assert!(matches!(done, Decided::Done(_)), "{done:?}");
        for one in chosen {
            self.known.get_mut(&one.lead.0).unwrap().returned = Some(decision.state());
        }
    }

    /// What the report should say, counted lead by lead.
    fn counted(
        &self,
        query: &ReportQuery,
        by: ReportBy,
        zone: Zone,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Vec<ReportRow> {
        let won = ["sold".to_owned()];
        let within = self.known.values().filter(|lead| {
            let day = zone.day(lead.delivered_at);
            from <= day && day <= to && query.campaign.as_ref().is_none_or(|campaign| *campaign == lead.campaign)
        });
        let mut days = BTreeMap::<NaiveDate, Figures>::new();
        let mut others = BTreeMap::<RowKey, Figures>::new();
        for lead in within {
            let key = match by {
                ReportBy::Campaign => RowKey::Campaign(lead.campaign.clone()),
                ReportBy::Partner => RowKey::Partner("Northwind Solar".into(), self.member.partner),
                ReportBy::Hour => RowKey::Hour(zone.local(lead.delivered_at).clock().hour()),
                ReportBy::Field if lead.roof.is_empty() => RowKey::NoValue,
                ReportBy::Field => RowKey::Value(lead.roof.into()),
                _ => {
                    days.entry(zone.day(lead.delivered_at)).or_default().merge(&lead.figures(&won));
                    continue;
                }
            };
            others.entry(key).or_default().merge(&lead.figures(&won));
        }
        match by {
            ReportBy::Hour => {
                let row = |hour| {
                    let key = RowKey::Hour(hour);
                    ReportRow { figures: others.remove(&key).unwrap_or_default(), key }
                };
                (0..24).map(row).collect()
            }
            ReportBy::Campaign | ReportBy::Partner | ReportBy::Field => {
                others.into_iter().map(|(key, figures)| ReportRow { key, figures }).collect()
            }
            by => rows_of_days((from, to), by, &days),
        }
    }
}

fn sum(rows: &[ReportRow]) -> Figures {
    let mut sum = Figures::default();
    rows.iter().for_each(|row| sum.merge(&row.figures));
    sum
}

on_both_engines! {
    /// After any order of deliveries, openings, decisions, undoings and outcomes, in three time zones across a change of the clocks, each
    /// figure of each report is the one that a plain count gives; so it is after the counts were made anew.
    async fn every_figure_is_what_a_plain_count_gives(world: World) {
        for (number, zone) in ["America/New_York", "Europe/Berlin", "Pacific/Auckland"].into_iter().enumerate() {
            let (account, member) = world.account_in(&format!("zone-{number}"), zone).await;
            let scope = world.scope(&member).await;
            let admin = world.admin_of(account, domain::admin::AdminRole::Owner).await;
            let admin = admin.require(domain::admin::AdminPermission::View).unwrap();
            let zone: Zone = zone.parse().unwrap();
            let (name, label) = ("roof".to_owned(), String::new());
            let rule = FieldRule { name, label, position: None, hidden: false, kind: FieldKind::Choice, filterable: true, searched: false };
            world.write(async |tx| leads::set_field_rules(tx, &admin, &FieldRules(vec![rule])).await).await;
            let dice = Dice(20_261_126 + number as u64);
            let mut life =
                Life { world: &world, scope: scope.clone(), account, admin: admin.clone(), member: &member, known: BTreeMap::new(), dice, delivered: 0 };
            life.deliver().await;
            for step in 0..60 {
                life.step().await;
                if step % 12 == 11 {
                    check(&life, &scope, &admin, zone).await;
                    // Some of what is pending is summed up, and the next time what of it has changed again.
                    leads::fold_unscoped(&world.db, account, folding(7)).await.unwrap().1.unwrap();
                    check(&life, &scope, &admin, zone).await;
                }
            }
            assert!(life.known.len() > 20, "{}", life.known.len());
            world.write(async |tx| leads::rebuild_counts(tx, account).await).await;
            check(&life, &scope, &admin, zone).await;
            fold(&world).await;
            check(&life, &scope, &admin, zone).await;
        }
    }

    /// The sums over all partners are those of each, while partners change leads and two processes sum up beside them.
    async fn sums_of_all_partners_are_those_of_each(world: World) {
        let account = world.account;
        let change = async |member: &Member, seed: u64| {
            let (mut dice, scope) = (Dice(seed), world.scope(member).await);
            for round in 0..12 {
                let some = |n: u64, dice: &mut Dice| NewLead {
                    campaign: dice.one(&["Solar", "Heat pump"]).into(),
                    price: Some(Money { minor: 100, currency: Currency::EUR }.into()),
                    delivered_at: instant("2026-09-28T10:00:00Z") + TimeDelta::hours(i64::try_from(dice.roll(24 * 60)).unwrap()),
                    ..lead(&format!("{seed}-{round}-{n}"), "Ada", 0)
                };
                let new: Vec<_> = (0..4).map(|n| (some(n, &mut dice), LeadStatus::New)).collect();
                let partner = member.partner;
                let ids = world
                    .write(async |tx| leads::insert_unscoped(tx, account, partner, &new, leads::Push::Nowhere).await)
                    .await
                    .ids;
                let ids: Vec<_> = ids.into_iter().map(|(id, _)| id).skip(1).collect();
                let now = world.db.now();
                world.write(async |tx| leads::review(tx, &scope, &ids, &Review::Accept, now).await).await;
            }
        };
        let fold_beside = async || {
            for _ in 0..25 {
                leads::fold_unscoped(&world.db, account, folding(3)).await.unwrap().1.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let (one, other) = (&world.northwind, &world.contoso);
        tokio::join!(change(one, 1), change(other, 2), fold_beside(), fold_beside());
        let admin = world.admin_scope().await;
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let report = async |by, (from, to): (&str, &str), campaign: Option<&str>, partner| {
            let days = DayRange { from: Some(day(from)), to: Some(day(to)) };
            let query = ReportQuery { days, by: Some(by), campaign: campaign.map(str::to_owned), partner, ..ReportQuery::default() };
            reports::of_account(&mut world.db.begin_read().await.unwrap(), &admin, &query).await.unwrap()
        };
        let spans = [("2026-09-28", "2026-11-30"), ("2026-10-01", "2026-11-30"), ("2026-10-02", "2026-11-29"), ("2026-10-05", "2026-10-20")];
        let mut left = leads::pending_unscoped(&mut world.reader().await).await.unwrap().len();
        loop {
            for span in spans {
                for campaign in [None, Some("Solar")] {
                    let each = [one.partner, other.partner];
                    let partners = report(ReportBy::Partner, span, campaign, None).await;
                    let mut sum = Figures::default();
                    for partner in each {
                        let own = report(ReportBy::Partner, span, campaign, Some(partner)).await;
                        let row = partners.rows.iter().find(|row| matches!(&row.key, RowKey::Partner(_, id) if *id == partner));
                        assert_eq!(row.map(|row| &row.figures), own.rows.first().map(|row| &row.figures), "{span:?} {campaign:?}");
                        sum.merge(&own.total);
                    }
                    let hours = async |partner| report(ReportBy::Hour, span, campaign, partner).await.rows;
                    let (mut each, all) = (hours(Some(one.partner)).await, hours(None).await);
                    for (hour, of_other) in each.iter_mut().zip(hours(Some(other.partner)).await) {
                        hour.figures.merge(&of_other.figures);
                    }
                    assert_eq!(all, each, "by hour, {span:?} {campaign:?}");
                    assert_eq!(self::sum(&all), sum);
                    for by in [ReportBy::Day, ReportBy::Month, ReportBy::Campaign, ReportBy::Partner] {
                        assert_eq!(report(by, span, campaign, None).await.total, sum, "{by} {span:?} {campaign:?}");
                    }
                    assert!(sum.leads > 10 && sum.accepted < sum.leads && sum.accepted > 0);
                }
            }
            if left == 0 {
                break;
            }
            fold(&world).await;
            left = leads::pending_unscoped(&mut world.reader().await).await.unwrap().len();
            assert_eq!(left, 0);
        }
    }

    /// Hours are those of the clock that the account has by now, and values those of the field as it is by now, whatever has been summed up
    /// under other rules; of more values than a partner can choose from, the first ones have rows.
    async fn sums_by_hour_and_value_follow_the_accounts_rules(world: World) {
        let (account, member) = world.account_in("rules", "Europe/Berlin").await;
        let (scope, partner) = (world.scope(&member).await, member.partner);
        let admin = world.admin_of(account, domain::admin::AdminRole::Owner).await;
        let admin = admin.require(domain::admin::AdminPermission::View).unwrap();
        let rule = |name: &str, label: &str, kind| {
            FieldRule { name: name.to_owned(), label: label.to_owned(), position: None, hidden: false, kind, filterable: true, searched: false }
        };
        let set = async |rules: &[FieldRule]| {
            let rules = FieldRules(rules.to_vec());
            world.write(async |tx| leads::set_field_rules(tx, &admin, &rules).await).await;
            world.write(async |tx| leads::refold_fields(tx, &admin, true).await).await;
        };
        set(&[rule("roof", "Roof", FieldKind::Choice), rule("word", "", FieldKind::Text)]).await;
        let new = |n: usize| NewLead {
            campaign: match n {
                280..300 => "later",
                300.. => "last",
                _ => "first",
            }
            .into(),
            fields: vec![("roof".into(), if n.is_multiple_of(3) { "Flat" } else { "STEEP" }.into()), ("word".into(), format!("Word {n:03}"))],
            delivered_at: instant("2026-11-10T10:00:00Z") + TimeDelta::days(i64::try_from(n % 4).unwrap()),
            ..lead(&format!("L-{n}"), "Ada", 0)
        };
        let all: Vec<_> = (0..320).map(|n| (new(n), LeadStatus::New)).collect();
        let stored =
            world.write(async |tx| leads::insert_unscoped(tx, account, partner, &all, leads::Push::Nowhere).await).await;
        let (id, _) = stored.ids[0];
        let told = async |by: &str| {
            let (query, ignored) = ReportQuery::from_query_string(&format!("from=2026-11-01&to=2026-11-30&by={by}"));
            assert!(ignored.is_empty());
            let of_partner = reports::of_partner(&mut world.db.begin_read().await.unwrap(), &scope, &query).await.unwrap();
            let of_account = reports::of_account(&mut world.db.begin_read().await.unwrap(), &admin, &query).await.unwrap();
            assert_eq!((&of_partner.rows, &of_partner.total), (&of_account.rows, &of_account.total), "{by}");
            assert_eq!(self::sum(&of_partner.rows), of_partner.total);
            let rows = of_partner.rows.into_iter().filter(|row| row.figures.leads > 0);
            rows.map(|row| (row.key.name(of_partner.by), row.figures.leads)).collect::<Vec<_>>()
        };
        let rows = |rows: &[(&str, u64)]| rows.iter().map(|(name, leads)| ((*name).to_owned(), *leads)).collect::<Vec<_>>();
        let roofs = rows(&[("STEEP", 213), ("Flat", 107)]);
        for _ in 0..2 {
            // Both from the leads and from the sums.
            assert_eq!(told("field.Roof").await, roofs, "as they were written first");
            let words = told("field.word").await;
            assert_eq!((words.len(), &words[0], &words[50]), (51, &("Word 000".to_owned(), 1), &("Other values".to_owned(), 270)));
            assert_eq!(told("field.word&campaign=later").await.len(), 20, "each of the first 300 has a row of its own");
            assert_eq!(told("field.word&campaign=last").await, rows(&[("Other values", 20)]));
            assert_eq!(told("hour").await, rows(&[("11:00 – 11:59", 320)]));
            fold(&world).await;
        }
        let steep = rule("roof", "Shape", FieldKind::Text);
        set(&[steep.clone(), rule("word", "", FieldKind::Text)]).await;
        assert_eq!(told("field.Shape").await, rows(&[("No value", 320)]), "until they are written anew");
        fold(&world).await;
        while leads::refold(&world.db).await.unwrap() {}
        assert_eq!(told("field.Shape").await, roofs);
        fold(&world).await;
        assert_eq!(told("field.Shape").await, roofs);
        let zone = async |zone: &str| {
            let basics = AccountBasics {
                name: "rules".into(),
                slug: "rules".into(),
                zone: zone.parse().unwrap(),
                currency: Currency::EUR,
                support_contact: "help@acme.example".into(),
            };
            world.write(async |tx| accounts::set_basics(tx, &admin, &basics).await).await;
            let scope = world.scope(&member).await;
            let query = ReportQuery::from_query_string("from=2026-11-01&to=2026-11-30&by=hour").0;
            let report = reports::of_partner(&mut world.db.begin_read().await.unwrap(), &scope, &query).await.unwrap();
            (report.is_pending, report.rows.iter().position(|row| row.figures.leads == 320), report.total.leads)
        };
        assert_eq!(zone("America/New_York").await, (true, None, 320), "until all days are noted");
        // One that has just changed is not summed up by a clock that is on its way.
        world.write(async |tx| leads::open(tx, &scope, id).await).await;
        fold(&world).await;
        assert_eq!(zone("Europe/Berlin").await, (false, Some(11), 320));
        fold(&world).await;
        assert_eq!(zone("Europe/Berlin").await, (false, Some(11), 320), "it was put back before anything was counted");
        zone("America/New_York").await;
        assert_eq!(leads::rezoned_unscoped(&mut world.reader().await).await.unwrap(), [account]);
        leads::recount_unscoped(&world.db, account).await.unwrap();
        for _ in 0..2 {
            assert_eq!(zone("America/New_York").await, (false, Some(5), 320), "five hours before London's");
            fold(&world).await;
        }
    }

    /// A day to which many leads come is summed up once it has rested; what a report says does not wait for that.
    async fn a_day_of_many_leads_rests_first(world: World) {
        let (account, partner) = (world.account, world.northwind.partner);
        for batch in 0..21 {
            let leads: Vec<_> = (0..1_000).map(|n| (lead(&format!("N-{batch}-{n}"), "Ada", 0), LeadStatus::New)).collect();
            world.write(async |tx| leads::insert_unscoped(tx, account, partner, &leads, leads::Push::Nowhere).await).await;
        }
        let scope = world.scope(&world.northwind).await;
        for (seconds, pending) in [(0, 1), (1, 1), (1, 0)] {
            world.clock.advance(TimeDelta::seconds(seconds));
            leads::fold_unscoped(&world.db, account, folding(10)).await.unwrap().1.unwrap();
            assert_eq!(leads::pending_unscoped(&mut world.reader().await).await.unwrap().len(), pending, "after {seconds} s");
            let query = ReportQuery { by: Some(ReportBy::Hour), ..ReportQuery::default() };
            let report = reports::of_partner(&mut world.db.begin_read().await.unwrap(), &scope, &query).await.unwrap();
            assert_eq!(sum(&report.rows).leads, 21_000);
        }
    }

    /// A change that had not ended when its day was summed up is summed up after it: the note of it is not lost.
    async fn a_change_that_ends_during_the_summing_up_is_not_lost(world: World) {
        let (account, partner) = (world.account, world.northwind.partner);
        let delivered = |id: &str| vec![(lead(id, "Ada", 1), LeadStatus::New)];
        world.write(async |tx| leads::insert_unscoped(tx, account, partner, &delivered("N-1"), leads::Push::Nowhere).await).await;
        let mut open = world.db.begin_write().await.unwrap();
        leads::insert_unscoped(&mut open, account, partner, &delivered("N-2"), leads::Push::Nowhere).await.unwrap();
        let db = world.db.clone();
        let beside = tokio::spawn(async move {
            leads::fold_unscoped(&db, account, folding(10)).await.unwrap().1.unwrap();
        });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        open.commit().await.unwrap();
        beside.await.unwrap();
        // The same where the note is written and locked, but not there yet.
        world.write(async |tx| leads::insert_unscoped(tx, account, partner, &delivered("N-3"), leads::Push::Nowhere).await).await;
        if let Some(url) = world.url.starts_with("postgres").then(|| crate::world::as_superuser(&world.url)) {
            let mut other = sqlx::PgConnection::connect(&url).await.unwrap();
            let mut locked = other.begin().await.unwrap();
            sqlx::query("UPDATE lead_rollup_pending SET changes = changes").execute(&mut *locked).await.unwrap();
            let folding = leads::fold_unscoped(&world.db, account, folding(10));
            let (_, done) = tokio::time::timeout(std::time::Duration::from_secs(5), folding).await.unwrap().unwrap();
            done.unwrap();
            locked.rollback().await.unwrap();
            assert_eq!(leads::pending_unscoped(&mut world.reader().await).await.unwrap(), [account], "it was passed over");
        }
        let admin = world.admin_scope().await;
        for _ in 0..2 {
            let mut read = world.db.begin_read().await.unwrap();
            let report = reports::of_account(&mut read, &admin, &ReportQuery::default()).await.unwrap();
            assert_eq!(report.total.leads, 3);
            drop(read);
            fold(&world).await;
        }
    }

    /// A partner's report is about nobody else's leads; what they cost is for whoever may see that.
    async fn a_report_is_the_partners_own(world: World) {
        let price = Some(Money { minor: 1_000, currency: Currency::EUR }.into());
        world.deliver(&world.northwind, vec![NewLead { price, ..lead("N-1", "Ada", 1) }]).await;
        world.deliver(&world.contoso, (0..3).map(|n| NewLead { price, ..lead(&format!("C-{n}"), "Sam", n) }).collect()).await;
        let scope = world.scope(&world.northwind).await;
        let theirs = ReportQuery { partner: Some(world.contoso.partner), by: Some(ReportBy::Partner), ..ReportQuery::default() };
        let report = reports::of_partner(&mut world.reader().await, &scope, &theirs).await.unwrap();
        assert_eq!((report.total.leads, report.by), (1, ReportBy::Day), "neither a partner nor partners can be asked for");
        assert_eq!(report.total.spend().len(), 1);
        let no_field = ReportQuery { by: Some(ReportBy::Field), field: Some("roof".into()), ..ReportQuery::default() };
        let report = reports::of_partner(&mut world.reader().await, &scope, &no_field).await.unwrap();
        assert_eq!((report.by, report.field), (ReportBy::Day, None), "no field of theirs");
        let admin = world.admin_scope().await;
        let by_partner = ReportQuery { by: Some(ReportBy::Partner), ..ReportQuery::default() };
        let all = reports::of_account(&mut world.reader().await, &admin, &by_partner).await.unwrap();
        let names: Vec<_> = all.rows.iter().map(|row| (row.key.name(all.by), row.figures.leads)).collect();
        assert_eq!(names, [("Contoso Heating".to_owned(), 3), ("Northwind Solar".to_owned(), 1)], "the most leads first");
        let one = reports::of_account(&mut world.reader().await, &admin, &theirs).await.unwrap();
        assert_eq!(one.total.leads, 3);
        let (other, _) = world.second_account().await;
        let globex = world.admin_of(other, domain::admin::AdminRole::Owner).await;
        let globex = globex.require(domain::admin::AdminPermission::View).unwrap();
        let foreign = reports::of_account(&mut world.reader().await, &globex, &theirs).await.unwrap();
        assert_eq!((foreign.total.leads, foreign.rows.len()), (0, 0));
        let denied = Overrides { allowed: Permissions::NONE, denied: Permissions::of(&[Permission::ViewLeadPrice]) };
        let (account, partner) = (world.account, world.northwind.partner);
        world
            .write(async |tx| partners::set_access_unscoped(tx, account, partner, PartnerStatus::Active, true, denied).await)
            .await;
        let scope = world.scope(&world.northwind).await;
        let report = reports::of_partner(&mut world.reader().await, &scope, &theirs).await.unwrap();
        let hidden = report.total.spend().is_empty() && report.rows.iter().all(|row| row.figures.spend().is_empty());
        assert!(!report.with_price && hidden && report.before.1.spend().is_empty());
    }
}

const fn folding(most: u32) -> Fold {
    Fold { most, behind: None, rest: true }
}

/// Sums up everything that is pending, of every account.
async fn fold(world: &World) {
    for account in leads::pending_unscoped(&mut world.reader().await).await.unwrap() {
        let mut behind = None;
        loop {
            let (next, done) = leads::fold_unscoped(&world.db, account, Fold { behind, ..folding(5) }).await.unwrap();
            done.unwrap();
            behind = next;
            if behind.is_none() {
                break;
            }
        }
    }
}

async fn check(life: &Life<'_>, scope: &PartnerScope, admin: &store::access::AdminScope, zone: Zone) {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let spans = [
        ("2026-10-18", "2026-11-20"),
        ("2026-10-25", "2026-10-25"),
        ("2026-11-01", "2026-11-30"),
        ("2026-10-24", "2026-11-02"),
    ];
    for (from, to) in spans.map(|(from, to)| (day(from), day(to))) {
        for campaign in [None, Some("Solar".to_owned())] {
            for by in ReportBy::ALL {
                let days = DayRange { from: Some(from), to: Some(to) };
                let field = (*by == ReportBy::Field).then(|| "roof".to_owned());
                let query =
                    ReportQuery { days, by: Some(*by), field, campaign: campaign.clone(), ..ReportQuery::default() };
                let of_account =
                    reports::of_account(&mut life.world.db.begin_read().await.unwrap(), admin, &query).await.unwrap();
                let mut told = vec![of_account];
                if *by != ReportBy::Partner {
                    told.push(
                        reports::of_partner(&mut life.world.db.begin_read().await.unwrap(), scope, &query)
                            .await
                            .unwrap(),
                    );
                }
                let mut expected = life.counted(&query, *by, zone, (from, to));
                let earlier = before((from, to));
                let former = sum(&life.counted(&query, ReportBy::Day, zone, earlier));
                for mut report in told {
                    assert_eq!(report.total, sum(&expected), "{by} {from} {to} {campaign:?}");
                    assert_eq!(report.before, (earlier, former.clone()), "{by} {from} {to} {campaign:?}, before");
                    report.rows.sort_by(|one, other| one.key.cmp(&other.key));
                    expected.sort_by(|one, other| one.key.cmp(&other.key));
                    assert_eq!(report.rows, expected, "{by} {from} {to} {campaign:?}");
                }
            }
        }
    }
}
