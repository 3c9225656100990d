//! Any file is read, by way of an upload: recognised, laid out, its rows read as leads and the others kept as rejects.

#![no_main]

use chrono::DateTime;
use domain::{
    leads::Defaults,
    money::Currency,
    tables::{DateOrder, DecimalMark, Reading},
    zone::Zone,
};
use libfuzzer_sys::fuzz_target;
use services::{
    lead_imports::LeadReader,
    tables::{self, BEGIN, RejectSheet, Sniffer},
};

/// How the file is handed on: in pieces, as an upload comes.
const PIECE: usize = 61;

fuzz_target!(|input: &[u8]| {
    let Some((how, file)) = input.split_first() else { return };
    let mut sniffer = Sniffer::default();
    file.chunks(PIECE).for_each(|piece| sniffer.feed(piece));
    let encoding = sniffer.finish();
    let window = &file[..file.len().min(BEGIN)];
    let mut reading = tables::begin(encoding, window, Currency::EUR);
    if how & 1 == 1 {
        reading = Reading { dates: DateOrder::MonthFirst, decimal: DecimalMark::Comma, ..reading };
    }
    let Ok(layout) = tables::lay_out(window, window.len() == file.len(), reading) else { return };
    let defaults = Defaults {
        zone: Zone::UTC,
        currency: Currency::EUR,
        now: DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default(),
    };
    let columns = layout.columns.iter().map(|(name, word)| (name, word));
    let Ok(reader) = LeadReader::new(&layout.reading, columns, defaults) else { return };
    let sheet = RejectSheet::new(reader.dialect);
    let (mut at, mut most) = (layout.first, 1 + usize::from(*how >> 1));
    while let Some(rest) = usize::try_from(at.byte).ok().and_then(|from| file.get(from..)) {
        let read = tables::read(rest, true, at, &reader.dialect, most);
        for row in &read.rows {
            if let Err(rejected) = reader.read(row, rest) {
                assert!(!rejected.errors.is_empty(), "a rejected row says why");
                assert!(!sheet.reject(&rejected).is_empty(), "a rejected row can be mended");
            }
        }
        if read.ended {
            break;
        }
        assert!(read.next.byte > at.byte, "it goes on");
        at = match read.cut {
            true => {
                let from = usize::try_from(read.next.byte).unwrap_or(usize::MAX);
                let Some(next) = file.get(from..).and_then(|rest| tables::skip(rest, read.next, &reader.dialect))
                else {
                    break;
                };
                next
            }
            false => read.next,
        };
        most = 1_000;
    }
});
