//! API keys: each in its scope, its partner and its account.

use axum::{Router, http::Method};
use chrono::TimeDelta;
use domain::{access::PartnerRole, admin::AdminRole, api_keys::ApiScope};
use store::synthetic::Thing;

use super::NO_LINE;
use crate::{
    AnyError,
    isolation::{
        fill::new_key,
        report::Round,
        routes::{NOTHING, Operation, operation, operations},
        visitor::{Answer, form},
        world::{Sees, World},
    },
};

/// A key and what it may show.
struct Key {
    who: String,
    text: String,
    of_partner: bool,
    /// The one scope it has; all there are without.
    scope: Option<ApiScope>,
    sees: Sees,
}

/// A key of each scope, and one with all of them, of the walker and of its account.
async fn keys(world: &World) -> Result<Vec<Key>, AnyError> {
    let router = world.router();
    let owner = &mut world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
    let admin = &mut world.admin(&router, &world.ours, AdminRole::Owner).await?;
    let of_partner: Vec<_> = ApiScope::OF_PARTNER.iter().map(|(scope, _)| *scope).collect();
    let mut keys = Vec::new();
    for (visitor, is_partner, scopes) in [(owner, true, of_partner), (admin, false, ApiScope::OF_ACCOUNT.to_vec())] {
        let (whose, sees) =
            if is_partner { ("a partner's", world.walker_sees()) } else { ("an account's", world.admins_see()) };
        for scope in scopes.iter().copied().map(Some).chain([None]) {
            let named =
                scope.map_or_else(|| scopes.iter().map(|scope| scope.as_str()).collect(), |one| vec![one.as_str()]);
            let text = new_key(visitor, !is_partner, &named).await?;
            let who = format!("{whose} key for {}", scope.map_or("everything", ApiScope::as_str));
            keys.push(Key { who, text, of_partner: is_partner, scope, sees: sees.clone() });
        }
    }
    Ok(keys)
}

/// Asks by a client of its own: bad keys are counted by address.
async fn ask(world: &World, router: &Router, key: &str, one: &Operation, id: &str) -> Option<Answer> {
    let (_, body) = operation(&one.method, &one.path, id)?;
    let mut client = world.visitor(router);
    Some(client.asks(key, one.method.clone(), &one.path_of(id), body.as_ref()).await)
}

/// Keys that are good for thirty days: those with all scopes.
async fn some(world: &World) -> Result<Vec<Key>, AnyError> {
    Ok(keys(world).await?.into_iter().filter(|key| key.scope.is_none()).collect())
}

/// Every operation with every key, in its own partner and account and for what others have.
pub(in crate::isolation) async fn api(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "API keys",
        "Every operation with keys of each scope: refused beyond its scope, and what others have answers as what nobody has.",
    );
    let (keys, router) = (keys(world).await?, world.router());
    let [ours, theirs] = world.things().await?;
    for one in operations() {
        let what = format!("{} {}", one.method, one.path);
        let Some((wanted, _)) = operation(&one.method, &one.path, NOTHING) else {
            round.look("any key", &what, false, NO_LINE, "none");
            continue;
        };
        for key in &keys {
            let Some(missing) = ask(world, &router, &key.text, &one, NOTHING).await else { continue };
            let allowed = key.of_partner == one.is_of_partner() && key.scope.is_none_or(|scope| scope == wanted);
            let held = (missing.status == 403) != allowed && missing.says_something();
            let expected = if allowed { "no refusal" } else { "403" };
            round.judge(world, &key.who, &key.sees, &what, &missing, held, expected);
            if !allowed || key.scope.is_some() {
                continue;
            }
            let neighbours =
                ours.iter().filter(|thing| key.of_partner && thing.partner() == Some(world.neighbour().id));
            for thing in neighbours.chain(&theirs) {
                foreign(world, &router, &mut round, key, &one, (&what, &missing), thing).await;
            }
            let nowhere = "ref:canarynowhere-first-1".to_owned();
            let Some(missing) = ask(world, &router, &key.text, &one, &nowhere).await else { continue };
            for canary in [&world.neighbour().canary, &world.stranger().canary] {
                let asked = format!("ref:{canary}-first-1");
                // An account's keys see the neighbour, and without a place for an id nothing is asked for.
                if key.sees.0.contains(canary) || !one.path.contains('{') {
                    continue;
                }
                let Some(answer) = ask(world, &router, &key.text, &one, &asked).await else { continue };
                let same = answer.constant(&asked) == missing.constant(&nowhere) && missing.says_something();
                let what = format!("{what} with the CRM's id of a lead");
                round.look(&key.who, &what, same, "the answer for what nobody has", answer.status);
                round.nothing_foreign(world, &key.who, &key.sees, &what, &answer.constant(&asked));
            }
        }
    }
    Ok(round)
}

/// Asks for something of somebody else by its id.
async fn foreign(
    world: &World,
    router: &Router,
    round: &mut Round,
    key: &Key,
    one: &Operation,
    (what, missing): (&str, &Answer),
    thing: &Thing,
) {
    let id = thing.id.to_string();
    let Some(answer) = ask(world, router, &key.text, one, &id).await else { return };
    let what = format!("{what} with a {}", thing.kind);
    let (came, expected) = (answer.constant(&id), missing.constant(NOTHING));
    round.look(
        &key.who,
        &what,
        came == expected && missing.says_something(),
        "the answer for what nobody has",
        answer.status,
    );
    round.nothing_foreign(world, &key.who, &key.sees, &what, &came);
    if one.method == Method::GET && !one.path.contains('{') {
        for name in ["partner", "cursor", "after", "status"] {
            let mut client = world.visitor(router);
            let path = format!("/api/v1{}?{name}={id}", one.path);
            let answer = client.asks(&key.text, Method::GET, &path, None).await;
            round.nothing_foreign(world, &key.who, &key.sees, &format!("{what}?{name}="), &answer.constant(&id));
            round.walked += 1;
        }
    }
}

/// Takes the walker's keys back, and those of its account.
pub(in crate::isolation) async fn revoked(world: &World) -> Result<Round, AnyError> {
    let keys = some(world).await?;
    let router = world.router();
    let owner = &mut world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
    let admin = &mut world.admin(&router, &world.ours, AdminRole::Owner).await?;
    let [ours, _] = world.things().await?;
    for thing in ours.iter().filter(|thing| thing.kind == "API key") {
        let id = form(&[("id", &thing.id.to_string())]);
        if thing.partner() == Some(world.walker().id) {
            owner.calls("/fn/profile/revoke-api-key", id).await;
        } else if thing.partner().is_none() {
            admin.calls("/fn/admin/api-keys/revoke", id).await;
        }
    }
    let mut round = Round::new("revoked API keys", "Every operation with keys that were revoked.");
    closed(world, &mut round, &keys).await;
    Ok(round)
}

/// Keys whose time is over.
pub(in crate::isolation) async fn expired(world: &World) -> Result<Round, AnyError> {
    let keys = some(world).await?;
    world.clock.advance(TimeDelta::days(31));
    let mut round =
        Round::new("expired API keys", "Every operation with keys that were good for thirty days, a day later.");
    closed(world, &mut round, &keys).await;
    Ok(round)
}

/// No key opens anything any more.
async fn closed(world: &World, round: &mut Round, keys: &[Key]) {
    let router = world.router();
    for key in keys {
        for one in operations() {
            let Some(answer) = ask(world, &router, &key.text, &one, &world.walker().lead).await else { continue };
            let what = format!("{} {}", one.method, one.path);
            round.answer(world, &key.who, &Sees::default(), &what, 401, &answer);
        }
    }
}
