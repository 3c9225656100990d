//! Sessions that have ended, that are somebody else's, and that have not proved enough.

use app::access::{Mark, marked};
use chrono::TimeDelta;
use domain::{access::PartnerRole, admin::AdminRole, two_factor::TwoFactorPolicy};

use super::{content, rights::shut_out};
use crate::{
    AnyError,
    isolation::{
        report::Round,
        routes::{NOTHING, admin_path, filled, guarded_functions, guarded_pages, is_admin_path},
        visitor::{Visitor, form},
        world::{ADMIN_COOKIE, PARTNER_COOKIE, Sees, World, unmade},
    },
};

/// Cookies of sessions that were ended, and sessions of one area in the other one.
pub(in crate::isolation) async fn ended(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "ended and foreign sessions",
        "A session's cookie after the logout, and one area's session in the other area, under its own name and the other's.",
    );
    let router = world.router();
    let mut user = world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
    let mut copy = user.clone();
    user.calls("/fn/auth/logout", form(&[])).await;
    shut_out(world, &mut round, "a session that was ended", &mut copy).await;
    let user = world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
    let admin = world.admin(&router, &world.ours, AdminRole::Owner).await?;
    for mut posing in [admin.clone(), admin.posing(ADMIN_COOKIE, PARTNER_COOKIE)] {
        shut_out(world, &mut round, "an admin's session", &mut posing).await;
    }
    for posing in [user.clone(), user.posing(PARTNER_COOKIE, ADMIN_COOKIE)] {
        admin_area_closed(world, &mut round, "a partner's session", &posing).await;
    }
    Ok(round)
}

async fn admin_area_closed(world: &World, round: &mut Round, who: &str, visitor: &Visitor) {
    let (sees, about) = (Sees::default(), world.about("posing.invalid"));
    for pattern in guarded_pages(true) {
        let answer = visitor.clone().opens(&admin_path(&pattern, &about)).await;
        round.judge(world, who, &sees, &pattern, &answer, answer.leads_to_login(), "the login");
    }
    for path in guarded_functions(true) {
        let Some(body) = content(path, &about) else { continue };
        let answer = visitor.clone().calls(path, body).await;
        round.answer(world, who, &sees, path, 401, &answer);
    }
}

/// What matters takes a proof that is at most ten minutes old.
pub(in crate::isolation) async fn stale(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "proof older than ten minutes",
        "Everything that takes a fresh proof of who somebody is, with a login of eleven minutes ago.",
    );
    let router = world.router();
    let mut user = world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
    let mut admin = world.admin(&router, &world.ours, AdminRole::Owner).await?;
    world.clock.advance(TimeDelta::minutes(11));
    let about = world.about("stale.invalid");
    for path in marked(Mark::Fresh) {
        let (who, visitor, sees) = if is_admin_path(path) {
            ("an account's owner", &mut admin, world.admins_see())
        } else {
            ("a partner's owner", &mut user, world.walker_sees())
        };
        let Some(body) = content(path, &about) else { continue };
        let answer = visitor.calls(path, body).await;
        let asked = answer.status == 403 && answer.text() == "\"First\"";
        round.judge(world, who, &sees, path, &answer, asked, "to be asked for a proof");
    }
    Ok(round)
}

/// A login of long ago.
pub(in crate::isolation) async fn expired(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new("expired sessions", "Sessions that nobody has used for longer than they live.");
    let router = world.router();
    let mut user = world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
    let admin = world.admin(&router, &world.ours, AdminRole::Owner).await?;
    world.clock.advance(world.config.session_lifetime.absolute);
    shut_out(world, &mut round, "an expired session", &mut user).await;
    admin_area_closed(world, &mut round, "an admin's expired session", &admin).await;
    Ok(round)
}

/// Where two-factor authentication is required and its time of grace is over, whoever has not set it up reaches nothing else.
pub(in crate::isolation) async fn without_factor(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "no second factor where it is required",
        "Users and admins without one, after the time of grace: they reach the page to set it up, and nothing else.",
    );
    let router = world.router();
    let mut admin = world.admin(&router, &world.ours, AdminRole::Owner).await?;
    let rule = [("policy", TwoFactorPolicy::All.as_str()), ("grace", "7")];
    let saved = admin.calls("/fn/admin/settings/save-two-factor", form(&rule)).await;
    if saved.status != 200 {
        return Err(unmade("require two-factor authentication", &saved));
    }
    world.clock.advance(TimeDelta::days(8));
    let user = world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
    let admin = world.admin(&router, &world.ours, AdminRole::Owner).await?;
    let about = world.about("factor.invalid");
    for (who, visitor, is_admin) in
        [("a user without a factor", &user, false), ("an admin without a factor", &admin, true)]
    {
        let area = if is_admin { "/admin" } else { "/partner" };
        let (setup, confirm) = (format!("{area}/two-factor"), format!("{area}/confirm"));
        for pattern in guarded_pages(is_admin).filter(|path| *path != setup && *path != confirm) {
            let path = filled(&pattern, if is_admin { NOTHING } else { &world.walker().lead });
            let answer = visitor.clone().opens(&path).await;
            let led = answer.status == 303 && answer.header("location") == setup;
            round.judge(world, who, &Sees::default(), &pattern, &answer, led, &setup);
        }
        let first: Vec<_> = marked(Mark::First).collect();
        for path in guarded_functions(is_admin).filter(|path| !first.contains(path)) {
            let Some(body) = content(path, &about) else { continue };
            let answer = visitor.clone().calls(path, body).await;
            let led = answer.status == 403 && answer.text() == "\"First\"";
            round.judge(world, who, &Sees::default(), path, &answer, led, &setup);
        }
    }
    Ok(round)
}
