//! What all mails share: the frame's colours, and how a struct and its two templates come together.

use std::fmt;

use askama::filters::Escaper;
use domain::color::Color;

use super::Branding;

/// What the frame shows of an account.
pub(super) struct Look<'a> {
    /// The account's name.
    pub(super) account: &'a str,
    /// Whether its logo stands at the top.
    pub(super) logo: bool,
    /// Its colour, for the line at the top.
    pub(super) accent: Color,
    /// The button on white.
    pub(super) light: Button,
    /// The button on the dark ground.
    pub(super) dark: Button,
}

/// The colours of a button.
pub(super) struct Button {
    /// Its ground.
    pub(super) ground: Color,
    /// Its words.
    pub(super) ink: Color,
    /// Its edge, which is seen where the ground is nearly that of the page.
    pub(super) edge: Color,
}

const BLACK: Color = Color([0; 3]);

impl Button {
    fn new(ground: Color, edge: Color) -> Self {
        let ink = if ground.contrast(Color::WHITE) >= ground.contrast(BLACK) { Color::WHITE } else { BLACK };
        Self { ground, ink, edge }
    }
}

impl<'a> Look<'a> {
    /// The look of an account.
    pub(super) fn of(branding: &'a Branding) -> Self {
        let accent = branding.accent;
        // The same shade as on the portal's dark pages.
        let dark = accent.readable_on(Color::DARK_SURFACE, Color::WHITE);
        Self {
            account: &branding.name,
            logo: branding.logo.is_some(),
            accent,
            light: Button::new(accent, accent.readable_on(Color::WHITE, BLACK)),
            dark: Button::new(dark, dark),
        }
    }
}

/// Escapes what stands in a text: names are typed by people, and none of them may begin a line, or a header, of its own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OneLine;

impl Escaper for OneLine {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        string.chars().try_for_each(|c| dest.write_char(if c.is_control() { ' ' } else { c }))
    }
}

/// Makes a [`super::Mail`] of a struct and its two templates. They see it as `mail`, beside the frame's `look`.
macro_rules! templates {
    ($mail:ident, $text:literal, $html:literal) => {
        const _: () = {
            #[derive(askama::Template)]
            #[template(path = $text, blocks = ["subject", "text"], config = "templates/askama.toml")]
            struct Text<'a> {
                mail: &'a $mail<'a>,
                look: &'a $crate::mail::frame::Look<'a>,
            }

            #[derive(askama::Template)]
            #[template(path = $html, config = "templates/askama.toml")]
            struct Html<'a> {
                mail: &'a $mail<'a>,
                look: &'a $crate::mail::frame::Look<'a>,
                subject: &'a str,
            }

            impl $crate::mail::Mail for $mail<'_> {
                fn render(
                    &self,
                    branding: &$crate::mail::Branding,
                ) -> Result<$crate::mail::Rendered, $crate::ServiceError> {
                    use askama::Template as _;
                    let failed = |error: askama::Error| $crate::ServiceError::internal(&error);
                    let look = &$crate::mail::frame::Look::of(branding);
                    let text = Text { mail: self, look };
                    let subject = text.as_subject().render().map_err(failed)?;
                    let html = Html { mail: self, look, subject: &subject }.render().map_err(failed)?;
                    let text = text.as_text().render().map_err(failed)?;
                    Ok($crate::mail::Rendered { subject, text, html })
                }
            }
        };
    };
}
pub(super) use templates;
