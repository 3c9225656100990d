//! Pages turned into a PDF file.

use chrono::Datelike;
use domain::{color::Color, invoices::Invoice};
use lopdf::{Dictionary, Object, StringFormat};
use printpdf::{
    Date, Mm, Offset, OffsetDateTime, Op, PaintMode, PdfDocument, PdfFont, PdfPage, PdfSaveOptions, Pt, RawImage,
    RawImageData, RawImageFormat, Rect, Rgb, TextMatrix, Time, XObject, XObjectId, XObjectTransform,
};
use sha2::{Digest, Sha256};

use super::{block::Mark, error::PdfError, flow::Page, fonts::Fonts, logo::Logo, style::PAGE_HEIGHT, text::Text};

/// The file's bytes. Nothing in them is random or depends on the time: printpdf makes up ids of its own, so every id that
/// gets into the file is set here instead.
pub(super) fn write(
    invoice: &Invoice,
    fonts: &Fonts,
    logo: Option<&Logo>,
    pages: &[Page],
) -> Result<Vec<u8>, PdfError> {
    let mut pdf = PdfDocument::new(&plain(&format!("Invoice {}", invoice.summary.number)));
    let info = &mut pdf.metadata.info;
    info.author = plain(&invoice.seller.name);
    info.creator = "Partner portal".to_owned();
    info.producer = "printpdf".to_owned();
    info.creation_date = midnight(invoice.summary.issued_on);
    info.modification_date = info.creation_date;
    let (text, embedded) = Text::embed(fonts, pages)?;
    pdf.resources.fonts.map.extend(embedded.into_iter().map(|(id, font)| (id, PdfFont::new(font))));
    let image = logo.map(|logo| XObjectId(logo.name()));
    if let (Some(logo), Some(id)) = (logo, &image) {
        let picture = RawImage {
            pixels: RawImageData::U8(logo.rgb.clone()),
            width: logo.width,
            height: logo.height,
            data_format: RawImageFormat::RGB8,
            tag: Vec::new(),
        };
        pdf.resources.xobjects.map.insert(id.clone(), XObject::Image(picture));
    }
    let a4 = |page: &Page| PdfPage::new(Mm(210.0), Mm(297.0), operations(page, &text, image.as_ref()));
    pdf.pages = pages.iter().map(a4).collect();
    let mut document = pdf.to_lopdf_document(&PdfSaveOptions::default(), &mut Vec::new());
    document.compress();
    finish(&mut document, invoice)?;
    let mut bytes = Vec::new();
    document.save_to(&mut bytes)?;
    Ok(bytes)
}

/// What printpdf has no setting for, or sets at random.
fn finish(document: &mut lopdf::Document, invoice: &Invoice) -> Result<(), PdfError> {
    document.version = "1.7".to_owned();
    let catalog = document.catalog_mut()?;
    catalog.set("Lang", Object::string_literal("en-GB"));
    catalog.set("ViewerPreferences", Dictionary::from_iter([("DisplayDocTitle", true.into())]));
    let info = document.trailer.get(b"Info").and_then(Object::as_reference)?;
    let info = document.get_dictionary_mut(info)?;
    // Left empty they would claim a conformance that nobody checked.
    for key in [&b"GTS_PDFXVersion"[..], b"Identifier", b"Keywords", b"Subject", b"Trapped"] {
        info.remove(key);
    }
    // One id for the invoice, one for this state of it (ISO 32000-1, 14.4).
    let mut state = Sha256::new();
    for stream in document.objects.values().filter_map(|object| object.as_stream().ok()) {
        state.update(&stream.content);
    }
    let state = state.finalize().iter().take(16).copied().collect();
    let ids = [invoice.summary.id.0.as_bytes().to_vec(), state];
    let ids = ids.map(|id| Object::String(id, StringFormat::Hexadecimal));
    document.trailer.set("ID", ids.to_vec());
    Ok(())
}

/// Text for the file's properties: on one line, and without what no reader shows.
fn plain(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn midnight(day: chrono::NaiveDate) -> OffsetDateTime {
    let number = |value: u32| u8::try_from(value).unwrap_or_default();
    let date = Date { year: day.year().clamp(0, 9_999), month: number(day.month()), day: number(day.day()) };
    let time = Time { hour: 0, minute: 0, second: 0, millisecond: 0 };
    OffsetDateTime::new_in_offset(date, time, Offset { hours: 0, minutes: 0, seconds: 0, milliseconds: 0 })
}

/// A page as PDF operations: the logo and the bars, then the text over them, in the order it is read in.
fn operations(page: &Page, lines: &Text, image: Option<&XObjectId>) -> Vec<Op> {
    let mut ops = Vec::with_capacity(3 * page.len());
    let mut current = None;
    for mark in page {
        let Mark::Bar { x, y, width, height, color } = *mark else { continue };
        fill(&mut ops, &mut current, color);
        let mut rectangle = Rect::from_xywh(Pt(x), from_bottom(y + height), Pt(hundredths(width)), Pt(height));
        rectangle.mode = Some(PaintMode::Fill);
        ops.push(Op::DrawRectangle { rectangle });
    }
    for mark in page {
        let (Mark::Logo { x, y, width, height }, Some(id)) = (mark, image) else { continue };
        // A picture is one unit wide and high until it is scaled.
        let transform = XObjectTransform {
            translate_x: Some(Pt(hundredths(*x))),
            translate_y: Some(from_bottom(y + height)),
            scale_x: Some(hundredths(*width)),
            scale_y: Some(hundredths(*height)),
            no_auto_scale: true,
            ..XObjectTransform::default()
        };
        ops.push(Op::UseXobject { id: id.clone(), transform });
    }
    ops.push(Op::StartTextSection);
    let mut font = None;
    for mark in page {
        let Mark::Text { x, y, style, line } = mark else { continue };
        fill(&mut ops, &mut current, style.color);
        let start = TextMatrix::Translate(Pt(hundredths(*x)), from_bottom(*y));
        lines.draw(&mut ops, &mut font, *style, line, start);
    }
    ops.push(Op::EndTextSection);
    ops
}

fn fill(ops: &mut Vec<Op>, current: &mut Option<Color>, color: Color) {
    if *current != Some(color) {
        *current = Some(color);
        let [r, g, b] = color.0.map(|channel| (f32::from(channel) / 0.255).round() / 1_000.0);
        ops.push(Op::SetFillColor { col: printpdf::Color::Rgb(Rgb { r, g, b, icc_profile: None }) });
    }
}

/// PDF counts from the page's bottom.
fn from_bottom(y: f32) -> Pt {
    Pt(hundredths(PAGE_HEIGHT - y))
}

/// A hundredth of a point is finer than any printer, and short to write.
fn hundredths(points: f32) -> f32 {
    (points * 100.0).round() / 100.0
}
