//! What columns are called, in English, German, French, Spanish, Italian, Dutch and Polish, and in the exports of Meta, Google,
//! HubSpot, Salesforce, Pipedrive, Zoho and Typeform: without accents, case and what stands between the words.

use super::column::Column;

/// How surely a name says what its column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// Beyond doubt.
    Surely,
    /// Unless another column says it surely.
    Perhaps,
}

pub(super) const NAMES: [(Says, Column, &[&str]); 14] = [
    (Says::Surely, Column::LeftOut, &["rejectedline", "rejectedcolumn", "rejectedbecause"]),
    (
        Says::Surely,
        Column::ExternalId,
        &[
            "externalid", "leadid", "leadnumber", "leadref", "leadreference", "crmid", "recordid", "contactid",
            "responseid", "submissionid", "entryid", "leadnummer", "leadkennung", "numerleada", "yourcrmsid",
        ],
    ),
    (
        Says::Perhaps,
        Column::ExternalId,
        &[
            "id", "reference", "referenz", "kennung", "identifiant", "identificador", "identificativo", "riferimento",
            "kenmerk", "identyfikator", "token", "uuid",
        ],
    ),
    (
        Says::Surely,
        Column::Name,
        &[
            "name", "fullname", "contactname", "leadname", "personname", "customername", "clientname", "yourname",
            "vollstandigername", "vollername", "vorundnachname", "vornamenachname", "vornameundnachname",
            "namevorname", "kundenname", "kontaktname", "nomcomplet", "nometprenom", "nomprenom", "prenometnom",
            "prenomnom", "nombrecompleto", "nombreyapellidos", "nombreyapellido", "nombreapellidos", "nomecompleto",
            "nomeecognome", "nomecognome", "cognomeenome", "nominativo", "naam", "volledigenaam", "contactpersoon",
            "voorenachternaam", "imieinazwisko", "imienazwisko", "pelnaimieinazwisko", "nazwiskoiimie",
            "firstandlastname", "firstlastname",
        ],
    ),
    (
        Says::Perhaps,
        Column::Name,
        &[
            "contact", "kontakt", "ansprechpartner", "interessent", "kunde", "customer", "client", "person", "lead",
            "cliente", "klant", "klient", "contatto", "contacto", "personcontact",
        ],
    ),
    (
        Says::Surely,
        Column::FirstName,
        &[
            "firstname", "givenname", "forename", "fname", "vorname", "vornamen", "prenom", "prenoms", "nombre",
            "nombres", "primernombre", "nome", "voornaam", "imie", "imiona", "personfirstname",
        ],
    ),
    (
        Says::Surely,
        Column::LastName,
        &[
            "lastname", "surname", "familyname", "lname", "nachname", "familienname", "zuname", "nom", "nomdefamille",
            "apellido", "apellidos", "cognome", "achternaam", "familienaam", "nazwisko", "personlastname",
        ],
    ),
    (
        Says::Surely,
        Column::Campaign,
        &[
            "campaign", "campaignname", "utmcampaign", "leadcampaign", "kampagne", "kampagnenname", "campagne",
            "nomdelacampagne", "campana", "nombredelacampana", "nombredecampana", "campagna", "nomecampagna",
            "nomedellacampagna", "campagnenaam", "kampania", "nazwakampanii",
        ],
    ),
    (
        Says::Perhaps,
        Column::Campaign,
        &[
            "source", "leadsource", "quelle", "leadquelle", "fuente", "origen", "origine", "sourcedulead", "fonte",
            "bron", "zrodlo",
        ],
    ),
    (
        Says::Surely,
        Column::DeliveredAt,
        &[
            "deliveredat", "delivered", "deliverydate", "deliverytime", "receivedat", "received", "datereceived",
            "createdat", "created", "createdtime", "createdate", "createddate", "createdon", "creationdate",
            "creationtime", "datecreated", "timecreated", "submittedat", "submitted", "submitdate", "submittime",
            "submissiondate", "submissiontime", "datesubmitted", "timestamp", "leaddate", "leadtime", "entrydate",
            "added", "addedat", "addedon", "addtime", "dateadded", "inquirydate", "enquirydate", "requestdate",
            "conversiondate", "signupdate", "registrationdate", "eingang", "eingangsdatum", "eingangszeit",
            "eingegangen", "eingegangenam", "erhalten", "erhaltenam", "erstellt", "erstelltam", "erstellungsdatum",
            "erstelldatum", "angelegt", "angelegtam", "anlagedatum", "anfragedatum", "lieferdatum", "geliefertam",
            "ubermitteltam", "zeitstempel", "datecreation", "datedecreation", "creele", "creee", "creeele",
            "datedenvoi", "dateenvoi", "datedesoumission", "recule", "datedereception", "datereception",
            "datedelivraison", "horodateur", "horodatage", "fechadecreacion", "fechacreacion", "creado", "creadoel",
            "fechadeenvio", "fechaenvio", "marcatemporal", "recibido", "recibidoel", "fechaderecepcion",
            "fecharecepcion", "fechadeentrega", "fechadealta", "datacreazione", "datadicreazione", "creatoil",
            "informazionicronologiche", "datainvio", "datadiinvio", "ricevutoil", "dataricezione", "datadiricezione",
            "dataconsegna", "aanmaakdatum", "aangemaakt", "aangemaaktop", "gemaaktop", "ontvangen", "ontvangenop",
            "ontvangstdatum", "inzenddatum", "ingezondenop", "tijdstempel", "leverdatum", "datautworzenia",
            "utworzono", "dataotrzymania", "otrzymano", "datadodania", "dodano", "sygnaturaczasowa", "datazgloszenia",
            "datawplywu", "datadostarczenia",
        ],
    ),
    (
        Says::Perhaps,
        Column::DeliveredAt,
        &[
            "date", "datetime", "dateandtime", "time", "datum", "datumuhrzeit", "datumundzeit", "datumundunhrzeit",
            "zeitpunkt", "zeit", "dateheure", "dateetheure", "fecha", "fechayhora", "fechahora", "data", "dataeora",
            "dataora", "datumtijd", "datumentijd", "dataigodzina", "dzien",
        ],
    ),
    (
        Says::Surely,
        Column::Price,
        &[
            "price", "leadprice", "priceperlead", "unitprice", "cost", "leadcost", "costperlead", "cpl", "amount",
            "preis", "leadpreis", "preisprolead", "einzelpreis", "betrag", "kosten", "prix", "prixdulead",
            "prixparlead", "montant", "cout", "precio", "precioporlead", "importe", "coste", "prezzo", "importo",
            "costo", "prijs", "bedrag", "cena", "kwota", "koszt", "cenaleada",
        ],
    ),
    (
        Says::Surely,
        Column::Currency,
        &["currency", "currencycode", "wahrung", "devise", "monnaie", "moneda", "divisa", "valuta", "waluta"],
    ),
    (
        Says::Surely,
        Column::Email,
        &[
            "courriel", "adresseelectronique", "mel", "correo", "correoelectronico", "direcciondecorreo",
            "postaelettronica", "indirizzodipostaelettronica", "epost", "adreselektroniczny", "pocztaelektroniczna",
        ],
    ),
];
