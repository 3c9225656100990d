//! Reports as mails.

use domain::{
    money::Money,
    reports::{Figures, Report, ReportQuery, percent},
    time::date,
};

use super::frame::templates;
use crate::links::AccountUrl;

/// How many rows a mail has; the workbook has all.
const ROWS: usize = 31;

/// A report of the days that have just ended.
#[derive(Clone, Copy)]
pub struct ReportMail<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// Whose leads it is about.
    pub about: &'a str,
    /// The report.
    pub report: &'a Report,
    /// What was asked for.
    pub query: &'a ReportQuery,
    /// Where the page with the same figures is.
    pub path: &'static str,
    /// The link by which it is stopped.
    pub stop: &'a str,
    /// Whether the workbook comes with it.
    pub with_workbook: bool,
    /// Where its account's pages are found.
    pub urls: &'a AccountUrl,
}
templates!(ReportMail, "mail/report.txt", "mail/report.html");

impl ReportMail<'_> {
    fn days(&self) -> String {
        let (from, to) = self.report.span;
        if from == to { date(from) } else { format!("{} to {}", date(from), date(to)) }
    }

    fn campaign(&self) -> Option<&str> {
        self.query.campaign.as_deref()
    }

    /// Each figure: what it is called, what it is, and what it was on the days before.
    fn figures(&self) -> Vec<(&'static str, String, String)> {
        let (now, before) = (&self.report.total, &self.report.before.1);
        let mut told = Vec::new();
        let mut tell = |label, of: &dyn Fn(&Figures) -> String| told.push((label, of(now), of(before)));
        tell("Leads", &|figures| figures.leads.to_string());
        if self.report.with_price {
            tell("Spend", &|figures| amounts(&figures.spend()));
            tell("Price per lead", &|figures| one(figures.price_per_lead()));
        }
        tell("Accepted", &|figures| figures.accepted.to_string());
        tell("Rejected", &|figures| figures.rejected.to_string());
        tell("Share accepted", &|figures| figures.acceptance().map_or_else(|| "–".to_owned(), percent));
        tell("Returned", &|figures| figures.returned.to_string());
        tell("Sold", &|figures| figures.sold.to_string());
        tell("Sales", &|figures| amounts(&figures.sales()));
        told
    }

    /// The rows: what each is of, and how many leads.
    fn rows(&self) -> impl Iterator<Item = (String, u64)> {
        self.report.rows.iter().take(ROWS).map(|row| (row.key.name(self.report.by), row.figures.leads))
    }

    fn by(&self) -> String {
        self.report.field.clone().unwrap_or_else(|| self.report.by.label().to_lowercase())
    }

    fn more(&self) -> usize {
        self.report.rows.len().saturating_sub(ROWS)
    }

    fn link(&self) -> String {
        let (from, to) = self.report.span;
        let days = domain::leads::DayRange { from: Some(from), to: Some(to) };
        let path = ReportQuery { days, period: None, ..self.query.clone() }.href(self.path);
        // The account's name goes with what is there already.
        let page = self.urls.page("");
        match page.split_once('?') {
            Some((base, account)) => format!("{base}{path}&{account}"),
            None => format!("{page}{path}"),
        }
    }
}

fn amounts(amounts: &[Money]) -> String {
    if amounts.is_empty() {
        "–".to_owned()
    } else {
        amounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
    }
}

fn one(money: Option<Money>) -> String {
    money.map_or_else(|| "–".to_owned(), |money| money.to_string())
}
