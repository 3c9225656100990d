//! What the columns of a file of leads hold, found out from their names and values.
//!
//! The names are those of everyday files in English, German, French, Spanish, Italian, Dutch and Polish, and of the exports of
//! Meta, Google, HubSpot, Salesforce, Pipedrive, Zoho and Typeform. What a name does not say the values may: a column of
//! email addresses is one under any name.

use super::{
    column::Column,
    column_names::{NAMES, Says},
};
use crate::{leads::LeadCommand, search::fold, tables::times::looks_like_a_date};

/// The words of a name: what is between other signs, and the parts of `firstName`.
fn words(name: &str) -> Vec<String> {
    let mut parted = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for c in name.replace("WhatsApp", "Whatsapp").chars() {
        if c.is_uppercase() && before.is_lowercase() {
            parted.push(' ');
        }
        parted.push(c);
        before = c;
    }
    let words = fold(&parted);
    let words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    // `E-mail` and `e mail` are one word.
    let mut found: Vec<String> = Vec::new();
    for word in words {
        match found.last_mut() {
            Some(last) if last == "e" && word.starts_with("mail") => last.push_str(word),
            _ => found.push(word.to_owned()),
        }
    }
    found
}

/// Words that say nothing of a column: `Email (required)`, `Your name`, `Phone 1 - Value`, `Person - Name`.
const NOISE: [&str; 29] = [
    "required", "optional", "user", "column", "your", "the", "value", "primary", "main", "person", "people", "contact",
    "customer", "client", "prospect", "default", "field", "utc", "gmt", "pflichtfeld", "ihr", "ihre", "votre", "tu",
    "su", "tuo", "uw", "jouw", "twoj",
];

/// What a name says.
fn guess(name: &str) -> Option<(Says, Column)> {
    // An address is a value, and no name.
    if name.contains('@') {
        return None;
    }
    if name.trim() == "#" {
        return Some((Says::Perhaps, Column::ExternalId));
    }
    let words = words(name);
    let known = |compact: &str| {
        NAMES.iter().find(|(_, _, names)| names.contains(&compact)).map(|(says, column, _)| (*says, column.clone()))
    };
    let bare: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !NOISE.contains(word) && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    known(&words.concat())
        .or_else(|| if bare.is_empty() { None } else { known(&bare.concat()) })
        .or_else(|| by_words(&words).map(|column| (Says::Surely, column)))
}

/// What single words of a longer name say.
fn by_words(words: &[String]) -> Option<Column> {
    let any = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let begins = |known: &[&str]| words.iter().any(|word| known.iter().any(|begin| word.starts_with(begin)));
    // About an address or a number, not one itself.
    let about = any(&[
        "type", "typ", "opt", "optin", "in", "consent", "status", "verified", "valid", "id", "owner", "agent", "rep",
        "sent", "opened", "clicked", "bounce", "bounced", "newsletter", "campaign", "template", "subject", "marketing",
        "permission", "count", "last", "date", "time", "domain", "unsubscribed", "double", "country", "code", "prefix",
        "extension", "ext", "provider", "carrier", "model", "brand", "fax", "telefax", "app", "device", "os", "by",
        "best", "label", "notification", "notifications", "allowed", "einwilligung",
    ]);
    if !about && (begins(&["email", "emailadr", "mailadr"]) || any(&["mail", "mails", "courriel"])) {
        return Some(Column::Email);
    }
    let number =
        any(&["contact", "call", "callback", "kontakt"]) && any(&["number", "nummer", "numero", "numer", "no"]);
    let phone = begins(&[
        "phone", "telefon", "telephon", "telefoon", "handy", "mobiltel", "mobilnum", "mobiel", "rufnummer",
        "cellphone", "whatsapp", "festnetz", "komork", "cellular", "gsm", "mobilfunk",
    ]) || any(&["tel", "mobile", "mobil", "cell", "movil", "portable", "landline"]);
    if !about && (phone || number) {
        return Some(Column::Phone);
    }
    let other = any(&[
        "by", "from", "owner", "id", "source", "user", "modified", "updated", "via", "type", "name", "count", "page",
        "url", "status", "von", "par", "por", "da", "door", "przez", "birth", "last",
    ]);
    let came = begins(&[
        "created", "submitted", "submission", "received", "delivered", "eingang", "erstellt", "creation", "creacion",
        "creazione", "utworzeni", "aangemaakt", "timestamp", "zeitstempel",
    ]);
    if !other && came {
        return Some(Column::DeliveredAt);
    }
    let price = any(&["price", "preis", "leadpreis", "prix", "precio", "prezzo", "prijs", "cena", "betrag", "cpl"]);
    let of_a_lead = words.iter().all(|word| {
        matches!(
            word.as_str(),
            "price" | "preis" | "leadpreis" | "prix" | "precio" | "prezzo" | "prijs" | "cena" | "betrag" | "cpl"
        ) || matches!(
            word.as_str(),
            "lead" | "leads" | "per" | "pro" | "par" | "por" | "net" | "netto" | "unit" | "in" | "the"
        ) || word.to_ascii_uppercase().parse::<crate::money::Currency>().is_ok()
    });
    (price && of_a_lead).then_some(Column::Price)
}

/// How the columns of an exported list of leads begin.
pub const EXPORTED: [&str; 7] = ["Name", "Email", "Phone", "Campaign", "Received", "Status", "Lead ID"];
/// What an exported list says of what the partner made of its leads: the status, and these.
pub const EXPORTED_SINCE: [&str; 4] = ["Outcome", "Sale value", "Sale currency", "Return"];
/// Where the status is.
const STATUS: usize = 5;

/// Dates that are not when a lead came.
fn is_another_date(name: &str) -> bool {
    let words = words(name);
    let begins = [
        "birth", "geburt", "dob", "naissance", "nacimiento", "nascita", "geboort", "urodz", "modif", "updat",
        "geander", "change", "last", "letzte", "appoint", "termin", "call", "follow", "due", "expir", "valid", "end",
        "ende", "move", "einzug", "start", "install", "contract", "vertrag", "next", "wunsch", "prefer", "desired",
        "closed", "close",
    ];
    words.iter().any(|word| begins.iter().any(|begin| word.starts_with(begin)))
}

/// A column that is to be looked over.
#[derive(Debug, Clone)]
pub struct SuggestedColumn {
    /// Its name; an own one where the header has none.
    pub name: String,
    /// What it most likely holds.
    pub column: Column,
}

impl SuggestedColumn {
    const fn is_field(&self) -> bool {
        matches!(self.column, Column::Field(_))
    }
}

/// A name for every column, and what it most likely holds: by its name, then by the first `rows`.
#[must_use]
pub fn suggest(header: &[String], rows: &[Vec<String>]) -> Vec<SuggestedColumn> {
    let values = |index: usize| {
        rows.iter().filter_map(move |row| row.get(index)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    };
    let guessed: Vec<(String, Option<(Says, Column)>)> = header
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let name = name.trim_start_matches('\u{feff}').split_whitespace().collect::<Vec<_>>().join(" ");
            let guessed = guess(&name).filter(|(_, column)| {
                // A word such as “Added” above “yes” and “no” is about something else.
                *column != Column::DeliveredAt
                    || values(index).next().is_none()
                    || values(index).any(|cell| cell.bytes().any(|byte| byte.is_ascii_digit()))
            });
            match name.is_empty() {
                true => (format!("column {}", index + 1), None),
                false => (name.chars().take(LeadCommand::MAX_LABEL).collect(), guessed),
            }
        })
        .collect();
    let says_surely = guessed.iter().flat_map(|(_, guessed)| guessed).filter(|(says, _)| *says == Says::Surely);
    let sure: Vec<&Column> = says_surely.map(|(_, column)| column).collect();
    let named = |name: &str, guessed: &Option<(Says, Column)>| match guessed {
        // Beside a first name alone, “Name” is the last one.
        Some((Says::Surely, Column::Name))
            if sure.contains(&&Column::FirstName) && !sure.contains(&&Column::LastName) =>
        {
            Column::LastName
        }
        // What is only perhaps something yields to what surely is.
        Some((says, column)) if *says == Says::Surely || !sure.contains(&column) => column.clone(),
        _ => Column::Field(name.to_owned()),
    };
    let mut columns: Vec<SuggestedColumn> = guessed
        .iter()
        .map(|(name, guessed)| SuggestedColumn { name: name.clone(), column: named(name, guessed) })
        .collect();
    // What no name says the values may.
    for (wanted, looks) in [(Column::Email, is_email as fn(&str) -> bool), (Column::Phone, is_phone)] {
        if columns.iter().all(|found| found.column != wanted) {
            let found = (0..columns.len()).find(|index| columns[*index].is_field() && mostly(values(*index), looks));
            if let Some(index) = found {
                columns[index].column = wanted;
            }
        }
    }
    if columns.iter().all(|found| found.column != Column::DeliveredAt) {
        let dated: Vec<usize> = (0..columns.len())
            .filter(|index| columns[*index].is_field() && !is_another_date(&columns[*index].name))
            .filter(|index| mostly(values(*index), looks_like_a_date))
            .collect();
        if let [only] = dated[..] {
            columns[only].column = Column::DeliveredAt;
        }
    }
    // In a file that this portal wrote, what a partner made of the leads belongs to that partner.
    if columns.iter().map(|found| found.name.as_str()).take(EXPORTED.len()).eq(EXPORTED) {
        columns[STATUS].column = Column::LeftOut;
        for column in columns.iter_mut().filter(|found| EXPORTED_SINCE.contains(&&*found.name)) {
            column.column = Column::LeftOut;
        }
    }
    columns
}

/// The columns that may say when the leads came, though none is taken for that: somebody has to be asked.
#[must_use]
pub fn dates_to_ask_about(columns: &[(String, Column)], rows: &[Vec<String>]) -> Vec<String> {
    if columns.iter().any(|(_, column)| *column == Column::DeliveredAt) {
        return Vec::new();
    }
    let values = |index: usize| rows.iter().filter_map(move |row| row.get(index)).map(String::as_str);
    let asked = columns.iter().enumerate().filter(|(index, (name, column))| {
        matches!(column, Column::Field(_)) && !is_another_date(name) && mostly(values(*index), looks_like_a_date)
    });
    asked.map(|(_, (name, _))| name.clone()).collect()
}

/// Whether four of five values look so; empty ones say nothing.
fn mostly<'a>(values: impl Iterator<Item = &'a str>, looks: impl Fn(&str) -> bool) -> bool {
    let (mut all, mut such) = (0_u32, 0_u32);
    for value in values.map(str::trim).filter(|value| !value.is_empty()) {
        all += 1;
        such += u32::from(looks(value));
    }
    all > 0 && such * 5 >= all * 4
}

fn is_email(text: &str) -> bool {
    crate::email::Email::parse(text.trim_start_matches("mailto:")).is_ok()
}

fn is_phone(text: &str) -> bool {
    let text = text.strip_prefix("p:").or_else(|| text.strip_prefix("tel:")).unwrap_or(text);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && text.starts_with(['+', '0', '('])
        && text.chars().all(|c| c.is_ascii_digit() || " +()-/.".contains(c))
        && !looks_like_a_date(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(header: &[&str], rows: &[&[&str]]) -> Vec<&'static str> {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        suggest(&header, &rows).into_iter().map(|suggested| suggested.column.as_str()).collect()
    }

    #[test]
    fn exports_of_other_systems() {
        for (header, expected) in [
            (
                "id,created_time,ad_id,ad_name,campaign_id,campaign_name,form_name,is_organic,platform,full_name,email,phone_number",
                "external_id,delivered_at,field,field,field,campaign,field,field,field,name,email,phone",
            ),
            (
                "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Last Activity Date,Lead Status,Create Date",
                "external_id,first_name,last_name,email,phone,field,field,field,delivered_at",
            ),
            (
                "Lead ID,First Name,Last Name,Company / Account,Email,Phone,Mobile,Lead Source,Created Date,Last Modified Date",
                "external_id,first_name,last_name,field,email,phone,phone,campaign,delivered_at,field",
            ),
            ("Person - Name,Person - Email,Person - Phone,Lead - Lead created time", "name,email,phone,delivered_at"),
            (
                "Lead Id,Lead Owner,Lead Name,Email,Phone,Mobile,Created Time,Modified Time",
                "external_id,field,name,email,phone,phone,delivered_at,field",
            ),
            (
                "#,Your name,Your email address,Phone number,Submit Date (UTC),Network ID",
                "external_id,name,email,phone,delivered_at,field",
            ),
            (
                "First Name,Last Name,E-mail 1 - Value,Phone 1 - Value,Phone 1 - Label",
                "first_name,last_name,email,phone,field",
            ),
            (
                "lead_id,user_email,user_phone,campaign_id,gclid,lead_submit_time",
                "external_id,email,phone,field,field,field",
            ),
            ("Lead ID,User Column: Full name,User Column: Email", "external_id,name,email"),
            ("firstName,lastName,emailAddress,createdAt", "first_name,last_name,email,delivered_at"),
        ] {
            let header: Vec<&str> = header.split(',').collect();
            assert_eq!(words_of(&header, &[]).join(","), expected, "{header:?}");
        }
    }

    #[test]
    fn names_in_seven_languages() {
        for (header, expected) in [
            (
                "Vorname;Name;E-Mail-Adresse;Telefonnummer;Erstellt am;Preis (EUR);Kampagne",
                "first_name,last_name,email,phone,delivered_at,price,campaign",
            ),
            (
                "Nachname;Vorname;Handynummer;Eingangsdatum;Quelle;Währung",
                "last_name,first_name,phone,delivered_at,campaign,currency",
            ),
            (
                "Nom;Prénom;Adresse e-mail;Téléphone;Date de création;Prix;Campagne",
                "last_name,first_name,email,phone,delivered_at,price,campaign",
            ),
            (
                "Nombre;Apellidos;Correo electrónico;Teléfono móvil;Fecha de creación;Precio",
                "first_name,last_name,email,phone,delivered_at,price",
            ),
            (
                "Nome;Cognome;Indirizzo email;Numero di telefono;Data di creazione;Prezzo",
                "first_name,last_name,email,phone,delivered_at,price",
            ),
            (
                "Voornaam;Achternaam;E-mailadres;Telefoonnummer;Aangemaakt op;Prijs",
                "first_name,last_name,email,phone,delivered_at,price",
            ),
            (
                "Imię;Nazwisko;Adres e-mail;Numer telefonu;Data utworzenia;Cena",
                "first_name,last_name,email,phone,delivered_at,price",
            ),
            ("Imię i nazwisko;E-mail;Telefon komórkowy", "name,email,phone"),
            (
                "Full name;Email opt-in;Email verified;Phone type;Best time to call;Fax",
                "name,field,field,field,field,field",
            ),
        ] {
            let header: Vec<&str> = header.split(';').collect();
            assert_eq!(words_of(&header, &[]).join(","), expected, "{header:?}");
        }
        for name in [
            "Mobile number", "Mobile phone", "Cell", "Cell phone", "Handy", "Rufnummer", "Contact number",
            "Phone (mobile)", "WhatsApp number", "Tel.", "Phone Number (required)", "Telefon privat", "Mobil",
        ] {
            assert_eq!(words_of(&[name], &[]), ["phone"], "{name}");
        }
        for name in
            ["Work email", "Email (required)", "Your email", "E-Mail", "e mail", "Mail", "Business Email Address"]
        {
            assert_eq!(words_of(&[name], &[]), ["email"], "{name}");
        }
        for name in [
            "Created Date", "Create Date", "Created Time", "Created On", "Timestamp", "Submitted At",
            "Submission Date", "Lead Date", "Entry Date", "Added", "Eingang", "Date", "Datum", "Fecha",
            "created_at_utc", "Date Received",
        ] {
            assert_eq!(words_of(&[name], &[]), ["delivered_at"], "{name}");
        }
    }

    #[test]
    fn values_say_what_names_do_not() {
        let rows: [&[&str]; 2] = [
            &["Ada", "ada@mail.example", "+49 171 1234567", "2026-11-20 10:00", "1980-01-01", "80331"],
            &["Bob", "", "0171 7654321", "2026-11-21 11:00", "1981-01-01", "10115"],
        ];
        assert_eq!(
            words_of(&["Wer", "Wohin", "Womit", "Wann", "Geburtsdatum", "Ort"], &rows),
            ["field", "email", "phone", "delivered_at", "field", "field"]
        );
        assert_eq!(words_of(&["Name", "Added"], &[&["Ada", "yes"]]), ["name", "field"]);
        assert_eq!(words_of(&["Name", ""], &[&["Ada", ""]]), ["name", "field"]);
        let exported = [&EXPORTED[..], &["Price", "Currency"], &EXPORTED_SINCE, &["Roof"]].concat();
        assert_eq!(
            words_of(&exported, &[]).join(","),
            "name,email,phone,campaign,delivered_at,left_out,external_id,price,currency,left_out,left_out,left_out,left_out,field"
        );
        assert_eq!(words_of(&["Name", "Status"], &[]), ["name", "field"]);
        // Two that may be it are asked about.
        let header = ["Name", "Wann", "Wann auch"].map(ToOwned::to_owned);
        let rows = [["Ada", "2026-11-20", "2026-11-21"].map(ToOwned::to_owned).to_vec()];
        let columns: Vec<_> = suggest(&header, &rows).into_iter().map(|found| (found.name, found.column)).collect();
        assert_eq!(dates_to_ask_about(&columns, &rows), ["Wann", "Wann auch"]);
    }
}
