//! Search texts that are common, rare, short, or made of the search language's own signs.

use domain::leads::{Count, LeadFilter, LeadListQuery, NewLead, PageSize};
use store::leads;

use crate::world::{World, as_superuser, lead};

async fn found(world: &World, q: &str) -> (Vec<String>, Count) {
    let scope = world.scope(&world.northwind).await;
    let filter = LeadFilter { q: q.into(), ..LeadFilter::default() };
    let query = LeadListQuery { filter, size: PageSize::Hundred, ..LeadListQuery::default() };
    let page = leads::list(&mut world.reader().await, &scope, &query).await.unwrap();
    (page.leads.into_iter().map(|lead| lead.external_id_from_email()).collect(), page.count)
}

trait FromEmail {
    fn external_id_from_email(self) -> String;
}

impl FromEmail for domain::leads::LeadSummary {
    fn external_id_from_email(self) -> String {
        self.email.split('@').next().unwrap_or_default().to_owned()
    }
}

on_both_engines! {
    async fn signs_of_the_search_language_are_plain_text(world: World) {
        let names = ["100% sure", "under_score", "back\\slash", "quo\"ted", "a AND b", "NEAR(x)", "star*", "col:on", "semi; --", "(paren)"];
        world.deliver(&world.northwind, names.iter().enumerate().map(|(n, name)| lead(&format!("s{n}"), name, 1)).collect()).await;
        for (n, name) in names.iter().enumerate() {
            assert_eq!(found(&world, name).await, (vec![format!("s{n}")], Count::Exactly(1)), "{name}");
        }
        for sign in ["%", "_", "\\", "\"", "*"] {
            assert_eq!(found(&world, sign).await.1, Count::Exactly(1), "{sign}");
        }
    }

    async fn phones_match_with_and_without_their_signs(world: World) {
        world.deliver(&world.northwind, vec![NewLead { phone: "+48 (22) 555-01 99".into(), ..lead("p", "P", 1) }, lead("q", "Q", 2)]).await;
        for q in ["22) 555", "482255501", "5550199"] {
            assert_eq!(found(&world, q).await.0, ["p"], "{q}");
        }
    }

    /// Frequent among the newest leads (walked), rare everywhere (looked up), and frequent only long ago (looked up,
    /// although there are many): all find the same kind of rows.
    async fn common_and_rare_texts_find_alike(world: World) {
        let many = (0..1_500).map(|n| NewLead {
            campaign: if n < 1_100 { "recent".into() } else { "ancient".into() },
            ..lead(&format!("l{n}"), if n == 1_400 { "Needle" } else { "Hay" }, n)
        });
        world.deliver(&world.northwind, many.collect()).await;
        assert_eq!(found(&world, "needle").await, (vec!["l1400".to_owned()], Count::Exactly(1)));
        let (ids, count) = found(&world, "recent").await;
        assert_eq!((ids.len(), ids[0].as_str(), count), (100, "l0", Count::Exactly(1_100)));
        let (ids, count) = found(&world, "ancient").await;
        assert_eq!((ids.len(), ids[0].as_str(), count), (100, "l1100", Count::Exactly(400)));
        let (ids, count) = found(&world, "ha").await;
        assert_eq!((ids.len(), count), (100, Count::Exactly(1_499)));
    }

    /// The other partner's texts are neither found nor counted, on either way of searching.
    async fn another_partners_texts_are_not_found(world: World) {
        world.deliver(&world.contoso, (0..1_200).map(|n| lead(&format!("c{n}"), "Foreign", n)).collect()).await;
        world.deliver(&world.northwind, vec![lead("m1", "Mine", 1)]).await;
        assert_eq!(found(&world, "foreign").await, (vec![], Count::Exactly(0)));
        assert_eq!(found(&world, "mail.example").await, (vec!["m1".to_owned()], Count::Exactly(1)));
    }

    async fn words_are_found_in_any_order_and_any_spelling(world: World) {
        let names = ["Siobhan O'Casey", "Maeve O’Casey", "Anne-Marie Dupont", "Anne‑Marie Duval", "Łukasz Wróbel", "Søren Ødegård", "Đorđe Ilić", "王伟", "김민준", "Bo Ng"];
        world.deliver(&world.northwind, names.iter().enumerate().map(|(n, name)| lead(&format!("w{n}"), name, i64::try_from(n).unwrap())).collect()).await;
        let wanted: [(&str, &[&str]); 14] = [
            ("O'Casey", &["w0", "w1"]), ("o´casey", &["w0", "w1"]), ("ʼCASEY maeve", &["w1"]), ("Anne–Marie", &["w2", "w3"]),
            ("Dupont Anne-Marie", &["w2"]), ("lukasz", &["w4"]), ("wrobel solar", &["w4"]), ("odegard soren", &["w5"]), ("dorde", &["w6"]),
            ("伟", &["w7"]), ("민준", &["w8"]), ("Ng", &["w9"]), ("Ng Bo", &["w9"]), ("ng mail.example ma", &["w9"]),
        ];
        for (q, ids) in wanted {
            let (mut found, count) = found(&world, q).await;
            found.sort();
            assert_eq!(found, ids, "{q}");
            assert_eq!(count, Count::Exactly(ids.len() as u64), "{q}");
        }
    }

    /// The same number, whichever way it was stored and is typed; with many others around it, so that the index is asked.
    async fn phones_are_found_however_they_are_written(world: World) {
        let mut leads: Vec<NewLead> = (0..600).map(|n| NewLead { phone: format!("+43 664 {:07}", 5_000_000 + n), ..lead(&format!("n{n}"), "Hay", n) }).collect();
        let stored = ["+49 171 2345678", "0171 2345678", "0049 (0)171/2345678", "171-2345678"];
        leads.extend(stored.iter().enumerate().map(|(n, phone)| NewLead { phone: (*phone).into(), ..lead(&format!("p{n}"), "Needle", 700) }));
        world.deliver(&world.northwind, leads).await;
        for q in ["+49 171 2345678", "0171 2345678", "0049 171 2345678", "+49 (0) 171 23 45 678", "needle 01712345678"] {
            let (mut ids, count) = found(&world, q).await;
            ids.sort();
            assert_eq!((ids, count), (vec!["p0".into(), "p1".into(), "p2".into(), "p3".into()], Count::Exactly(4)), "{q}");
        }
        assert_eq!(found(&world, "0171 2345679").await.1, Count::Exactly(0));
    }

    /// Texts that an older version stored are brought into today's form, a batch at a time, and found.
    async fn older_texts_are_folded_anew(world: World) {
        let names = |n: i64| if n % 2 == 0 { "Łukasz O’Neil" } else { "Ødegård" };
        world.deliver(&world.northwind, (0..1_200).map(|n| NewLead { phone: "0171 2345678".into(), ..lead(&format!("l{n}"), names(n), n) }).collect()).await;
        execute(&world, "UPDATE leads SET search_text = 'as it was', sort_name = 'as it was'").await;
        execute(&world, "UPDATE partners SET folded_version = 0, search_text = 'as it was'").await;
        assert_eq!(found(&world, "lukasz o'neil").await.1, Count::Exactly(0));
        assert_eq!(found(&world, "as it was").await.1, Count::Exactly(1_200), "the index follows");
        assert!(leads::refold(&world.db).await.unwrap());
        assert_eq!(found(&world, "neil lukasz").await.1, Count::Exactly(250), "the first batch");
        while leads::refold(&world.db).await.unwrap() {}
        assert_eq!(found(&world, "neil lukasz").await.1, Count::Exactly(600));
        assert_eq!(found(&world, "+49 171 2345678").await.1, Count::Exactly(1_200));
        assert_eq!(found(&world, "as it was").await.1, Count::Exactly(0));
        let partners = |q: &str| domain::partners::PartnerListQuery { q: q.into(), ..Default::default() };
        let scope = world.admin_scope().await;
        let page = store::partners::list(&mut world.reader().await, &scope, &partners("solar northwind")).await.unwrap();
        assert_eq!(page.count, 1);
        assert!(!leads::refold(&world.db).await.unwrap(), "nothing is left to do");
    }
}

async fn execute(world: &World, statement: &'static str) {
    use sqlx::Connection;
    if world.url.starts_with("sqlite") {
        let mut conn = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
        sqlx::query(statement).execute(&mut conn).await.unwrap();
    } else {
        let mut conn = sqlx::PgConnection::connect(&as_superuser(&world.url)).await.unwrap();
        sqlx::query(statement).execute(&mut conn).await.unwrap();
    }
}
