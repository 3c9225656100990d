//! What a walk has found: as a table, as JSON and as a page that can be handed on.

use std::fmt;

use serde::Serialize;

use super::{
    visitor::Answer,
    world::{Sees, World},
};

/// Something that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Who asked.
    pub who: String,
    /// What was asked for.
    pub what: String,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub got: String,
    /// Whether something of another partner or account was in it.
    pub foreign: bool,
}

/// A part of the walk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Its name.
    pub name: &'static str,
    /// What was tried, in a sentence.
    pub about: &'static str,
    /// How many requests, mails or messages were looked at.
    pub walked: usize,
    /// What did not hold.
    pub findings: Vec<Finding>,
}

/// The whole walk.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// When it began.
    pub at: String,
    /// The portal's version.
    pub version: &'static str,
    /// The database's engine.
    pub engine: &'static str,
    /// What the walls inside the database lack; nothing where all is as it should be. SQLite has none.
    pub wall_gaps: Vec<String>,
    /// For how long it went, in seconds.
    pub seconds: f64,
    /// How many requests, mails or messages were looked at.
    pub walked: usize,
    /// In how many of them something of another partner or account was.
    pub foreign: usize,
    /// Whether everything held.
    pub held: bool,
    /// Whether all parts were walked, and not some alone.
    pub is_whole: bool,
    /// How many routes of each kind there are, each of which was walked.
    pub routes: Vec<(&'static str, usize)>,
    /// Routes for which the synthetic partners have nothing to show, so that only the refusals were tried there.
    pub without_example: Vec<String>,
    /// What could not be removed afterwards.
    pub left: Vec<String>,
    /// Its parts.
    pub rounds: Vec<Round>,
}

impl Round {
    pub(super) fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, walked: 0, findings: Vec::new() }
    }

    /// Its name at the beginning of a line.
    #[must_use]
    pub fn title(&self) -> String {
        let mut signs = self.name.chars();
        signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
    }

    /// Notes that something was looked at, and whether it is as it should be.
    pub(super) fn look(
        &mut self,
        who: &str,
        what: &str,
        held: bool,
        expected: impl fmt::Display,
        got: impl fmt::Display,
    ) {
        self.walked += 1;
        if !held {
            self.find(who, what, &expected.to_string(), &got.to_string(), false);
        }
    }

    fn find(&mut self, who: &str, what: &str, expected: &str, got: &str, foreign: bool) {
        let (who, what, expected) = (who.to_owned(), what.to_owned(), expected.to_owned());
        self.findings.push(Finding { who, what, expected, got: got.to_owned(), foreign });
    }

    /// Notes an answer: its status must be this one, and nothing in it anybody else's.
    pub(super) fn answer(&mut self, world: &World, who: &str, sees: &Sees, what: &str, status: u16, answer: &Answer) {
        self.judge(world, who, sees, what, answer, answer.status == status, status);
    }

    /// The same with a verdict of the caller's own in place of a status.
    #[expect(clippy::too_many_arguments, reason = "who asked what, and what was to come and came")]
    pub(super) fn judge(
        &mut self,
        world: &World,
        who: &str,
        sees: &Sees,
        what: &str,
        answer: &Answer,
        held: bool,
        expected: impl fmt::Display,
    ) {
        self.look(who, what, held, expected, format_args!("{} {}", answer.status, answer.header("location")));
        self.nothing_foreign(world, who, sees, what, &answer.readable());
    }

    /// Looks for what somebody must not see.
    pub(super) fn nothing_foreign(&mut self, world: &World, who: &str, sees: &Sees, what: &str, text: &str) {
        if let Some(found) = world.foreign(text, sees) {
            self.find(who, what, "nothing of anybody else", found, true);
        }
    }
}

/// As many findings of a part as a terminal shows.
const SHOWN: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, count) in &self.routes {
            writeln!(f, "{count:>6} {kind}")?;
        }
        writeln!(f, "\n{:<38}{:>8}", "part", "walked")?;
        for round in &self.rounds {
            let verdict = match round.findings.len() {
                0 => "held".to_owned(),
                count => format!("{count} did NOT hold"),
            };
            writeln!(f, "{:<38}{:>8}  {verdict}", round.name, round.walked)?;
            for finding in round.findings.iter().take(SHOWN) {
                let Finding { who, what, expected, got, .. } = finding;
                writeln!(f, "    {who}: {what}: expected {expected}, got {got}")?;
            }
            if round.findings.len() > SHOWN {
                writeln!(f, "    and {} more; the files have them all", round.findings.len() - SHOWN)?;
            }
        }
        if !self.is_whole {
            writeln!(f, "\nThese are some parts alone.")?;
        }
        for gap in self.wall_gaps.iter().chain(&self.left) {
            writeln!(f, "\nWarning: {gap}")?;
        }
        let verdict = if self.held { "All held." } else { "NOT everything held." };
        writeln!(
            f,
            "\nWalked {} in {:.0} s on {}: {} with something of another partner or account. {verdict}",
            self.walked, self.seconds, self.engine, self.foreign
        )
    }
}

#[derive(askama::Template)]
#[template(path = "isolation.html")]
struct Page<'r> {
    report: &'r Report,
    day: &'r str,
    seconds: String,
}

impl Report {
    /// As a page of its own, without anything that it would have to load.
    ///
    /// # Errors
    /// None that can happen: what is written is text.
    pub fn to_html(&self) -> Result<String, askama::Error> {
        let day = self.at.split(' ').next().unwrap_or_default();
        askama::Template::render(&Page { report: self, day, seconds: format!("{:.0}", self.seconds) })
    }
}
