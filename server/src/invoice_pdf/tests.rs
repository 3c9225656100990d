use domain::{
    color::Color,
    ids::InvoiceId,
    invoices::{
        Invoice, InvoiceLine, InvoiceState, InvoiceSummary, Party, Payment, Quantity, TaxRate, TaxShare, Totals,
    },
    money::{Currency, Money},
};
use unicode_segmentation::UnicodeSegmentation;
use uuid::Uuid;

use super::{
    block::Mark,
    content,
    flow::Page,
    fonts::Fonts,
    library::Library,
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

/// What an invoice may say in the scripts that the fonts of `tools/setup.sh` have, in words that any reader gives back.
const SCRIPTS: [(&str, &str); 14] = [
    ("Japanese", "株式会社サンプル 太陽光"),
    ("Chinese", "线索 十一月"),
    ("Korean", "한국어 주식회사"),
    ("Hebrew", "לידים בנובמבר"),
    ("Hebrew with points", "שָׁלוֹם עֲלֵיכֶם"),
    ("Arabic", "عملاء محتملون لا إله"),
    ("Arabic with signs", "السَّلَامُ عَلَيْكُم"),
    ("Persian", "می\u{200c}خواهم پژوهش"),
    ("Thai", "ลูกค้า น้ำ ที่นี่ กำลัง ปู่"),
    ("Hindi", "लीड्स हिन्दी क्षेत्र विद्युत कर्ता प्रार्थना"),
    ("Bengali and Tamil", "বাংলা ভাষা தமிழ் மொழி"),
    ("Khmer and Burmese", "ខ្មែរ မြန်မာ"),
    ("Georgian, Armenian, Amharic", "ქართული հայերեն አማርኛ"),
    ("signs", "☀🏠 ①②③ Leads ẍ̄"),
];

fn text_of(page: &Page) -> String {
    let texts = page.iter().filter_map(|mark| match mark {
        Mark::Text { line, .. } => Some(line.text.as_str()),
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
        unit_price: Money { minor: 1_999, currency: Currency::EUR }.into(),
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
            Mark::Text { x, y, style, line } => {
                (*x, x + fonts.line_width(*style, line), y - style.size, y + style.size / 4.0)
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
            *line = InvoiceLine { quantity, unit_price: money.into(), tax_rate, ..line.clone() };
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
    let texts: Vec<String> = nasty().into_iter().chain([SCRIPTS.map(|(_, text)| text).join(" ")]).collect();
    for (weight, size) in [(Weight::Regular, 9.0), (Weight::Bold, 10.5), (Weight::Regular, 7.5)] {
        let style = Style { weight, ..Style::BODY.sized(size) };
        for text in &texts {
            for width in [15.0, 77.7, 222.0, 482.0] {
                let lines = wrap(fonts, weight, size, text, width);
                for line in &lines {
                    let is_letter = line.text.graphemes(true).nth(1).is_none();
                    assert!(is_letter || fonts.line_width(style, line) <= width + 0.001, "{line:?} in {width}");
                }
                let wrapped: String = lines.into_iter().map(|line| line.text).collect();
                assert_eq!(letters(&wrapped), letters(&fonts.clean(weight, text)));
            }
        }
    }
    let lines = |text: &str, width: f32| -> Vec<String> {
        wrap(fonts, Weight::Regular, 9.0, text, width).into_iter().map(|line| line.text).collect()
    };
    assert_eq!(lines("\r\n one  two\t three\r\n\r\n\n four\n", 400.0), ["one two three", "", "four"]);
    assert_eq!(lines("iiii WWWW", 30.0), ["iiii", "WWW", "W"]);
    // Neither a comma nor a small letter begins a line, and an opening bracket ends none.
    assert_eq!(lines("a日本、シャツ「円」", 28.0), ["a日", "本、", "シャツ", "「円」"]);
}

#[test]
fn what_no_font_has_is_replaced() {
    let fonts = Fonts::get().unwrap();
    for weight in [Weight::Regular, Weight::Bold] {
        let clean = |text: &str| fonts.clean(weight, text);
        for kept in
            ["żółć ß", "€ − – — …", "Ελληνικά", "Кириллица", "\u{a0}", "\u{fffd}", "می\u{200c}خواهم", "ش\u{200f}"]
        {
            assert_eq!(clean(kept), kept);
        }
        assert_eq!(clean("a\0\u{7}\u{200d}\u{202e}\u{200f}b\tc\nd"), "ab c d");
        assert_eq!(clean("☀\u{fe0f}\u{200d}🏠"), "☀🏠");
        assert_eq!(clean("\u{e000} 日\u{10ffff}"), "\u{fffd} 日\u{fffd}");
        assert_eq!(clean("e\u{301}\u{2011}\u{202f}x"), "é-\u{a0}x");
    }
}

#[test]
fn what_cannot_be_drawn_is_found() {
    for drawn in
        ["", "żółć ß € − – … Ελληνικά Кириллица", "e\u{301}", "a\u{200d}\u{202e}\u{feff}b\u{a0}c\r\nd\te", "ﬁne ½ m²"]
    {
        assert_eq!(unprintable(drawn), None, "{drawn:?}");
    }
    for (script, text) in SCRIPTS {
        assert_eq!(unprintable(text), None, "{script}");
    }
    for (text, character) in [("Leads \u{e000}线索", '\u{e000}'), ("Sunny ☀\u{f0000}", '\u{f0000}')] {
        assert_eq!(unprintable(text), Some(character), "{text:?}");
    }
}

#[test]
fn letters_are_put_together_and_in_order() {
    let fonts = Fonts::get().unwrap();
    let line = |text: &str| fonts.line(Weight::Regular, text.to_owned(), None);
    let letters = |text: &str| -> Vec<(String, Vec<u16>)> {
        let runs = line(text).runs.into_iter().flat_map(|run| run.letters);
        runs.map(|letter| (letter.text, letter.glyphs.iter().map(|glyph| glyph.id).collect())).collect()
    };
    let order = |text: &str| letters(text).into_iter().map(|(text, _)| text).collect::<String>();
    assert_eq!(line("Ελληνικά €").runs, [], "nothing to be put together");
    // From left to right on the paper; figures keep their order, brackets turn.
    assert_eq!(order("אבג 12 (ד)"), "(ד) 12 גבא");
    assert_eq!(order("abc אבג def"), "abc גבא def");
    assert_eq!(fonts.line(Weight::Regular, "abc אב".to_owned(), Some(true)).runs[0].letters[0].text, "ב");
    // A letter of Arabic looks otherwise at a word's beginning, in it, at its end and alone.
    let forms: std::collections::BTreeSet<Vec<u16>> =
        letters("ع ععع").into_iter().filter(|(text, _)| text == "ع").map(|(_, glyphs)| glyphs).collect();
    assert_eq!(forms.len(), 4);
    // Lam and alef are drawn as one.
    assert!(letters("لا").iter().any(|(text, _)| text == "لا"));
    // A short i stands before the consonant it is spoken after.
    let (ka, short) = (letters("क")[0].1.clone(), letters("कि")[0].1.clone());
    assert_eq!(short.last(), ka.last());
    assert_eq!(short.len(), 2);
    // A Thai sign above another one is moved out of its way.
    let run = line("ก้").runs.remove(0);
    assert_eq!((run.letters.len(), run.letters[0].glyphs.len()), (1, 2));
    assert_eq!(run.advance(), line("ก").runs[0].advance(), "signs take no room");
}

#[test]
fn every_script_is_read_back() {
    let mut invoice = invoice(1);
    invoice.buyer.name = SCRIPTS[0].1.to_owned();
    let line = invoice.lines[0].clone();
    invoice.lines = SCRIPTS.map(|(_, text)| InvoiceLine { description: text.to_owned(), ..line.clone() }).into();
    let file = render(&invoice, None).unwrap();
    assert!(render(&invoice, None).unwrap() == file, "the same bytes");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, &file).unwrap();
    let read = std::process::Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
    let read = String::from_utf8(read.expect("pdftotext is missing: run tools/setup.sh test").stdout).unwrap();
    for (script, text) in SCRIPTS {
        for word in text.split(' ') {
            assert!(read.contains(word), "{script}: {word} is not in {read}");
        }
    }
    // Only what is drawn of a font is in the file, whose Chinese one alone has some megabytes.
    assert!(file.len() < 200_000, "{}", file.len());
}

#[test]
fn fonts_that_cannot_be_drawn_with_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let deeper = folder.path().join("truetype/noto");
    std::fs::create_dir_all(&deeper).unwrap();
    std::fs::write(deeper.join("Regular.TTF"), notosans::REGULAR_TTF).unwrap();
    std::fs::write(deeper.join("Bold.ttf"), notosans::BOLD_TTF).unwrap();
    std::fs::write(deeper.join("Italic.ttf"), notosans::ITALIC_TTF).unwrap();
    std::fs::write(deeper.join("readme.txt"), notosans::REGULAR_TTF).unwrap();
    let torn = &notosans::REGULAR_TTF[..200];
    for (name, file) in [("empty.otf", &b""[..]), ("torn.ttf", torn), ("odd.ttc", b"ttcf\0\x01\0\0\xff\xff\xff\xff")] {
        std::fs::write(deeper.join(name), file).unwrap();
    }
    // Any number of bytes of a font may be missing, and any of them be wrong.
    for cut in (0..notosans::REGULAR_TTF.len()).step_by(9_973) {
        let mut file = notosans::REGULAR_TTF[..cut].to_vec();
        std::fs::write(deeper.join("cut.ttf"), &file).unwrap();
        if let Some(byte) = file.get_mut(cut / 300) {
            *byte = !*byte;
        }
        std::fs::write(deeper.join("wrong.ttf"), &file).unwrap();
        let found = Library::of(&[folder.path().to_owned()]);
        assert!((2..=4).contains(&found.len()), "{}", found.len());
    }
    assert_eq!(Library::of(&[folder.path().join("missing")]).len(), 0);
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
