//! The names, places and campaigns the demo account is made of. All people are invented.

use domain::{partners::Contact, search::fold};
use fastrand::Rng;

/// The partners of the demo account.
pub(super) const PARTNERS: [&str; 40] = [
    "Northwind Solar", "Contoso Heating", "Fabrikam Energie", "Adatum Roofing", "Tailspin Windows",
    "Woodgrove Finance", "Litware Electric", "Proseware Insulation", "Alpine Wärmepumpen", "Baltic Solar UAB",
    "Cascade Home Comfort", "Delta Klimatechnik", "Elbe Dachbau", "Fjord Energi", "Garonne Énergies",
    "Harbour Heat Pumps", "Iberia Fotovoltaica", "Jura Toitures", "Kraków Solar Sp. z o.o.", "Lumière Habitat",
    "Meridian Moves", "Nordlicht Montage", "Oder Energie", "Pacific Rooftops", "Quantum Kitchens", "Rhône Rénovation",
    "Sava Solarni Sistemi", "Thames Valley Glazing", "Umbria Serramenti", "Vistula Pompy Ciepła", "Wexford Wind & Sun",
    "Xanten Bäder", "Yorkshire Loft Co.", "Zuiderzee Warmte", "Ægir Marine Services", "Øresund Varme",
    "Paused Plumbing Ltd", "Dormant Drives GmbH", "Archive Attics", "Former Façades",
];

const FIRST: [&str; 72] = [
    "Ada", "Aleksander", "Amélie", "Ana", "Anders", "Ángel", "Anja", "Aylin", "Beatriz", "Björn", "Camille", "Carlos",
    "Chiara", "Dmitri", "Elena", "Émile", "Emma", "Fatima", "Félix", "Finn", "Francesca", "Giulia", "Grace", "Hannah",
    "Hiroshi", "Ines", "Ivana", "Jakub", "James", "Jana", "João", "Jürgen", "Katarzyna", "Lars", "Léa", "Liam",
    "Lucía", "Łukasz", "Maja", "Marco", "Maria", "Mateusz", "Mei", "Mia", "Mohammed", "Nadia", "Niamh", "Nikos",
    "Noah", "Olga", "Oliver", "Paulo", "Petra", "Priya", "Rafael", "Rania", "René", "Saoirse", "Sara", "Siân", "Sofia",
    "Søren", "Tomáš", "Ulrike", "Václav", "Vera", "Walter", "Wei", "Yusuf", "Zeynep", "Zoë", "Żaneta",
];

const LAST: [&str; 72] = [
    "Andersson", "Bauer", "Becker", "Bernard", "Bianchi", "Brown", "Çelik", "Costa", "Dąbrowska", "Demir", "Dubois",
    "Dvořák", "Ferrari", "Fischer", "Fitzgerald", "García", "Georgiou", "González", "Grünwald", "Hansen", "Horvat",
    "Hughes", "Ivanov", "Jansen", "Jensen", "Johnson", "Jovanović", "Kamiński", "Kaya", "Khan", "Kowalczyk",
    "Kozłowska", "Lambert", "Larsen", "Lefèvre", "Lindgren", "López", "Maier", "Martin", "Martínez", "Meyer", "Moreau",
    "Müller", "Murphy", "Nguyen", "Nielsen", "Novák", "O'Brien", "O'Connor", "Öztürk", "Papadopoulos", "Patel",
    "Pereira", "Petit", "Petrović", "Ricci", "Rossi", "Russo", "Santos", "Schmidt", "Schneider", "Silva", "Singh",
    "Smith", "Sørensen", "Szabó", "Tanaka", "van den Berg", "Weber", "Wiśniewski", "Yılmaz", "Zimmermann",
];

const MAIL_HOSTS: [&str; 6] =
    ["mail.example", "post.example", "inbox.example", "kontakt.example", "webmail.example", "home.example"];

/// Country codes and how national numbers are usually written there: a 9 stands for a digit.
const PHONES: [(&str, &str); 8] = [
    ("+49", "(0)179 9999999"),
    ("+33", "6 99 99 99 99"),
    ("+48", "699 999 999"),
    ("+44", "7700 999999"),
    ("+39", "399 999 9999"),
    ("+34", "699 999 999"),
    ("+45", "29 99 99 99"),
    ("+43", "(0)664 9999999"),
];

/// Campaigns with a usual price in cents, and the field that is asked in them with its usual answers.
const CAMPAIGNS: [(&str, i64, &str, [&str; 4]); 9] = [
    ("Solar roof DE", 4_900, "Roof area", ["40 m²", "65 m²", "80 m²", "120 m²"]),
    ("Heat pump DE", 5_500, "Current heating", ["Gas", "Oil", "District heating", "Night storage"]),
    ("Wallbox", 1_900, "Parking", ["Garage", "Carport", "Driveway", "Underground"]),
    ("Battery storage", 3_200, "Existing system", ["None", "5 kWp", "9.8 kWp", "15 kWp"]),
    ("Pompe à chaleur FR", 4_700, "Surface", ["80 m²", "110 m²", "145 m²", "200 m²"]),
    ("Fotowoltaika PL", 2_800, "Zużycie", ["2 MWh", "4 MWh", "6 MWh", "10 MWh"]),
    ("Windows & doors", 2_400, "Number of windows", ["2", "6", "10", "more than 15"]),
    ("Loft insulation UK", 2_100, "Property", ["Detached", "Semi-detached", "Terraced", "Bungalow"]),
    ("Roof repair", 3_600, "Urgency", ["This week", "This month", "This year", "Planning"]),
];

const CITIES: [(&str, &str); 14] = [
    ("10437", "Berlin"),
    ("80331", "München"),
    ("50667", "Köln"),
    ("04109", "Leipzig"),
    ("69002", "Lyon"),
    ("33000", "Bordeaux"),
    ("00-950", "Warszawa"),
    ("31-001", "Kraków"),
    ("M1 2AB", "Manchester"),
    ("LS1 4DY", "Leeds"),
    ("20121", "Milano"),
    ("28001", "Madrid"),
    ("2100", "København"),
    ("1010", "Wien"),
];

/// An invented person.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(0..from.len())]
}

/// The next person.
pub(super) fn person(rng: &mut Rng) -> Person {
    let (first, last) = (pick(rng, &FIRST), pick(rng, &LAST));
    let plain = |name: &str| -> String {
        fold(name)
            .replace('ł', "l")
            .replace('ø', "o")
            .replace('æ', "ae")
            .replace('ı', "i")
            .chars()
            .filter(char::is_ascii_alphabetic)
            .collect()
    };
    let number = if rng.bool() { rng.u32(1..99).to_string() } else { String::new() };
    let email = format!("{}.{}{number}@{}", plain(first), plain(last), pick(rng, &MAIL_HOSTS));
    let (country, form) = pick(rng, &PHONES);
    let digits = form.chars().map(|sign| if sign == '9' { char::from(b'0' + rng.u8(0..10)) } else { sign });
    Person { name: format!("{first} {last}"), email, phone: format!("{country} {}", digits.collect::<String>()) }
}

/// A campaign this partner takes part in, and the usual price of its leads in cents.
pub(super) fn campaign(partner: usize, rng: &mut Rng) -> (&'static str, i64) {
    // Each partner takes part in four, the first of them most.
    let place = [0, 0, 0, 1, 1, 2, 3][rng.usize(0..7)];
    let (name, price, ..) = CAMPAIGNS[(partner * 2 + place) % CAMPAIGNS.len()];
    (name, price)
}

/// What else is known of somebody who asked in this campaign.
pub(super) fn fields(campaign: &str, rng: &mut Rng) -> Vec<(String, String)> {
    let (postcode, city) = pick(rng, &CITIES);
    let mut fields = vec![("Postcode".to_owned(), (*postcode).to_owned()), ("City".to_owned(), (*city).to_owned())];
    if let Some((_, _, question, answers)) = CAMPAIGNS.iter().find(|(name, ..)| *name == campaign) {
        fields.push(((*question).to_owned(), (*pick(rng, answers)).to_owned()));
    }
    if rng.u8(0..3) == 0 {
        fields.push((
            "Best time to call".to_owned(),
            (*pick(rng, &["Mornings", "After 17:00", "Weekends", "Any time"])).to_owned(),
        ));
    }
    fields
}

/// How to reach a partner of the demo account.
pub(super) fn contact(partner: usize) -> Contact {
    let (postal_code, city) = CITIES[partner % CITIES.len()];
    let host = fold(PARTNERS[partner]).chars().filter(char::is_ascii_alphabetic).collect::<String>();
    Contact {
        company: PARTNERS[partner].to_owned(),
        contact_name: format!("{} {}", FIRST[partner * 5 % FIRST.len()], LAST[partner * 7 % LAST.len()]),
        email: format!("office@{host}.example"),
        phone: format!("+49 30 5550 {:04}", 1_200 + partner * 17),
        street: format!("Lindenstraße {}", 3 + partner * 2),
        postal_code: postal_code.to_owned(),
        city: city.to_owned(),
        country: String::new(),
    }
}
