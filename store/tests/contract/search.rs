//! Search texts that are common, rare, short, or made of the search language's own signs.

use domain::leads::{Count, LeadFilter, LeadListQuery, NewLead, PageSize};
use store::leads;

use crate::world::{World, lead};

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
}
