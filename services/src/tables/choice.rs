//! How somebody who has looked a file over says that it is read.

use domain::tables::{DateOrder, DecimalMark, Reading, Separator};

use super::encoding::known_encoding;
use crate::ServiceError;

/// How somebody says that a file is read: what is empty stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ReadingChoice {
    /// A label of [`domain::tables::ENCODINGS`].
    pub encoding: String,
    /// A [`Separator`].
    pub separator: String,
    /// A [`DecimalMark`].
    pub decimal: String,
    /// A [`DateOrder`].
    pub dates: String,
    /// The place of a sheet.
    pub sheet: String,
    /// Whether no column says when the leads were delivered.
    pub undated: bool,
}

impl ReadingChoice {
    /// The reading as it is chosen.
    ///
    /// # Errors
    /// [`ServiceError::BadRequest`] for unknown values.
    pub fn applied(&self, before: &Reading) -> Result<Reading, ServiceError> {
        let mut reading = Reading { undated: self.undated, ..before.clone() };
        if !self.encoding.is_empty() {
            let encoding = known_encoding(&self.encoding).ok_or(ServiceError::BadRequest)?;
            encoding.name().clone_into(&mut reading.encoding);
        }
        if !self.separator.is_empty() {
            reading.separator = self.separator.parse::<Separator>().map_err(|_| ServiceError::BadRequest)?;
        }
        if !self.decimal.is_empty() {
            reading.decimal = self.decimal.parse::<DecimalMark>().map_err(|_| ServiceError::BadRequest)?;
        }
        if !self.dates.is_empty() {
            reading.dates = self.dates.parse::<DateOrder>().map_err(|_| ServiceError::BadRequest)?;
        }
        if !self.sheet.is_empty() {
            reading.sheet = self.sheet.parse().map_err(|_| ServiceError::BadRequest)?;
            if reading.sheet >= reading.sheets.len() {
                return Err(ServiceError::BadRequest);
            }
        }
        Ok(reading)
    }
}
