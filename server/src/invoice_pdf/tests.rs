use domain::{
    color::Color,
    ids::InvoiceId,
    invoices::{
        Invoice, InvoiceLine, InvoiceState, InvoiceSummary, Party, Payment, Quantity, TaxRate, TaxShare, Totals,
    },
    money::{Currency, Money},
};
use uuid::Uuid;

use super::{
    block::Mark,
    content,
    flow::Page,
    fonts::Fonts,
    render,
    style::{Frame, MARGIN, PAGE_HEIGHT, Style, Weight, colors, is_legible},
    unprintable,
    wrap::wrap,
};

/// What people and programs put into text fields, on purpose or not.
fn nasty() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "\r\n\r\n\n\n\t\u{b}\u{85}\u{2028}",
        "żółć ß € − – … Ελληνικά Кириллица",
        "🦊👩‍👩‍👧‍👦🇩🇪",
        "شركة المثال ذ.م.م",
        "株式会社サンプル",
        "e\u{301}\u{301}\u{301}\u{301}",
        "\u{202e}txt.exe\u{202c}\u{200b}\u{feff}\u{e0041}\u{10ffff}",
        "(a) \\ <</Type /Catalog>> endstream endobj % ) >",
        "a\u{a0}b\u{202f}c\u{2007}d\u{2011}e",
        "-",
    ]
    .map(str::to_owned)
    .into();
    texts.push("W".repeat(10_000));
    texts.extend(["i ", "\n", "\u{a0}", "🦊", "word ", "ß\r\n"].map(|text| text.repeat(1_000)));
    texts
}

fn text_of(page: &Page) -> String {
    let texts = page.iter().filter_map(|mark| match mark {
        Mark::Text { text, .. } => Some(text.as_str()),
        Mark::Bar { .. } | Mark::Logo { .. } => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn party(name: &str) -> Party {
    Party {
        name: name.into(),
        address: vec!["Długa 1".into(), "00-001 Warszawa".into()],
        vat_id: "PL5260001246".into(),
    }
}

fn invoice(lines: usize) -> Invoice {
    let line = |number: i64| InvoiceLine {
        description: format!("Leads of week {number}"),
        quantity: Quantity(number * 1_500),
        unit_price: 1_999,
        tax_rate: TaxRate([1_900, 700][usize::from(number % 2 == 0)]),
        leads: 1,
    };
    let lines: Vec<_> = (1..).take(lines).map(line).collect();
    let totals = Totals::of(&lines).unwrap();
    let money = Money { minor: totals.total, currency: Currency::EUR };
    Invoice {
        summary: InvoiceSummary {
            id: InvoiceId(Uuid::from_u128(7)),
            number: "2026-0042".into(),
            issued_on: "2026-11-22".parse().unwrap(),
            due_on: "2026-12-06".parse().unwrap(),
            total: money,
            open: money,
            state: InvoiceState::Pending,
        },
        seller: party("Große Łąka GmbH"),
        buyer: party("Πελάτης & Сын"),
        payment_details: vec!["IBAN DE89 3704 0044 0532 0130 00".into(), "BIC COBADEFFXXX".into()],
        note: "Thank you.".into(),
        lines,
        totals,
        payments: Vec::new(),
        void_reason: String::new(),
        accent: "#0f766e".into(),
        logo: None,
    }
}

fn pages(invoice: &Invoice) -> Vec<Page> {
    content::pages(invoice, Fonts::get().unwrap(), None)
}

/// Nothing sticks out of the margins, and nothing stands on the footer.
fn assert_within_margins(pages: &[Page], what: &str) {
    const TOLERANCE: f32 = 0.05;
    let fonts = Fonts::get().unwrap();
    for mark in pages.iter().flatten() {
        let (left, right, top, bottom) = match mark {
            Mark::Text { x, y, style, text } => {
                (*x, x + fonts.width(*style, text), y - style.size, y + style.size / 4.0)
            }
            Mark::Bar { x, y, width, height, .. } | Mark::Logo { x, y, width, height } => {
                (*x, x + width, *y, y + height)
            }
        };
        assert!(left >= MARGIN - TOLERANCE && right <= Frame::PAGE.right() + TOLERANCE, "{what}: {mark:?}");
        assert!(top >= MARGIN - TOLERANCE && bottom <= PAGE_HEIGHT - MARGIN + TOLERANCE, "{what}: {mark:?}");
    }
}

#[test]
fn the_same_invoice_gives_the_same_bytes() {
    let first = render(&invoice(3), None).unwrap();
    // printpdf counts its random numbers on with every document.
    render(&invoice(1), None).unwrap();
    assert!(render(&invoice(3), None).unwrap() == first);
    let mut paid = invoice(3);
    paid.summary.state = InvoiceState::Paid;
    assert!(render(&paid, None).unwrap() != first);
}

#[test]
fn the_file_reads_back() {
    let file = lopdf::Document::load_mem(&render(&invoice(60), None).unwrap()).unwrap();
    let numbers: Vec<u32> = file.get_pages().into_keys().collect();
    assert_eq!(numbers, [1, 2, 3]);
    let text = file.extract_text(&numbers).unwrap();
    for part in ["Große Łąka GmbH", "Πελάτης & Сын", "€29.99", "19 %", "Invoice 2026-0042 — page 3 of 3"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let info = file.trailer.get(b"Info").and_then(|info| info.as_reference()).unwrap();
    let info = file.get_dictionary(info).unwrap();
    assert_eq!(lopdf::decode_text_string(info.get(b"Title").unwrap()).unwrap(), "Invoice 2026-0042");
    assert_eq!(lopdf::decode_text_string(info.get(b"Author").unwrap()).unwrap(), "Große Łąka GmbH");
    assert_eq!(info.get(b"CreationDate").unwrap().as_str().unwrap(), b"D:20261122000000+00'00'");
}

#[test]
fn pages_are_as_many_as_needed_and_counted_on_each() {
    for (lines, count) in [(0, 1), (1, 1), (20, 2), (1_000, 33)] {
        let pages = pages(&invoice(lines));
        assert_eq!(pages.len(), count, "{lines} lines");
        assert_within_margins(&pages, "a plain invoice");
        for (page, number) in pages.iter().zip(1..) {
            let text = text_of(page);
            assert!(text.contains(&format!("Invoice 2026-0042 — page {number} of {count}")), "{text}");
            assert_eq!(text.matches("Description").count(), 1, "the head stands once on each page");
        }
    }
}

#[test]
fn sums_stay_together_and_with_the_last_line() {
    for lines in 1..=80 {
        let invoice = invoice(lines);
        let texts: Vec<String> = pages(&invoice).iter().map(text_of).collect();
        let page = texts.iter().find(|text| text.contains("Net total")).unwrap();
        let total = invoice.money(invoice.totals.total).to_string();
        let last = format!("Leads of week {lines}\n");
        for part in ["VAT 19 % on", "Payment details", &total, &last] {
            assert!(page.contains(part), "{lines} lines: {part} is not in {page}");
        }
    }
}

#[test]
fn every_tax_rate_and_payment_is_shown() {
    let mut invoice = invoice(2);
    let paid_on = "2026-11-30".parse().unwrap();
    invoice.payments = vec![Payment { paid_on, amount: 1_000, reference: "RE 42".into() }];
    invoice.summary.open.minor = invoice.totals.total - 1_000;
    let open = invoice.summary.open.to_string();
    let text = text_of(&pages(&invoice)[0]);
    let parts =
        ["VAT 7 % on €59.97", "VAT 19 % on €29.99", "Payment received 30 Nov 2026", "€10.00", "RE 42", "Still open"];
    for part in parts.into_iter().chain([open.as_str()]) {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn void_and_paid_are_plain_to_see() {
    let mut invoice = invoice(60);
    assert!(!text_of(&pages(&invoice)[0]).contains("Paid"));
    invoice.summary.state = InvoiceState::Paid;
    assert!(text_of(&pages(&invoice)[0]).contains("Paid in full"));
    invoice.summary.state = InvoiceState::Void;
    invoice.void_reason = "sent to the wrong company".into();
    let texts: Vec<String> = pages(&invoice).iter().map(text_of).collect();
    assert!(texts[0].contains("Reason: sent to the wrong company"));
    assert!(texts.iter().all(|text| text.contains("VOID")), "on every page");
}

#[test]
fn any_text_anywhere_is_drawn_within_the_margins() {
    for text in nasty() {
        let what: String = text.chars().take(8).collect();
        let mut invoice = invoice(2);
        invoice.summary.number.clone_from(&text);
        for party in [&mut invoice.seller, &mut invoice.buyer] {
            *party = Party { name: text.clone(), address: vec![text.clone(), text.clone()], vat_id: text.clone() };
        }
        invoice.lines[1].description.clone_from(&text);
        invoice.payment_details = vec![text.clone(); 2];
        invoice.note.clone_from(&text);
        invoice.void_reason.clone_from(&text);
        invoice.accent.clone_from(&text);
        let paid_on = chrono::NaiveDate::MIN;
        invoice.payments = vec![Payment { paid_on, amount: -1, reference: text.clone() }; 2];
        for state in [InvoiceState::Overdue, InvoiceState::Paid, InvoiceState::Void] {
            invoice.summary.state = state;
            assert_within_margins(&pages(&invoice), &what);
        }
        lopdf::Document::load_mem(&render(&invoice, None).unwrap()).unwrap();
    }
}

#[test]
fn every_glyph_can_be_embedded() {
    let mut invoice = invoice(1);
    invoice.note = ('\0'..='\u{ffff}').collect();
    invoice.seller.name.clone_from(&invoice.note);
    lopdf::Document::load_mem(&render(&invoice, None).unwrap()).unwrap();
}

#[test]
fn any_figure_is_drawn_within_the_margins() {
    for figure in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
        for currency in ["EUR", "JPY", "CLF"] {
            let mut invoice = invoice(2);
            let money = Money { minor: figure, currency: currency.parse().unwrap() };
            let (quantity, tax_rate) = (Quantity(figure), TaxRate(figure));
            let line = &mut invoice.lines[0];
            *line = InvoiceLine { quantity, unit_price: figure, tax_rate, ..line.clone() };
            let taxes = vec![TaxShare { rate: tax_rate, net: figure, tax: figure }; 100];
            invoice.totals = Totals { net: figure, taxes, tax: figure, total: figure };
            invoice.summary.total = money;
            invoice.summary.open = money;
            invoice.summary.issued_on = chrono::NaiveDate::MAX;
            let paid_on = chrono::NaiveDate::MAX;
            invoice.payments = vec![Payment { paid_on, amount: figure, reference: String::new() }; 100];
            assert_within_margins(&pages(&invoice), &money.to_string());
            lopdf::Document::load_mem(&render(&invoice, None).unwrap()).unwrap();
        }
    }
}

#[test]
fn lines_fit_their_column_and_lose_nothing() {
    let fonts = Fonts::get().unwrap();
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    for (weight, size) in [(Weight::Regular, 9.0), (Weight::Bold, 10.5), (Weight::Regular, 7.5)] {
        let (face, style) = (fonts.face(weight), Style { weight, ..Style::BODY.sized(size) });
        for text in nasty() {
            for width in [15.0, 77.7, 222.0, 482.0] {
                let lines = wrap(face, size, &text, width);
                for line in &lines {
                    assert!(fonts.width(style, line) <= width + 0.001, "{line:?} in {width}");
                }
                assert_eq!(letters(&lines.concat()), letters(&face.clean(&text)));
            }
        }
    }
    let face = fonts.face(Weight::Regular);
    assert_eq!(wrap(face, 9.0, "\r\n one  two\t three\r\n\r\n\n four\n", 400.0), ["one two three", "", "four"]);
    assert_eq!(wrap(face, 9.0, "iiii WWWW", 30.0), ["iiii", "WWW", "W"]);
}

#[test]
fn what_the_typeface_lacks_is_replaced() {
    let fonts = Fonts::get().unwrap();
    for weight in [Weight::Regular, Weight::Bold] {
        let face = fonts.face(weight);
        for kept in ["żółć ß", "€ − – — …", "Ελληνικά", "Кириллица", "\u{a0}", "\u{fffd}"]
        {
            assert_eq!(face.clean(kept), kept);
        }
        assert_eq!(face.clean("a\0\u{7}\u{200d}\u{202e}b\tc\nd"), "ab c d");
        assert_eq!(face.clean("🦊 日本"), "\u{fffd} \u{fffd}\u{fffd}");
        assert_eq!(face.clean("e\u{301}\u{2011}\u{202f}x"), "é-\u{a0}x");
    }
}

#[test]
fn what_cannot_be_drawn_is_found() {
    for drawn in
        ["", "żółć ß € − – … Ελληνικά Кириллица", "e\u{301}", "a\u{200d}\u{202e}\u{feff}b\u{a0}c\r\nd\te", "ﬁne ½ m²"]
    {
        assert_eq!(unprintable(drawn), None, "{drawn:?}");
    }
    for (text, character) in [("Leads 线索", '线'), ("Sunny 🏠☀", '🏠'), ("x\u{fffd}שלום", 'ש')] {
        assert_eq!(unprintable(text), Some(character), "{text:?}");
    }
}

#[test]
fn long_lines_are_shortened_to_fit() {
    let fonts = Fonts::get().unwrap();
    assert_eq!(fonts.shortened(Style::SMALL, "2026-0042", 100.0), "2026-0042");
    for text in nasty() {
        let short = fonts.shortened(Style::SMALL, &text, 100.0);
        assert!(fonts.width(Style::SMALL, &short) <= 100.001, "{short}");
    }
}

#[test]
fn accents_are_read_and_judged() {
    assert_eq!("#0F766e".parse::<Color>(), Ok(Color([0x0f, 0x76, 0x6e])));
    for bad in ["", "#", "0f766e", "#0f766", "#0f766e0", "#+f766e", "#0f766ß", "red", "#ééé"] {
        assert!(bad.parse::<Color>().is_err(), "{bad}");
    }
    assert!(is_legible(colors::ACCENT) && is_legible(colors::GREY));
    assert!(!is_legible(Color([0xff, 0xee, 0x00])));
}
