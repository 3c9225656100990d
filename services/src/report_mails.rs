//! Reports that come by mail: who gets which, how one is written, and how it is stopped.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::{
    access::Permission,
    admin::AdminPermission,
    audit::{AuditAction, AuditResult},
    ids::{ReportMailId, UserId},
    report_mails::{self as rules, Every},
    reports::{Report, ReportBy, ReportQuery},
    zone::Zone,
};
use store::{
    Reader, Tx,
    access::{AdminScope, AdminSession, PartnerScope, PartnerSession},
    outbox::Recurring,
    report_mails::{self, DueReportMail, NewReportMail},
    reports, users,
};

use crate::{
    AdminActor, Object, PartnerActor, ServiceError,
    links::{AccountUrl, Link},
    mail::{MailQueue, ReportMail},
    record_visitor, tokens,
};

/// The hour of the account's morning at which reports come.
const HOUR: TimeDelta = TimeDelta::hours(6);

/// When one comes that is due on this day.
fn morning(zone: Zone, day: NaiveDate) -> DateTime<Utc> {
    zone.day_start(day) + HOUR
}

/// When one comes next, after now.
fn next(zone: Zone, every: Every, now: DateTime<Utc>) -> DateTime<Utc> {
    // Before six in the morning the report of this morning is still to come.
    let today = zone.day(now - HOUR);
    morning(zone, every.next(today))
}

/// What a form asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// How often.
    pub every: Every,
    /// What it is about; its days do not matter.
    pub query: ReportQuery,
    /// Whether it comes when there were no leads.
    pub even_empty: bool,
}

impl Wanted {
    fn lasting(&self, zone: Zone, now: DateTime<Utc>) -> (ReportQuery, DateTime<Utc>) {
        (rules::lasting(&self.query), next(zone, self.every, now))
    }

    fn detail(&self) -> serde_json::Value {
        serde_json::json!({ "every": self.every, "by": self.query.by, "campaign": self.query.campaign })
    }
}

fn one_more(added: bool) -> Result<(), ServiceError> {
    let message = || format!("At most {} reports come to one user: stop another one first.", rules::MOST);
    if added { Ok(()) } else { Err(ServiceError::field("every", message())) }
}

/// Has a report of the partner's leads sent to whoever asks for it.
///
/// # Errors
/// [`ServiceError::Invalid`] when that user gets too many already.
pub async fn subscribe(actor: &PartnerActor, tx: &mut Tx, wanted: &Wanted) -> Result<(), ServiceError> {
    let scope = actor.scope();
    let (query, due_at) = wanted.lasting(scope.session().zone(), tx.now());
    let query = ReportQuery { partner: None, ..query };
    let new = NewReportMail { every: wanted.every, query: &query, even_empty: wanted.even_empty, due_at };
    let user = scope.session().user_id();
    one_more(report_mails::add(tx, scope, user, &new).await?)?;
    actor.record(tx, AuditAction::ReportMailStarted, user, wanted.detail());
    Ok(())
}

/// Has a report of the account's leads sent to the admin who asks for it, or, with `user`, one of the partner's leads that the query names
/// to one of its users.
///
/// # Errors
/// [`ServiceError::NotFound`] for any partner that is none of the account's, [`ServiceError::Invalid`] for a user who is none of the
/// partner's or gets too many already.
pub async fn subscribe_for_account(
    actor: &AdminActor,
    tx: &mut Tx,
    wanted: &Wanted,
    user: Option<UserId>,
) -> Result<(), ServiceError> {
    let (query, due_at) = wanted.lasting(actor.scope().session().zone(), tx.now());
    let new = NewReportMail { every: wanted.every, query: &query, even_empty: wanted.even_empty, due_at };
    let Some(user) = user else {
        one_more(report_mails::add_for_admin(tx, actor.scope(), &new).await?)?;
        actor.record(tx, AuditAction::ReportMailStarted, actor.scope().session().user_id(), wanted.detail());
        return Ok(());
    };
    let partner = query.partner.ok_or_else(|| ServiceError::field("user", "Choose a partner first."))?;
    let scope = actor.scope().for_partner(tx, partner).await?.ok_or(ServiceError::NotFound)?;
    if !users::colleagues(tx, &scope).await?.iter().any(|colleague| colleague.id == user) {
        return Err(ServiceError::field("user", "Choose one of the partner's users."));
    }
    let of_partner = ReportQuery { partner: None, by: query.by.filter(|by| *by != ReportBy::Partner), ..query.clone() };
    let new = NewReportMail { query: &of_partner, ..new };
    one_more(report_mails::add(tx, &scope, user, &new).await?)?;
    actor.record_about(tx, partner, AuditAction::ReportMailStarted, user, wanted.detail());
    Ok(())
}

/// Stops a report that comes to whoever asks.
///
/// # Errors
/// [`ServiceError::NotFound`] for any other.
pub async fn unsubscribe(actor: &PartnerActor, tx: &mut Tx, id: ReportMailId) -> Result<(), ServiceError> {
    if !report_mails::remove_own(tx, actor.scope(), id).await? {
        return Err(ServiceError::NotFound);
    }
    let user = actor.scope().session().user_id();
    actor.record(tx, AuditAction::ReportMailStopped, user, serde_json::json!({}));
    Ok(())
}

/// Stops one that comes to the admin who asks or, by an admin who manages partners, to a user of one of the account's partners.
///
/// # Errors
/// [`ServiceError::NotFound`] for any other.
pub async fn unsubscribe_for_account(actor: &AdminActor, tx: &mut Tx, id: ReportMailId) -> Result<(), ServiceError> {
    let partner = report_mails::remove_of_account(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    let (action, object) = (AuditAction::ReportMailStopped, Object("report_mail", Some(id.0)));
    match partner {
        Some(partner) => actor.record_about(tx, partner, action, object, serde_json::json!({})),
        None => actor.record(tx, action, object, serde_json::json!({})),
    }
    Ok(())
}

/// What a mailed link stops: the report, how often it comes, and the account's name.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when it does not work any more.
pub async fn by_link(read: &mut Reader, hash: &[u8]) -> Result<(ReportMailId, Every, String), ServiceError> {
    report_mails::by_link_unscoped(read, hash).await?.ok_or(ServiceError::LinkExpired)
}

/// Stops the report that a mailed link belongs to.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when it does not work any more.
pub async fn stop_by_link(tx: &mut Tx, hash: &[u8], address: &str) -> Result<(), ServiceError> {
    let (account, partner, user) = report_mails::stop_unscoped(tx, hash).await?.ok_or(ServiceError::LinkExpired)?;
    let by = (address, AuditResult::Success);
    record_visitor(tx, (account, partner), AuditAction::ReportMailStopped, Some(user), by);
    Ok(())
}

/// What came of a report that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is in the outbox.
    Queued,
    /// There was nothing to say, or nobody any more who may read it.
    Nothing,
    /// Another worker was faster.
    Taken,
}

/// Reads a report that is due, with the figures that the user who gets it may see; none where nobody may read it, or not yet. `read` is a
/// snapshot of its own: sums and counts have to agree, and nobody who writes waits for them.
pub async fn read_due(read: &mut Reader, due: &DueReportMail) -> Result<Option<Report>, ServiceError> {
    let now = read.now();
    let Some(reader) = Reading::of(read, due).await? else { return Ok(None) };
    if reader.planned(due) > now {
        return Ok(None);
    }
    // A day begins with its morning: what is late by some hours of the night is about the same days.
    let query = rules::due(&due.query, due.every, reader.zone.day(now - HOUR));
    reader.report(read, &query).await.map(Some)
}

/// Sends a report that is due, as [`read_due`] has just read it, and the same as a workbook.
///
/// # Errors
/// When the workbook cannot be made: the report is due still.
pub async fn send_due(
    tx: &mut Tx,
    due: &DueReportMail,
    report: Option<Report>,
    public_url: &str,
    workbook: impl FnOnce(&Report) -> Result<Vec<u8>, ServiceError>,
) -> Result<Sent, ServiceError> {
    let now = tx.now();
    let Some(reader) = Reading::of(tx, due).await? else {
        // A day later somebody may be let in again.
        let later = due.due_at.checked_add_days(Days::new(1)).unwrap_or(now).max(now + TimeDelta::hours(1));
        let taken = report_mails::take_unscoped(tx, due, later).await?;
        return Ok(if taken { Sent::Nothing } else { Sent::Taken });
    };
    let planned = reader.planned(due);
    let next = if planned > now { planned } else { next(reader.zone, due.every, now) };
    if !report_mails::take_unscoped(tx, due, next).await? {
        return Ok(Sent::Taken);
    }
    if planned > now {
        return Ok(Sent::Nothing);
    }
    // Who was let in at this very moment gets the next one.
    let Some(report) = report else { return Ok(Sent::Nothing) };
    if report.total.leads == 0 && !due.even_empty {
        return Ok(Sent::Nothing);
    }
    let (token, hash) = tokens::fresh()?;
    report_mails::add_link_unscoped(tx, due.id, &hash).await?;
    let urls = AccountUrl::of(tx, public_url, due.account).await?;
    let mail = ReportMail {
        name: &reader.name,
        about: &reader.about,
        report: &report,
        query: &due.query,
        path: if due.partner.is_some() { "/partner/reports" } else { "/admin/reports" },
        stop: &urls.link(Link::StopReport, &token),
        with_workbook: reader.exports,
        urls: &urls,
    };
    let name = format!("report-{}--{}.xlsx", report.span.0, report.span.1);
    let workbook = if reader.exports { Some((name, workbook(&report)?)) } else { None };
    let recurring = Recurring { unsubscribe: mail.stop.to_owned(), workbook };
    let queue = match due.partner {
        Some(partner) => MailQueue::of_partner(tx, due.account, partner).await?,
        None => MailQueue::of(tx, due.account).await?,
    };
    queue.send_recurring(tx, &reader.email, &mail, recurring).await?;
    Ok(Sent::Queued)
}

/// Whoever gets a report, as it may read it now.
struct Reading {
    who: Who,
    name: String,
    email: String,
    /// Whose leads it is about.
    about: String,
    zone: Zone,
    /// Whether it may have files.
    exports: bool,
}

enum Who {
    Partner(PartnerScope),
    Admin(AdminScope),
}

impl Reading {
    /// Nobody, where the user is shut out or may not read leads.
    async fn of(read: &mut Reader, due: &DueReportMail) -> Result<Option<Self>, ServiceError> {
        if due.partner.is_some() {
            let Some(session) = PartnerSession::of_authenticated_user(read, due.user).await? else { return Ok(None) };
            let (name, email) = (session.user_name().to_owned(), session.email().to_owned());
            let (about, zone) = (session.partner_name().to_owned(), session.zone());
            let exports = session.permissions().has(Permission::ExportLeads);
            let scope = session.require(Permission::ViewLeads).ok();
            return Ok(scope.map(|scope| Self { who: Who::Partner(scope), name, email, about, zone, exports }));
        }
        let Some(session) = AdminSession::of_authenticated_user(read, due.user).await? else { return Ok(None) };
        let (name, email) = (session.user_name().to_owned(), session.email().to_owned());
        let (account, zone) = (session.account_name().to_owned(), session.zone());
        let exports = session.require(AdminPermission::Export).is_ok();
        let Ok(scope) = session.require(AdminPermission::View) else { return Ok(None) };
        let partner = match due.query.partner {
            Some(partner) => scope.for_partner(read, partner).await?,
            None => None,
        };
        let about = partner.map_or(account, |partner| partner.session().partner_name().to_owned());
        Ok(Some(Self { who: Who::Admin(scope), name, email, about, zone, exports }))
    }

    /// When the report comes, by the clock that the account has by now: another one than when it was planned, perhaps.
    fn planned(&self, due: &DueReportMail) -> DateTime<Utc> {
        morning(self.zone, due.every.on_or_after(self.zone.day(due.due_at)))
    }

    async fn report(&self, read: &mut Reader, query: &ReportQuery) -> Result<Report, ServiceError> {
        let report = self.report_as(read, query).await?;
        if !report.is_pending {
            return Ok(report);
        }
        // A mail does not wait for leads to be summed up: it has rows that the counts tell.
        self.report_as(read, &ReportQuery { by: None, field: None, ..query.clone() }).await
    }

    async fn report_as(&self, read: &mut Reader, query: &ReportQuery) -> Result<Report, ServiceError> {
        Ok(match &self.who {
            Who::Partner(scope) => reports::of_partner(read, scope, query).await?,
            Who::Admin(scope) => reports::of_account(read, scope, query).await?,
        })
    }
}
