//! The mailer: takes mails out of the outbox and sends them by SMTP, or writes them as files where there is no server.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::TimeDelta;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, ContentTypeErr, HeaderName, HeaderValue},
    },
};
use secrecy::ExposeSecret;
use services::{Portal, ServiceError, recovery::answer_reset_request};
use store::{
    Db, StoreError,
    outbox::{self, TakenMail},
};
use tokio::sync::watch;

use crate::{config::Config, files};

/// How often the outbox is looked into.
const EVERY: Duration = Duration::from_secs(1);
/// How long one mail may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long a taken mail is nobody else's: longer than sending a whole batch can take.
const LEASE: TimeDelta = TimeDelta::minutes(15);
/// How many are taken at once.
const BATCH: i64 = 10;
/// How often a mail is tried, with growing pauses: for about a day.
const TRIES: i64 = 12;

type Smtp = AsyncSmtpTransport<Tokio1Executor>;

enum Way {
    Smtp(Box<Smtp>),
    Folder(PathBuf),
}

/// Sends what is in the outbox.
pub struct Mailer {
    db: Db,
    portal: Arc<Portal>,
    from: Address,
    way: Way,
}

/// The way may hold a password: it is never printed.
impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Mail cannot be sent as it is set up.
#[derive(Debug, thiserror::Error)]
pub enum BadMailSetting {
    /// The sender is no address.
    #[error("PORTAL_MAIL_FROM must be an address such as portal@example.com")]
    From,
    /// The server's address is none. It may hold a password and is not shown.
    #[error("PORTAL_SMTP_URL must be an address such as smtps://user:password@mail.example.com or smtp://localhost:25")]
    Smtp,
}

/// Why a mail was not sent.
enum Failure {
    /// Trying again may help.
    Later(String),
    /// It never will.
    Never(String),
}

impl Mailer {
    /// As the settings say.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn new(db: Db, portal: Arc<Portal>, config: &Config) -> Result<Self, BadMailSetting> {
        let way = match &config.mail.smtp_url {
            Some(url) => {
                let builder = Smtp::from_url(url.expose_secret()).map_err(|_| BadMailSetting::Smtp)?;
                Way::Smtp(Box::new(builder.timeout(Some(TIMEOUT)).build()))
            }
            None => Way::Folder(config.data.join("mails")),
        };
        let from = address(&config.mail.from).map_err(|_| BadMailSetting::From)?;
        Ok(Self { db, portal, from, way })
    }

    /// Works until told to stop; a mail that is being sent then is sent to its end.
    pub async fn work(self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.run_once().await {
                tracing::warn!(cause = %error, "the outbox cannot be read; it will be tried again");
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Answers what waits and sends what is due. Says how many mails were sent.
    pub async fn run_once(&self) -> Result<usize, StoreError> {
        if let Err(error) = self.answer_reset_requests().await {
            tracing::warn!(cause = %error, "a request for a new password could not be answered; it will be tried again");
        }
        let mut sent = 0;
        loop {
            let mut tx = self.db.begin_write().await?;
            let taken = outbox::take(&mut tx, LEASE, BATCH).await?;
            tx.commit().await?;
            if taken.is_empty() {
                return Ok(sent);
            }
            for mail in taken {
                match self.send(&mail).await {
                    Ok(()) => {
                        let mut tx = self.db.begin_write().await?;
                        outbox::note_sent(&mut tx, mail.id).await?;
                        tx.commit().await?;
                        sent += 1;
                    }
                    Err(failure) => self.note(&mail, failure).await?,
                }
            }
        }
    }

    async fn note(&self, mail: &TakenMail, failure: Failure) -> Result<(), StoreError> {
        let (cause, again) = match failure {
            Failure::Later(cause) => (cause, mail.attempts < TRIES),
            Failure::Never(cause) => (cause, false),
        };
        // 1, 2, 4 … minutes, at most four hours.
        let pause = TimeDelta::minutes(1_i64 << mail.attempts.clamp(1, 9).saturating_sub(1)).min(TimeDelta::hours(4));
        tracing::warn!(mail = %mail.id, attempt = mail.attempts, again, %cause, "a mail was not sent");
        let mut tx = self.db.begin_write().await?;
        outbox::note_failed(&mut tx, mail.id, &cause, again.then(|| self.db.now() + pause)).await?;
        tx.commit().await
    }

    /// Answers those who forgot their password, one in each transaction.
    async fn answer_reset_requests(&self) -> Result<(), ServiceError> {
        loop {
            let mut tx = self.db.begin_write().await?;
            if !answer_reset_request(&mut tx, &self.portal.public_url).await? {
                return Ok(());
            }
            tx.commit().await?;
        }
    }

    async fn send(&self, mail: &TakenMail) -> Result<(), Failure> {
        let message = self.message(mail)?;
        match &self.way {
            Way::Smtp(smtp) => match smtp.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(Failure::Never(error.to_string())),
                Err(error) => Err(Failure::Later(error.to_string())),
            },
            Way::Folder(folder) => {
                let path = folder.join(format!("{}.eml", mail.id));
                let failed = |error: std::io::Error| Failure::Later(format!("{}: {error}", path.display()));
                files::make_own_folder(folder)
                    .and_then(|()| files::write(&path, &message.formatted()))
                    .map_err(failed)?;
                let link = mail.text_body.lines().find(|line| line.starts_with("http")).unwrap_or("none");
                // Only where there is no mail server, for whoever tries the portal out without one.
                tracing::info!(file = %path.display(), link, "a mail was written");
                Ok(())
            }
        }
    }

    fn message(&self, mail: &TakenMail) -> Result<Message, Failure> {
        let never = |error: &dyn std::fmt::Display| Failure::Never(error.to_string());
        let to = address(&mail.recipient).map_err(|error| never(&error))?;
        let body = body(mail).map_err(|error| never(&error))?;
        let host = self.from.domain();
        let mut builder = Message::builder();
        if !mail.unsubscribe.is_empty() {
            // RFC 2369 and RFC 8058.
            let header = |name: HeaderName, value: String| HeaderValue::new(name, value);
            let one_click = "List-Unsubscribe=One-Click".to_owned();
            builder = builder
                .raw_header(header(
                    HeaderName::new_from_ascii_str("List-Unsubscribe"),
                    format!("<{}>", mail.unsubscribe),
                ))
                .raw_header(header(HeaderName::new_from_ascii_str("List-Unsubscribe-Post"), one_click));
        }
        builder
            .from(Mailbox::new(Some(mail.account_name.clone()), self.from.clone()))
            .to(Mailbox::new(None, to))
            // The same on every attempt, so that a mail that arrives twice is seen to be one.
            .message_id(Some(format!("<{}@{host}>", mail.id)))
            .date(
                std::time::UNIX_EPOCH
                    + Duration::from_millis(u64::try_from(self.db.now().timestamp_millis()).unwrap_or(0)),
            )
            .subject(mail.subject.clone())
            .multipart(body)
            .map_err(|error| never(&error))
    }
}

/// An address with its host in ASCII, as every mail server takes it. A local part beyond ASCII has no such form; the server has
/// to know SMTPUTF8 then.
fn address(text: &str) -> Result<Address, lettre::address::AddressError> {
    let (local, host) = text.trim().rsplit_once('@').ok_or(lettre::address::AddressError::MissingParts)?;
    let host = idna::domain_to_ascii(host).map_err(|_| lettre::address::AddressError::InvalidDomain)?;
    Address::new(local, host)
}

/// All that is in it: what is read, and the workbook that travels with it.
fn body(mail: &TakenMail) -> Result<MultiPart, ContentTypeErr> {
    let read = readable(mail)?;
    let Some(workbook) = mail.attachment.clone() else { return Ok(read) };
    let kind = ContentType::parse("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")?;
    let attachment = Attachment::new(mail.attachment_name.clone()).body(workbook, kind);
    Ok(MultiPart::mixed().multipart(read).singlepart(attachment))
}

/// The text and the HTML, which brings the picture that it shows along.
fn readable(mail: &TakenMail) -> Result<MultiPart, ContentTypeErr> {
    let (text, html) = (mail.text_body.clone(), mail.html_body.clone());
    let Some(logo) = mail.logo.clone() else { return Ok(MultiPart::alternative_plain_html(text, html)) };
    let picture = Attachment::new_inline("logo".to_owned()).body(logo, ContentType::parse("image/png")?);
    let html = MultiPart::related().singlepart(SinglePart::html(html)).singlepart(picture);
    Ok(MultiPart::alternative().singlepart(SinglePart::plain(text)).multipart(html))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_written_in_ascii() {
        assert_eq!(address("info@bücher.example").unwrap().to_string(), "info@xn--bcher-kva.example");
        assert_eq!(address("Info@BÜCHER.example").unwrap().to_string(), "Info@xn--bcher-kva.example");
        assert_eq!(address(" o'neil@mail.example ").unwrap().to_string(), "o'neil@mail.example");
        assert_eq!(address("jörg@mail.example").unwrap().to_string(), "jörg@mail.example");
        for bad in ["nobody", "a@", "@b.de", "a@xn--\u{80}.de"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_picture_travels_with_the_html_that_shows_it() {
        let written = |logo: Option<Vec<u8>>| {
            let mail = TakenMail {
                id: uuid::Uuid::nil(),
                account_name: "Acme".into(),
                recipient: "ada@example.com".into(),
                subject: "Hi".into(),
                text_body: "Hello".into(),
                html_body: "<img src=\"cid:logo\">".into(),
                logo,
                unsubscribe: String::new(),
                attachment_name: String::new(),
                attachment: None,
                attempts: 1,
            };
            String::from_utf8(body(&mail).unwrap().formatted()).unwrap()
        };
        let plain = written(None);
        assert!(plain.contains("multipart/alternative") && !plain.contains("multipart/related"), "{plain}");
        let pictured = written(Some(b"\x89PNG\r\n".to_vec()));
        let places = ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
            .map(|kind| pictured.find(kind).unwrap_or_else(|| panic!("no {kind} in {pictured}")));
        assert!(places.is_sorted(), "{pictured}");
        assert!(
            pictured.contains("Content-ID: <logo>") && pictured.contains("Content-Disposition: inline"),
            "{pictured}"
        );
        assert!(pictured.contains("iVBORw0K"), "the picture is sent as base64: {pictured}");
    }
}
