//! Reports that come by mail, as a real mail server takes them and as another program reads their workbook.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use axum::{body::Body, http::Method};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use domain::{access::Permission, audit::AuditAction};
use portal_server::workers::{mail::Mailer, report_mails};
use serde_json::Value;

use crate::{
    account_recovery::follow,
    browser::{Browser, form},
    world::{ADMIN, OWNER, STRANGER, SUPPORT, World},
};

const URL: &str = "https://portal.example";

/// A mail server of its own, which keeps every mail as a file.
struct MailServer {
    folder: tempfile::TempDir,
    process: Child,
    port: u16,
}

impl MailServer {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/mailbox.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is missing: run tools/setup.sh test");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the mail server did not start: run tools/setup.sh test");
        Self { folder, process, port }
    }

    /// What has arrived since the last time.
    fn mails(&self) -> Vec<Value> {
        let files: Vec<PathBuf> =
            std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
        let mails = files.iter().map(|file| serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).collect();
        files.iter().for_each(|file| std::fs::remove_file(file).unwrap());
        mails
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl World {
    /// Writes the reports that are due and sends them; what arrives.
    async fn reports(&self, server: &MailServer) -> Vec<Value> {
        report_mails::run_once(&self.db, URL).await.unwrap();
        let mut config = self.config.clone();
        config.mail.smtp_url = Some(format!("smtp://127.0.0.1:{}", server.port).into());
        Mailer::new(self.db.clone(), self.portal.clone(), &config).unwrap().run_once().await.unwrap();
        server.mails()
    }
}

/// The rows of the workbook that came with a mail.
fn workbook(mail: &Value) -> Vec<Vec<Value>> {
    let attachment = &mail["attachments"][0];
    assert!(attachment["filename"].as_str().unwrap().ends_with(".xlsx"), "{attachment}");
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    std::fs::write(file.path(), BASE64_STANDARD.decode(attachment["content"].as_str().unwrap()).unwrap()).unwrap();
    let python = std::env::var("HOME").unwrap() + "/.cache/partner-portal/python/bin/python";
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workbook.py");
    let read = Command::new(python).arg(script).arg(file.path()).output().expect("run tools/setup.sh test");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).unwrap()
}

fn sum(rows: &[Vec<Value>], column: &str) -> f64 {
    let at = rows[0].iter().position(|name| name == column).unwrap();
    rows[1..].iter().filter_map(|row| row[at].as_f64()).sum()
}

/// The id that the first form of a page names.
fn id_in(page: &str) -> String {
    let after = page.split_once("name=\"id\" value=\"").unwrap().1;
    after.split_once('"').unwrap().0.to_owned()
}

/// The path of the link that stops a report, from the header for mail programs.
fn stop_path(mail: &Value) -> String {
    let header = mail["headers"]["list-unsubscribe"].as_str().unwrap();
    header.trim_matches(['<', '>']).strip_prefix(URL).unwrap().to_owned()
}

/// What a mail program does when its user clicks on "unsubscribe" (RFC 8058): it knows no cookie and has no origin.
async fn one_click(visitor: &Browser<'_>, path: &str) -> u16 {
    let request = visitor.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    visitor.sends(request.body(Body::from("List-Unsubscribe=One-Click")).unwrap()).await.status
}

/// It comes on its morning, with the figures of the page and the same in a workbook; its link stops it, and no reading program does.
#[tokio::test]
async fn a_report_comes_by_mail_and_is_stopped() {
    let (world, server) = (World::new().await, MailServer::start());
    let nora = world.logged_in(OWNER).await;
    let wanted = [("every", "day"), ("report", "by=campaign&from=2020-01-01")];
    let started = nora.submits("/partner/reports", "/fn/reports/mail", &wanted).await;
    assert_eq!(started.location(), "/partner/reports?from=2020-01-01&by=campaign&done=mailed");
    assert!(nora.opens(started.location()).await.body.contains("The report comes by mail from now on."));
    assert!(world.reports(&server).await.is_empty(), "not before its morning");
    world.clock.advance(TimeDelta::days(1));
    let mails = world.reports(&server).await;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!((&mail["to"][0], &mail["subject"]), (&OWNER.into(), &"Report for Northwind Solar: 22 Nov 2026".into()));
    let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    assert!(text.contains("Leads: 2 (0)") && text.contains("Spend: €98.34") && text.contains("Solar: 2"), "{text}");
    assert!(html.contains("€98.34") && html.contains("Stop this report"), "{html}");
    let rows = workbook(mail);
    assert_eq!((sum(&rows, "Leads"), sum(&rows, "Spend")), (2.0, 98.34), "{rows:?}");
    assert_eq!(mail["headers"]["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    assert!(world.reports(&server).await.is_empty(), "once a day");
    // A program that looks at mails follows links.
    let path = stop_path(mail);
    let reader = follow(&world, &path).await;
    let page = reader.opens("/partner/stop-report").await;
    assert!(page.status == 200 && page.body.contains("Every day, Acme Leads sends you a report."), "{}", page.body);
    let shown = async || world.logged_in(OWNER).await.opens("/partner/reports").await.body;
    let still = shown().await;
    assert!(still.contains("mails__one"), "it still comes: {}", &still[still.find("by-mail").unwrap_or(0)..]);
    assert_eq!(one_click(&world.visitor(), &path.replace(&path[path.len() - 4..], "0000")).await, 410);
    assert_eq!(one_click(&world.visitor(), &path).await, 200);
    assert_eq!(one_click(&world.visitor(), &path).await, 410, "once");
    assert!(!shown().await.contains("mails__one"));
    assert_eq!(reader.opens("/partner/stop-report").await.status, 410);
    world.clock.advance(TimeDelta::days(1));
    assert!(world.reports(&server).await.is_empty());
    let events = [AuditAction::ReportMailStarted, AuditAction::ReportMailStopped];
    for action in events {
        assert_eq!(world.events(action).await.len(), 1, "{action}");
    }
}

/// With nothing to say none comes, unless it is wanted; nor to whoever may not read leads any more. The button of the page stops one, too.
#[tokio::test]
async fn a_report_that_has_nothing_to_say_does_not_come() {
    let (world, server) = (World::new().await, MailServer::start());
    let nora = world.logged_in(OWNER).await;
    for even_empty in ["", "yes"] {
        let wanted = form(&[("every", "day"), ("even_empty", even_empty), ("report", "campaign=Nothing")]);
        assert_eq!(nora.calls("/fn/reports/mail", wanted).await.status, 200);
    }
    world.clock.advance(TimeDelta::days(1));
    let mails = world.reports(&server).await;
    assert_eq!(mails.len(), 1, "the one that is wanted anyway");
    assert!(mails[0]["text"].as_str().unwrap().contains("Leads: 0 (0)"));
    let reader = follow(&world, &stop_path(&mails[0])).await;
    let id = id_in(&reader.opens("/partner/stop-report").await.body);
    let another = form(&[("id", "019bb3a8-0000-7000-8000-000000000000")]);
    assert_eq!(reader.calls("/fn/auth/stop-report", another).await.status, 410, "the page of another link");
    let stopped = reader.submits("/partner/stop-report", "/fn/auth/stop-report", &[("id", &id)]).await;
    assert_eq!(stopped.location(), "/partner/stop-report?done=stopped");
    assert!(reader.opens(stopped.location()).await.body.contains("The report does not come any more."));
    let sam = world.logged_in(STRANGER).await;
    let wanted = form(&[("every", "day"), ("even_empty", "yes")]);
    assert_eq!(sam.calls("/fn/reports/mail", wanted.clone()).await.status, 200);
    let nora = world.logged_in(OWNER).await;
    assert_eq!(nora.calls("/fn/reports/mail", wanted).await.status, 200);
    assert_eq!(nora.calls("/fn/reports/mail", form(&[("every", "hour")])).await.status, 422);
    world.deny(Permission::ViewLeads).await;
    world.clock.advance(TimeDelta::days(1));
    let to: Vec<_> = world.reports(&server).await.iter().map(|mail| mail["to"][0].clone()).collect();
    assert_eq!(to, [STRANGER], "nobody at Northwind may see leads");
}

/// Staff have reports sent to themselves and to a partner's users, of that partner's leads alone and as those may see them.
#[tokio::test]
async fn staff_have_reports_sent() {
    let (world, server) = (World::new().await, MailServer::start());
    let (admin, support) = (world.logged_in_admin(ADMIN).await, world.logged_in_admin(SUPPORT).await);
    let northwind = world.northwind.to_string();
    let page = format!("/admin/reports?partner={northwind}");
    assert!(admin.opens(&page).await.body.contains("<option value=\"\">Me</option>"));
    let user = world.user(OWNER).await.to_string();
    let report = format!("partner={northwind}&by=partner");
    let to_user = [("every", "day"), ("report", &*report), ("user", &*user)];
    let started = admin.submits(&page, "/fn/admin/reports/mail", &to_user).await;
    assert!(started.location().ends_with("done=mailed"), "{}", started.location());
    assert_eq!(support.calls("/fn/admin/reports/mail", form(&to_user)).await.status, 403);
    assert_eq!(
        support.calls("/fn/admin/reports/mail", form(&[("every", "day"), ("report", "by=partner")])).await.status,
        200
    );
    let stranger = world.user(STRANGER).await.to_string();
    let foreign = [("every", "day"), ("report", &*report), ("user", &*stranger)];
    assert_eq!(admin.calls("/fn/admin/reports/mail", form(&foreign)).await.status, 422, "no user of that partner");
    world.deny(Permission::ViewLeadPrice).await;
    world.clock.advance(TimeDelta::days(1));
    let mut mails = world.reports(&server).await;
    mails.sort_by_key(|mail| mail["to"][0].to_string());
    let to: Vec<_> = mails.iter().map(|mail| mail["to"][0].as_str().unwrap()).collect();
    assert_eq!(to, [OWNER, SUPPORT]);
    let (of_partner, of_account) = (mails[0]["text"].as_str().unwrap(), mails[1]["text"].as_str().unwrap());
    assert!(
        of_partner.contains("Leads: 2 (0)") && !of_partner.contains("Contoso") && !of_partner.contains("€"),
        "{of_partner}"
    );
    assert!(of_account.contains("Leads: 3 (0)") && of_account.contains("Contoso Heating: 1"), "{of_account}");
    assert!(!workbook(&mails[0])[0].contains(&"Spend".into()), "prices are not for them");
    assert!(
        mails[1]["attachments"].as_array().is_none_or(Vec::is_empty) && !of_account.contains("workbook"),
        "who may not export gets no file"
    );
    let of_user = id_in(&world.logged_in_admin(ADMIN).await.opens("/admin/reports").await.body);
    let support = world.logged_in_admin(SUPPORT).await;
    let shown = support.opens("/admin/reports").await.body;
    assert!(shown.contains("mails__one") && !shown.contains(&of_user), "its own alone");
    assert_eq!(support.calls("/fn/admin/reports/stop-mail", form(&[("id", &of_user)])).await.status, 404);
    let admin = world.logged_in_admin(ADMIN).await;
    let listed = admin.opens("/admin/reports").await.body;
    assert!(
        listed.contains("Northwind Solar") && !listed.contains("to <bdi>The support"),
        "not what comes to another admin: {}",
        &listed[listed.find("by-mail").unwrap_or(0)..]
    );
    let id = listed.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(admin.calls("/fn/admin/reports/stop-mail", form(&[("id", id)])).await.status, 200);
    assert_eq!(admin.calls("/fn/admin/reports/stop-mail", form(&[("id", id)])).await.status, 404);
}
