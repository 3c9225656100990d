use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Permissions,
    admin::{AdminPermission, AdminRole},
    clock::{ManualClock, OsEntropy},
    color::Color,
    delivery::OffReason,
    ids::{AccountId, InvoiceId, PartnerId, UserId},
    leads::LeadStatus,
    logo::LogoHash,
    money::{Currency, Money},
    reports::{Figures, Part, Report, ReportBy, ReportQuery, ReportRow, RowKey, Tally},
    settings::{AccountForm, AccountSettings, InvoicingForm, WelcomeForm},
};
use store::{
    Db, Options,
    access::AdminSession,
    accounts::{self, Account},
    admins::{self, NewAdminUser},
    delivery::mails::MailedLead,
};
use uuid::Uuid;

use super::*;
use crate::links::AccountUrl;

const URL: &str = "https://portal.example";
const LINK: &str = "https://portal.example/the/link";

fn branding(accent: &str) -> Branding {
    Branding { name: "Acme Leads".into(), accent: accent.parse().unwrap(), logo: None }
}

/// Compares a mail with the file of its words: a change of a word is a change of a file.
fn assert_says(file: &str, branding: &Branding, mail: &impl Mail) {
    let Rendered { subject, text, html } = mail.render(branding).unwrap();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(file, format!("Subject: {subject}\n\n{text}\n{html}"));
    });
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn only() -> AccountUrl {
    AccountUrl::of_only_account(URL)
}

fn invoice(urls: &AccountUrl) -> InvoiceIssued<'_> {
    InvoiceIssued {
        name: "Ada Lovelace",
        invoice: InvoiceId(Uuid::from_u128(7)),
        number: "2026-0042",
        total: Money { minor: 123_456, currency: Currency::EUR },
        due_on: "2026-12-06".parse().unwrap(),
        urls,
    }
}

fn lead(number: u128, name: &str) -> MailedLead {
    MailedLead {
        lead_id: Uuid::from_u128(number),
        name: name.into(),
        email: "grace@example.com".into(),
        phone: "+49 30 123456".into(),
        campaign: "Solar & heat".into(),
        delivered_at: instant("2026-11-22T09:30:00Z"),
        created_at: instant("2026-11-22T09:30:01Z"),
    }
}

fn settings(welcome: WelcomeForm) -> AccountSettings {
    AccountSettings {
        account: AccountForm {
            name: "Acme Leads".into(),
            support_contact: "help@acme.example".into(),
            ..AccountForm::default()
        },
        accent: "#2454c6".into(),
        portal_enabled: true,
        default_permissions: Permissions::all(),
        invoicing: InvoicingForm::default(),
        welcome,
        audit_retention: None,
        audit_head_mails: false,
        logo: None,
    }
}

#[test]
fn mails_about_logging_in() {
    let (look, name) = (branding("#2454c6"), "Ada Lovelace");
    let reset = |reason| PasswordReset { name, reason, link: LINK };
    assert_says("password_reset_asked_for", &look, &reset(ResetReason::AskedFor));
    assert_says("password_reset_sent_by_admin", &look, &reset(ResetReason::SentByAdmin));
    let at = "26 Nov 2026, 00:05:00 (UTC+01:00)";
    let notice = |notice| SecurityNotice { name, notice, at, address: "192.0.2.7", link: LINK };
    assert_says("security_notice", &look, &notice(Notice::NewBrowser { device: "Firefox on Windows" }));
    let others = [
        Notice::Password,
        Notice::Address { new: "ada@new.example" },
        Notice::PasskeyAdded { name: "Ada’s phone" },
        Notice::PasskeyRemoved { name: "Ada’s phone" },
        Notice::SingleSignOn,
        Notice::TwoFactorOn,
        Notice::TwoFactorOff,
        Notice::WrongCodes,
        Notice::UserInvited { email: "joan@northwind.example" },
        Notice::RecoveryCodes,
        Notice::RecoveryCodeUsed { left: 1 },
        Notice::RecoveryCodeUsed { left: 8 },
        Notice::KeyMade { key: "CRM" },
        Notice::KeyRevoked { key: "CRM" },
        Notice::DeliveryTarget,
        Notice::SigningSecret,
        Notice::AdminInvited { email: "joan@acme.example" },
        Notice::AdminChanged { admin: "Joan Clarke" },
    ];
    let subject = |about| notice(about).render(&look).unwrap().subject;
    let said: Vec<_> = others.iter().map(|about| format!("{}\n{}.", subject(*about), about.sentence())).collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("security_notices", said.join("\n\n"));
    });
    assert_says("confirm_address", &look, &ConfirmAddress { name, old: "ada@old.example", link: LINK });
    assert_says("address_taken", &look, &AddressTaken { name });
    let head = format!("1234:{}", "0a".repeat(32));
    assert_says("audit_head", &look, &AuditHead { name, account: "acme", head: &head, at });
    assert_says("address_change_asked", &look, &AddressChangeAsked { name, new: "ada@new.example" });
    assert_says("temporary_password_made", &look, &TemporaryPasswordMade { name });
    assert_says("two_factor_reset", &look, &TwoFactorReset { name });
    assert_says("role_changed", &look, &RoleChanged { name, role: "Manager" });
    assert_says("login_disabled", &look, &LoginDisabled { name });
}

#[test]
fn mails_that_invite() {
    let (look, name, partner) = (branding("#2454c6"), "Ada Lovelace", "Northwind Solar");
    let invited_by = "Grace Hopper";
    assert_says("partner_invitation", &look, &PartnerInvitation { name, invited_by, partner, link: LINK });
    let elsewhere = PartnerInvitationElsewhere { name, invited_by, partner };
    assert_says("partner_invitation_elsewhere", &look, &elsewhere);
    let admin = |invited_by| AdminInvitation { name, invited_by, role: AdminRole::Owner, link: LINK };
    assert_says("admin_invitation", &look, &admin(Some(invited_by)));
    assert_says("admin_invitation_by_operator", &look, &admin(None));
    let built_in = settings(WelcomeForm::default());
    let example = Welcome::example(&built_in, "https://portal.example/partner/login");
    assert_says("welcome", &look, &example);
    assert_says("welcome_test", &look, &example.as_test());
}

#[test]
fn mails_about_leads_and_invoices() {
    let (look, name, partner, zone) = (branding("#2454c6"), "Ada Lovelace", "Northwind Solar", "Europe/Berlin");
    let zone = zone.parse().unwrap();
    assert_says("invoice_issued", &look, &invoice(&only()));
    for (file, reason) in [("webhook_gone", OffReason::Gone), ("webhook_failing", OffReason::Failing)] {
        assert_says(file, &look, &WebhookSwitchedOff { name, partner, reason, urls: &only() });
    }
    let changes = ["the address of the webhook", "who gets the emails"];
    let at = "26 Nov 2026, 00:05:00 (UTC+01:00)";
    let changed = DeliveryChanged {
        name,
        partner,
        by: "Grace Hopper",
        at,
        address: "192.0.2.7",
        changes: &changes,
        urls: &only(),
    };

    assert_says("delivery_changed", &look, &changed);
    let asked = ReturnsRequested {
        name: "Acme Leads",
        partner: (PartnerId(Uuid::from_u128(9)), partner),
        by: name,
        leads: 3,
        reason: "Cannot be reached",
        comment: "called <three> times",
        until: Some("2026-12-06".parse().unwrap()),
        urls: &only(),
    };
    assert_says("returns_requested", &look, &asked);
    let one = ReturnsRequested { leads: 1, comment: "", until: None, ..asked }.render(&look).unwrap();
    assert_eq!(one.subject, "Northwind Solar asks to return a lead");
    assert!(!one.text.contains("Decide by") && one.text.contains("Reason: Cannot be reached\n\nOpen"), "{}", one.text);
    let leads = [lead(1, "Grace Hopper"), lead(2, "")];
    assert_says("new_lead", &look, &NewLead { name: partner, lead: &leads[0], zone, urls: &only() });
    let day = "2026-11-22".parse().unwrap();
    assert_says("lead_digest", &look, &LeadDigest { name: partner, day, leads: &leads, zone, urls: &only() });
}

#[test]
fn a_digest_names_some_and_counts_the_others() {
    let leads: Vec<_> = (0..203).map(|number| lead(number, &format!("Lead {number}."))).collect();
    let digest = |leads| {
        let day = "2026-11-22".parse().unwrap();
        let digest = LeadDigest { name: "Northwind", day, leads, zone: domain::zone::Zone::UTC, urls: &only() };
        digest.render(&branding("#2454c6")).unwrap()
    };
    let many = digest(&leads);
    assert_eq!(many.subject, "203 new leads on 2026-11-22");
    for body in [&many.text, &many.html] {
        assert!(body.contains("Lead 199.") && !body.contains("Lead 200.") && body.contains("And 3 more."));
    }
    let one = digest(&leads[..1]);
    assert_eq!(one.subject, "1 new lead on 2026-11-22");
    assert!(one.text.contains("has delivered 1 lead to you.\n") && !one.text.contains("more."));
}

/// The button stays readable, and is seen, whatever the account's colour is.
#[test]
fn mails_in_the_look_of_an_account() {
    let look = Branding { logo: Some(LogoHash("00".into())), ..branding("#ffd400") };
    assert_says("look_logo", &look, &invoice(&only()));
    for accent in ["#000000", "#ffffff", "#ffd400", "#777777", "#181c23"] {
        let look = branding(accent);
        let look = frame::Look::of(&look);
        for (button, page) in [(&look.light, Color::WHITE), (&look.dark, Color::DARK_SURFACE)] {
            assert!(button.ink.contrast(button.ground) >= domain::color::READABLE, "{accent}");
            assert!(button.edge.contrast(page) >= 3.0, "{accent}");
        }
    }
}

#[test]
fn what_people_typed_stays_text() {
    let look = Branding { name: "\"cid:logo\" <i>\r\nBcc: all@example.com".into(), ..branding("#2454c6") };
    let urls = only();
    let mail =
        InvoiceIssued { name: "<b>Ada</b>\r\n\r\nEvil", number: "1\r\nBcc: b@example.com & 2", ..invoice(&urls) };
    let Rendered { subject, text, html } = mail.render(&look).unwrap();
    assert_eq!(subject, "Invoice 1  Bcc: b@example.com & 2 of \"cid:logo\" <i>  Bcc: all@example.com");
    assert!(text.starts_with("Hello <b>Ada</b>    Evil,\n\ninvoice 1  Bcc: b@example.com & 2 over"), "{text}");
    assert!(html.contains("Hello &#60;b&#62;Ada&#60;/b&#62;"), "{html}");
    assert!(html.contains("Bcc: b@example.com &#38; 2") && !html.contains("\"cid:logo\"") && !html.contains("<i>"));
}

#[test]
fn an_account_words_its_welcome() {
    let worded = settings(WelcomeForm {
        subject: "Hi {name}".into(),
        text: "Welcome\nto <b>{account}</b>.\n\n{link}\n\nAsk:\n{support}".into(),
    });
    let mail = Welcome::example(&worded, "https://portal.example/partner/login");
    let (subject, paragraphs) = mail.preview();
    assert_eq!(subject, "Hi Ada Lovelace");
    let wanted =
        ["Hello Ada Lovelace,", "Welcome\nto <b>Acme Leads</b>.", "[ Set your password ]", "Ask:\nhelp@acme.example"];
    assert_eq!(paragraphs, wanted);
    let Rendered { subject, text, html } = mail.as_test().render(&branding("#2454c6")).unwrap();
    assert_eq!(subject, "Test: Hi Ada Lovelace");
    assert!(text.contains("\n\nWelcome\nto <b>Acme Leads</b>.\n\nSet your password:\nhttps://"), "{text}");
    assert!(html.contains("<p>Welcome<br/>to &#60;b&#62;Acme Leads&#60;/b&#62;.</p>"), "{html}");
}

/// A database with one account.
async fn with_account() -> (tempfile::TempDir, Arc<ManualClock>, Db, AccountId) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(instant("2026-11-22T12:00:00Z")));
    let url = format!("sqlite://{}/portal.db", folder.path().display());
    let db = Db::open(&Options::new(url, 2), clock.clone(), Arc::new(OsEntropy)).await.unwrap();
    db.migrate().await.unwrap();
    let account = AccountId(db.new_id().unwrap());
    let row = Account {
        id: account,
        slug: "acme".into(),
        name: "Acme Leads".into(),
        portal_enabled: true,
        default_permissions: Permissions::all(),
        zone: domain::zone::Zone::UTC,
        currency: Currency::EUR,
        support_contact: String::new(),
    };
    let mut tx = db.begin_write().await.unwrap();
    accounts::create(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    (folder, clock, db, account)
}

#[tokio::test]
async fn a_mail_is_queued_in_the_look_of_its_account() {
    let (_folder, _, db, account) = with_account().await;
    let admin = UserId(db.new_id().unwrap());
    let mut tx = db.begin_write().await.unwrap();
    let row = NewAdminUser {
        id: admin,
        account_id: account,
        email: Email::parse("ada@acme.example").unwrap(),
        name: "Ada".into(),
        role: AdminRole::Owner,
        password_hash: "none".into(),
    };
    admins::create(&mut tx, &row).await.unwrap();

    let mail = LoginDisabled { name: "Ada" };
    send(&mut tx, account, "ada@acme.example", &mail).await.unwrap();
    let session = AdminSession::of_authenticated_user(&mut tx, admin).await.unwrap().unwrap();
    let scope = session.require(AdminPermission::ManageSettings).unwrap();
    accounts::set_logo(&mut tx, &scope, Some(b"a picture")).await.unwrap();
    let mailer = MailQueue::of(&mut tx, account).await.unwrap();
    for to in ["grace@acme.example", "no address", "joan@acme.example"] {
        mailer.send(&mut tx, to, &mail).await.unwrap();
    }

    let mut taken = outbox::take(&mut tx, TimeDelta::minutes(1), 10).await.unwrap();
    taken.sort_by(|one, two| one.recipient.cmp(&two.recipient));
    let logos: Vec<_> = taken.iter().map(|mail| (mail.recipient.as_str(), mail.logo.as_deref())).collect();
    let picture = Some(b"a picture".as_slice());
    assert_eq!(
        logos,
        [("ada@acme.example", None), ("grace@acme.example", picture), ("joan@acme.example", picture)],
        "a mail brings the picture it shows, and no other does"
    );
    assert!(taken.iter().all(|mail| mail.subject.contains("Acme Leads")));
}

/// What a partner causes without end goes out hour by hour, and what somebody else is waiting for goes out at once.
#[tokio::test]
async fn mails_of_one_partner_are_paced() {
    let (_folder, clock, db, account) = with_account().await;
    let partner = PartnerId(db.new_id().unwrap());
    let mut tx = db.begin_write().await.unwrap();
    let mail = LoginDisabled { name: "Ada" };
    let (first, more) = (MOST_PER_HOUR + 5, MOST_PER_HOUR);
    let queue = MailQueue::of_partner(&mut tx, account, partner).await.unwrap();
    for _ in 0..first {
        queue.send(&mut tx, "ada@northwind.example", &mail).await.unwrap();
    }
    let queue = MailQueue::of_partner(&mut tx, account, partner).await.unwrap();
    for _ in 0..more {
        queue.send(&mut tx, "ada@northwind.example", &mail).await.unwrap();
    }
    send(&mut tx, account, "bob@contoso.example", &mail).await.unwrap();
    tx.commit().await.unwrap();
    let mut sent = Vec::new();
    for _ in 0..4 {
        let mut tx = db.begin_write().await.unwrap();
        let taken = outbox::take(&mut tx, TimeDelta::hours(9), 10_000).await.unwrap();
        sent.push(taken.len() as i64);
        tx.commit().await.unwrap();
        clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(sent, [MOST_PER_HOUR + 1, MOST_PER_HOUR, 5, 0], "those of others go out at once");
    clock.advance(TimeDelta::hours(-3));
    // An hour later the first have had their turn, and the next ones come after those that wait.
    let mut tx = db.begin_write().await.unwrap();
    assert_eq!(outbox::paced(&mut tx, partner).await.unwrap(), MOST_PER_HOUR + 5);
    let queue = MailQueue::of_partner(&mut tx, account, partner).await.unwrap();
    queue.send(&mut tx, "ada@northwind.example", &mail).await.unwrap();
    assert!(outbox::take(&mut tx, TimeDelta::hours(9), 10).await.unwrap().is_empty(), "not in this hour");
}

#[test]
fn a_report_says_its_figures() {
    let mut tally = Tally::default();
    let part = |status, leads, minor| Part {
        status,
        outcome: String::new(),
        returned: None,
        leads,
        spend: Some((minor, 0, Currency::EUR)),
        sales: None,
        opened: (0, 0),
    };
    tally.add(&Tally::from(&part(LeadStatus::Accepted, 3, 12_000)), 1);
    tally.add(&Tally::from(&part(LeadStatus::Rejected, 1, 4_000)), 1);
    let figures = tally.figures(&[]);
    let span = ("2026-11-16".parse().unwrap(), "2026-11-22".parse().unwrap());
    let row = |name: &str| ReportRow { key: RowKey::Campaign(name.into()), figures: figures.clone() };
    let report = Report {
        by: ReportBy::Campaign,
        field: None,
        is_pending: false,
        span,
        rows: vec![row("Solar & heat"), row("")],
        total: figures.clone(),
        before: (("2026-11-09".parse().unwrap(), "2026-11-15".parse().unwrap()), Figures::default()),
        with_price: true,
        sale: None,
    };
    let urls = only();
    let query = ReportQuery { by: Some(ReportBy::Campaign), ..ReportQuery::default() };
    let mail = ReportMail {
        name: "Ada Lovelace",
        about: "Northwind <Solar>",
        report: &report,
        query: &query,
        path: "/partner/reports",
        stop: LINK,
        with_workbook: true,
        urls: &urls,
    };
    assert_says("report", &branding("#2454c6"), &mail);
    let shared = AccountUrl::of_only_account("https://portal.example?account=acme");
    let rendered = ReportMail { urls: &shared, ..mail }.render(&branding("#2454c6")).unwrap().text;
    assert!(rendered.contains("to=2026-11-22&by=campaign&account=acme"), "{rendered}");
}
