//! An invoice that cannot be printed is not issued, by whichever way: no number is taken, and everybody is told which character
//! it is.

use axum::http::Method;
use serde_json::json;

use crate::{
    api::ALL,
    world::{MANAGER, World},
};

#[tokio::test]
async fn a_character_that_cannot_be_printed_stops_the_issue() {
    let world = World::new().await;
    let key = world.key(&ALL).await;
    let invoice = |description: &str, issue: bool| {
        let line = json!({ "description": description, "quantity": "1", "unit_price": "10.00", "tax_rate": "0" });
        json!({ "partner": world.northwind.to_string(), "lines": [line], "issue": issue })
    };
    let named = "The character 𐎀 (U+10380) cannot be printed. It stands in “Leads 𐎀”.";
    let (status, problem) = world.posts(&key, "/invoices", &invoice("Leads 𐎀", true)).await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem.to_string().contains(named), "{problem}");
    assert!(world.reads(&key, "/invoices").await.1["data"].as_array().unwrap().is_empty(), "nothing is left of it");
    // A draft may hold it: it is said on its page, and stays a draft.
    let (status, draft) = world.posts(&key, "/invoices", &invoice("Leads 𐎀", false)).await;
    assert_eq!(status, 201, "{draft}");
    let id = draft["id"].as_str().unwrap();
    let issued = world.api(&key, Method::POST, &format!("/invoices/{id}/issue"), None, &[]).await;
    assert!(issued.status == 422 && issued.body.contains("(U+10380)"), "{}", issued.body);
    let manager = world.logged_in_admin(MANAGER).await;
    let page = format!("/admin/invoices/{id}");
    let shown = manager.opens(&page).await.body;
    assert!(shown.contains(named) && !shown.contains("Issue the invoice"), "{shown}");
    let back = manager.submits(&page, "/fn/admin/invoices/issue", &[("id", id)]).await;
    assert!(back.kept_form().is_some(), "{}", back.location());
    assert_eq!(world.reads(&key, &format!("/invoices/{id}")).await.1["status"], "draft");
    // The number was not taken.
    let (status, good) = world.posts(&key, "/invoices", &invoice("Leads: żółć, Ελληνικά, Жук", true)).await;
    assert_eq!(status, 201, "{good}");
    let (_, read) = world.reads(&key, &format!("/invoices/{}", good["id"].as_str().unwrap())).await;
    assert_eq!(read["number"], "2026-0001");
}

/// The buyer's own name counts, and is told as it stands.
#[tokio::test]
async fn so_does_one_in_the_buyers_name() {
    let world = World::new().await;
    let key = world.key(&ALL).await;
    let partner = json!({ "name": "Ugarit", "company": "Ugarit 𐎀" });
    let (status, partner) = world.posts(&key, "/partners", &partner).await;
    assert_eq!(status, 201, "{partner}");
    let line = json!({ "description": "Leads", "quantity": "1", "unit_price": "10.00", "tax_rate": "0" });
    let invoice = json!({ "partner": partner["id"], "lines": [line], "issue": true });
    let (status, problem) = world.posts(&key, "/invoices", &invoice).await;
    assert!(status == 422 && problem.to_string().contains("“Ugarit 𐎀”"), "{problem}");
}
