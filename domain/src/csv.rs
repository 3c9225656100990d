//! What a CSV cell may hold so that opening the file runs nothing.

use std::borrow::Cow;

/// Defuses a cell that a spreadsheet would take for a formula, by a leading apostrophe.
///
/// The rule is OWASP's: cells that begin with `=`, `+`, `-`, `@`, tab or carriage return. Quoting (RFC 4180)
/// is the writer's work.
#[must_use]
pub fn defuse(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Takes away the apostrophe that [`defuse`] put before a cell, so that a file of ours can be read again.
#[must_use]
pub fn undefused(cell: &[u8]) -> &[u8] {
    match cell {
        [b'\'', rest @ ..] if matches!(rest.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_the_rest_is_untouched() {
        for trigger in ["=cmd|' /C calc'!A0", "+49 30 1234", "-1", "@sum", "\tx", "\rx"] {
            assert_eq!(defuse(trigger), format!("'{trigger}"));
            assert_eq!(undefused(defuse(trigger).as_bytes()), trigger.as_bytes());
        }
        for plain in ["", "Ada", "a=b", "'quoted", "1-2", " =1"] {
            assert_eq!(defuse(plain), plain);
            assert_eq!(undefused(plain.as_bytes()), plain.as_bytes());
        }
    }
}
