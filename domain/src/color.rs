//! The account's colour, and whether it can be read (WCAG 2.2, relative luminance and contrast ratio).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color(pub [u8; 3]);

/// Not a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written as # and six hexadecimal digits, such as #2454c6")]
pub struct BadColor;

/// The contrast that text needs on its ground: WCAG 2.2, level AA.
pub const READABLE: f64 = 4.5;

impl Color {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// The ground of cards in the dark theme (`--surface` in style/_tokens.scss).
    pub const DARK_SURFACE: Self = Self([0x18, 0x1c, 0x23]);

    /// The relative luminance, from 0 for black to 1 for white.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast ratio of two colours, from 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if one > two { one / two } else { two / one }
    }

    /// The colour so far on its way to another one: 0 is this one, 1 the other.
    #[must_use]
    pub fn mixed(self, other: Self, part: f64) -> Self {
        let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8;
        Self([0, 1, 2].map(|channel| mix(self.0[channel], other.0[channel])))
    }

    /// The nearest shade on the way to `towards` that can be read on `ground`.
    #[must_use]
    pub fn readable_on(self, ground: Self, towards: Self) -> Self {
        let steps = (0..=50).map(|step| self.mixed(towards, f64::from(step) / 50.0));
        steps.into_iter().find(|shade| shade.contrast(ground) >= READABLE).unwrap_or(towards)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Color {
    type Err = BadColor;

    fn from_str(text: &str) -> Result<Self, BadColor> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()).ok_or(BadColor)?;
        let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| BadColor);
        if digits.bytes().any(|byte| !byte.is_ascii_hexdigit()) {
            return Err(BadColor);
        }
        Ok(Self([channel(0)?, channel(2)?, channel(4)?]))
    }
}

impl TryFrom<String> for Color {
    type Error = BadColor;

    fn try_from(text: String) -> Result<Self, BadColor> {
        text.parse()
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn contrast_is_what_the_standard_says() {
        let color = |text: &str| text.parse::<Color>().unwrap();
        assert!((color("#000000").contrast(Color::WHITE) - 21.0).abs() < 0.001);
        assert!((color("#767676").contrast(Color::WHITE) - 4.54).abs() < 0.01);
        assert!((color("#777777").contrast(Color::WHITE) - 4.48).abs() < 0.01);
        for bad in ["", "2454c6", "#2454c", "#2454c67", "#2454cg", "#+454c6", "#äöü"] {
            assert!(bad.parse::<Color>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_colour_has_readable_shades(channels in any::<[u8; 3]>()) {
            let color = Color(channels);
            prop_assert_eq!(color.to_string().parse::<Color>(), Ok(color));
            let dark = color.readable_on(Color::WHITE, Color([0; 3]));
            let light = color.readable_on(Color::DARK_SURFACE, Color::WHITE);
            prop_assert!(dark.contrast(Color::WHITE) >= READABLE && light.contrast(Color::DARK_SURFACE) >= READABLE);
        }
    }
}
