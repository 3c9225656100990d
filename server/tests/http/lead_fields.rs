//! Leads' extra fields as an account names, orders and hides them: partners get a hidden one by no way, staff see it, and nothing that
//! was delivered is lost.

use domain::delivery::EmailMode;
use serde_json::{Value, json};

use crate::{
    browser::form,
    delivery::Receiver,
    world::{MANAGER, OWNER, SUPPORT, World},
};

/// A field that the account keeps to itself, and its value.
const SECRET: (&str, &str) = ("bid", "Sealed Bid 77");

#[tokio::test]
async fn a_hidden_field_reaches_partners_by_no_way() {
    let world = World::new().await;
    let (receiver, url) = Receiver::start([]).await;
    world.has_webhook(OWNER, &url, EmailMode::Each).await;
    let account = world.key(&["leads:write", "leads:read"]).await;
    let mine = world.partner_key(OWNER, &["leads:read"]).await;
    let lead = |n: u8| {
        let field = |name: &str, value: &str| json!({ "name": name, "value": value });
        let fields = [field("area", "80 m²"), field(SECRET.0, SECRET.1), field("dach", "flat"), field("roof", "slate")];
        json!({ "partner": world.northwind.to_string(), "external_id": format!("F-{n}"), "name": "Fay Field", "fields": fields })
    };
    let (status, made) = world.posts(&account, "/leads", &lead(1)).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap().to_owned();
    let nora = world.logged_in(OWNER).await;
    assert!(nora.opens(&format!("/partner/leads/{id}")).await.body.contains(SECRET.1), "until somebody hides it");

    let olga = world.logged_in_admin(MANAGER).await;
    let page = olga.opens("/admin/settings/leads").await.body;
    for name in ["area", "bid", "dach", "roof"] {
        assert!(page.contains(&format!("value=\"{name}\"")), "{name} was brought by the API");
    }
    let bad = [("name[0]", "roof"), ("position[0]", "first")];
    let answer = olga.submits("/admin/settings/leads", "/fn/admin/settings/save-fields", &bad).await;
    assert!(olga.goes_back(&answer).await.body.contains("Enter a whole number from 1 to 9999 for “roof”"));
    let rules = [
        ("name[0]", "roof"),
        ("label[0]", "Roof type"),
        ("position[0]", "1"),
        ("name[1]", "dach"),
        ("label[1]", "Roof type"),
        ("position[1]", "1"),
        ("name[2]", SECRET.0),
        ("label[2]", "Our bid"),
        ("hidden[2]", "yes"),
        ("kind[2]", "choice"),
        ("filterable[2]", "yes"),
        ("searched[2]", "yes"),
    ];
    let support = world.logged_in_admin(SUPPORT).await;
    assert_eq!(support.calls("/fn/admin/settings/save-fields", form(&rules)).await.status, 403);
    let saved = olga.submits("/admin/settings/leads", "/fn/admin/settings/save-fields", &rules).await;
    assert_eq!(saved.location(), "/admin/settings/leads?done=fields");
    assert_eq!(world.posts(&account, "/leads", &lead(2)).await.0, 201);
    // A form that is too long to be kept comes back with what is stored, not with nothing ticked.
    let long = "x".repeat(70_000);
    let too_long = [("name[0]", SECRET.0), ("position[0]", "first"), ("padding", long.as_str())];
    let answer = olga.submits("/admin/settings/leads", "/fn/admin/settings/save-fields", &too_long).await;
    let page = olga.goes_back(&answer).await.body;
    assert!(page.contains("Enter a whole number from 1 to 9999 for “bid”"), "{page}");
    let of_secret = &page[page.find("value=\"bid\"").unwrap()..];
    let row = &of_secret[..of_secret.find("</tr>").unwrap()];
    assert_eq!(row.matches("checked").count(), 3, "{row}");

    let found = nora.opens("/partner/leads?q=Sealed").await.body;
    assert!(!found.contains("Fay Field"), "nobody is found by what is hidden: {found}");

    // Every way by which a partner gets leads.
    let mut ways = vec![
        nora.opens(&format!("/partner/leads/{id}")).await.body,
        nora.opens("/partner/leads?q=Sealed").await.body,
        nora.fetches("/partner/leads/export.csv").await.body,
        nora.calls(
            "/fn/leads/get",
            crate::browser::json(&json!({ "id": id, "query": domain::leads::LeadListQuery::default() })),
        )
        .await
        .body,
        world.reads(&mine, "/partner/leads").await.1.to_string(),
        world.reads(&mine, &format!("/partner/leads/{id}")).await.1.to_string(),
    ];
    let before = receiver.came().len();
    world.webhooks().run_once().await;
    let pushed: Vec<_> = receiver.came().into_iter().skip(before).map(|came| came.body.to_string()).collect();
    assert!(pushed.iter().any(|body| body.contains("\"roof\"")), "programs get the names delivered: {pushed:?}");
    ways.extend(pushed);
    portal_server::workers::lead_mails::run_once(&world.db, &world.config.public_url).await.unwrap();
    ways.extend(world.mails().await.into_iter().map(|mail| mail.text));
    let viewing = olga.submits("/admin", "/fn/admin/partners/view-as", &[("id", &world.northwind.to_string())]).await;
    assert!(viewing.location().starts_with("/partner"), "{}", viewing.location());
    ways.push(olga.opens(&format!("/partner/leads/{id}")).await.body);
    for way in &ways {
        assert!(!way.contains(SECRET.1) && !way.contains("Our bid"), "{way}");
    }
    // Nor by asking for its values, or for those that there are.
    while store::leads::refold(&world.db).await.unwrap() {}
    let value = "field.Our+bid=Sealed+Bid+77";
    for path in [
        format!("/partner/leads?{value}"),
        "/partner/reports?by=field.Our+bid".into(),
        "/partner/leads?q=Sealed".into(),
    ] {
        let body = nora.opens(&path).await.body;
        assert!(
            !body.contains("Fay Field") && !body.to_lowercase().replace("sealed+bid", "").contains("sealed bid 77<"),
            "{path}: {body}"
        );
    }
    assert!(!nora.fetches(&format!("/partner/leads/export.csv?{value}")).await.body.contains("Fay Field"));
    let asked = olga.opens(&format!("/admin/leads?{value}")).await.body;
    assert!(asked.contains("Fay Field"), "staff ask for it: {asked}");
    let told = &ways[0];
    let place = |text: &str| told.find(text).unwrap_or_else(|| panic!("{text} is not in {told}"));
    assert!(
        place("flat") < place("80 m²") && place("slate") < place("80 m²") && told.contains("Roof type"),
        "in order"
    );
    assert!(ways[2].lines().next().unwrap().contains("Return,Roof type,Roof area,area"), "{}", ways[2]);

    // Staff see it, and the account's programs get what was delivered.
    let admin = world.logged_in_admin(MANAGER).await;
    let seen = admin.opens(&format!("/admin/leads/{id}")).await.body;
    assert!(seen.contains(SECRET.1) && seen.contains("Our bid") && seen.contains("slate"), "{seen}");
    let file = admin.fetches("/admin/leads/export.csv").await.body;
    assert!(file.contains("Our bid") && file.contains(SECRET.1));
    let raw = world.reads(&account, &format!("/leads/{id}")).await.1;
    let names: Vec<&Value> = raw["fields"].as_array().unwrap().iter().map(|field| &field["name"]).collect();
    assert_eq!(names, ["area", SECRET.0, "dach", "roof"]);
}
