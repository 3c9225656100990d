//! The mails the portal writes: one plain frame, text and HTML of the same words, no picture and nothing that is fetched.

use domain::email::Email;
use store::outbox::NewMail;

/// A mail in words.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Whom it greets.
    pub name: String,
    /// What it says, a paragraph each.
    pub paragraphs: Vec<String>,
    /// A link to follow: its words and its address.
    pub link: Option<(String, String)>,
    /// What stands below the link, a paragraph each.
    pub after: Vec<String>,
    /// Who writes.
    pub sender: String,
}

impl Letter {
    /// The mail to an address.
    #[must_use]
    pub fn to(&self, to: Email) -> NewMail {
        NewMail { to, subject: one_line(&self.subject), text: self.text(), html: self.html() }
    }

    fn text(&self) -> String {
        let mut parts = vec![format!("Hello {},", one_line(&self.name))];
        parts.extend(self.paragraphs.iter().cloned());
        if let Some((words, address)) = &self.link {
            parts.push(format!("{words}:\n{address}"));
        }
        parts.extend(self.after.iter().cloned());
        parts.push(format!("{}\n", self.sender));
        parts.join("\n\n")
    }

    fn html(&self) -> String {
        let paragraph = |text: &String| format!("<p>{}</p>", escape(text));
        let link = self.link.as_ref().map(|(words, address)| {
            let (words, address) = (escape(words), escape(address));
            format!(
                "<p><a href=\"{address}\" style=\"display:inline-block;padding:10px 18px;border-radius:6px;\
                 background:#2454c6;color:#ffffff;text-decoration:none;font-weight:600\">{words}</a></p>\
                 <p style=\"color:#59626f;font-size:13px\">Or copy this address into your browser:<br>{address}</p>"
            )
        });
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
             <body style=\"font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;color:#171b22;max-width:34em;\
             margin:2em auto;padding:0 1em\"><p>Hello {},</p>{}{}{}<p style=\"color:#59626f\">{}</p></body></html>",
            escape(&self.subject),
            escape(&self.name),
            self.paragraphs.iter().map(paragraph).collect::<String>(),
            link.unwrap_or_default(),
            self.after.iter().map(paragraph).collect::<String>(),
            escape(&self.sender),
        )
    }
}

/// Names are typed by people: none of them may begin a header of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_typed_stays_text() {
        let letter = Letter {
            subject: "Hi\r\nBcc: all@example.com".into(),
            name: "<b>Ada</b>".into(),
            paragraphs: vec!["One & two".into()],
            link: Some(("Open".into(), "https://portal.example/x?a=1&b=2".into())),
            after: vec![],
            sender: "Acme".into(),
        };
        let mail = letter.to(Email::parse("ada@example.com").unwrap());
        assert_eq!(mail.subject, "Hi  Bcc: all@example.com");
        assert!(mail.html.contains("&lt;b&gt;Ada") && mail.html.contains("One &amp; two"));
        assert!(mail.text.contains("https://portal.example/x?a=1&b=2"));
    }
}
