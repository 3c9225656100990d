//! Countries as people write them in an address, and the calling code of each.

use crate::search::fold;

/// Calling code, ISO 3166 code, and names: the country's own and those of its neighbours, folded as [`fold`] does.
const COUNTRIES: &[(&str, &str, &[&str])] = &[
    ("1", "us", &["usa", "united states", "united states of america", "vereinigte staaten", "etats-unis", "u.s.a."]),
    ("1", "ca", &["canada", "kanada"]),
    ("7", "ru", &["russia", "russland", "россия", "russie", "rusia", "rosja"]),
    ("7", "kz", &["kazakhstan", "kasachstan"]),
    ("20", "eg", &["egypt", "agypten"]),
    ("27", "za", &["south africa", "sudafrika"]),
    ("30", "gr", &["greece", "griechenland", "ελλαδα", "grece", "grecia", "hellas"]),
    (
        "31",
        "nl",
        &["netherlands", "the netherlands", "nederland", "niederlande", "holland", "pays-bas", "paises bajos"],
    ),
    ("32", "be", &["belgium", "belgien", "belgique", "belgie", "belgica", "belgio"]),
    ("33", "fr", &["france", "frankreich", "francia", "frankrijk", "francja"]),
    ("34", "es", &["spain", "spanien", "espana", "espagne", "spagna", "spanje", "hiszpania"]),
    ("36", "hu", &["hungary", "ungarn", "magyarorszag", "hongrie"]),
    ("39", "it", &["italy", "italien", "italia", "italie", "wlochy"]),
    ("40", "ro", &["romania", "rumanien", "roumanie"]),
    ("41", "ch", &["switzerland", "schweiz", "suisse", "svizzera", "suiza", "zwitserland", "szwajcaria"]),
    ("43", "at", &["austria", "osterreich", "oesterreich", "autriche", "oostenrijk"]),
    (
        "44",
        "gb",
        &["united kingdom", "great britain", "uk", "england", "scotland", "wales", "grossbritannien", "royaume-uni"],
    ),
    ("45", "dk", &["denmark", "danemark", "danmark", "dinamarca"]),
    ("46", "se", &["sweden", "schweden", "sverige", "suede", "suecia"]),
    ("47", "no", &["norway", "norwegen", "norge", "noreg", "norvege"]),
    ("48", "pl", &["poland", "polen", "polska", "pologne", "polonia"]),
    ("49", "de", &["germany", "deutschland", "allemagne", "alemania", "germania", "duitsland", "niemcy", "tyskland"]),
    ("52", "mx", &["mexico", "mexiko"]),
    ("54", "ar", &["argentina", "argentinien"]),
    ("55", "br", &["brazil", "brasil", "brasilien"]),
    ("56", "cl", &["chile"]),
    ("57", "co", &["colombia", "kolumbien"]),
    ("60", "my", &["malaysia"]),
    ("61", "au", &["australia", "australien"]),
    ("62", "id", &["indonesia", "indonesien"]),
    ("63", "ph", &["philippines", "philippinen"]),
    ("64", "nz", &["new zealand", "neuseeland"]),
    ("65", "sg", &["singapore", "singapur"]),
    ("66", "th", &["thailand"]),
    ("81", "jp", &["japan"]),
    ("82", "kr", &["south korea", "korea", "sudkorea"]),
    ("84", "vn", &["vietnam", "viet nam"]),
    ("86", "cn", &["china"]),
    ("90", "tr", &["turkey", "turkei", "turkiye", "turquie"]),
    ("91", "in", &["india", "indien"]),
    ("92", "pk", &["pakistan"]),
    ("212", "ma", &["morocco", "marokko", "maroc"]),
    ("234", "ng", &["nigeria"]),
    ("254", "ke", &["kenya", "kenia"]),
    ("351", "pt", &["portugal", "portogallo"]),
    ("352", "lu", &["luxembourg", "luxemburg", "letzebuerg"]),
    ("353", "ie", &["ireland", "irland", "eire", "irlande"]),
    ("354", "is", &["iceland", "island"]),
    ("356", "mt", &["malta"]),
    ("357", "cy", &["cyprus", "zypern"]),
    ("358", "fi", &["finland", "finnland", "suomi"]),
    ("359", "bg", &["bulgaria", "bulgarien"]),
    ("370", "lt", &["lithuania", "litauen", "lietuva"]),
    ("371", "lv", &["latvia", "lettland", "latvija"]),
    ("372", "ee", &["estonia", "estland", "eesti"]),
    ("375", "by", &["belarus"]),
    ("380", "ua", &["ukraine", "украина", "украіна"]),
    ("381", "rs", &["serbia", "serbien", "srbija"]),
    ("385", "hr", &["croatia", "kroatien", "hrvatska"]),
    ("386", "si", &["slovenia", "slowenien", "slovenija"]),
    ("387", "ba", &["bosnia and herzegovina", "bosnien", "bosna i hercegovina"]),
    ("389", "mk", &["north macedonia", "nordmazedonien"]),
    ("420", "cz", &["czechia", "czech republic", "tschechien", "cesko", "ceska republika"]),
    ("421", "sk", &["slovakia", "slowakei", "slovensko"]),
    ("423", "li", &["liechtenstein"]),
    ("966", "sa", &["saudi arabia"]),
    ("971", "ae", &["united arab emirates", "uae"]),
    ("972", "il", &["israel"]),
];

/// The calling code of a country as people write it in an address: by its ISO code, or by its name in one of the languages around.
#[must_use]
pub fn calling_code(country: &str) -> Option<&'static str> {
    let wanted = fold(country);
    if wanted.is_empty() {
        return None;
    }
    let found = COUNTRIES.iter().find(|(_, iso, names)| *iso == wanted || names.contains(&wanted.as_str()));
    found.map(|(code, ..)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_code_and_by_name() {
        for country in ["DE", "Germany", " deutschland", "Allemagne", "NIEMCY"] {
            assert_eq!(calling_code(country), Some("49"), "{country}");
        }
        assert_eq!(calling_code("Österreich"), Some("43"));
        assert_eq!(calling_code("España"), Some("34"));
        assert_eq!(calling_code(""), None);
        assert_eq!(calling_code("Atlantis"), None);
        for (code, iso, names) in COUNTRIES {
            assert_eq!(crate::phones::code_length(&format!("{code}0000")), code.len(), "{iso}");
            assert!(names.iter().all(|name| fold(name) == **name), "{names:?} are folded");
        }
    }
}
