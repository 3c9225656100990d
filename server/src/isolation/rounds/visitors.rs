//! Whoever has not logged in, and each role in its own partner and account.

use app::error::AppError;

use super::NO_LINE;
use crate::{
    AnyError,
    isolation::{
        report::Round,
        routes::{
            ADMIN_ROLES, NOTHING, ROLES, admin_call, admin_opened, admin_path, call, filled, guarded_functions,
            is_admin_path, is_open, opened, operation, operations, pages, pages_and_downloads, server_functions,
        },
        visitor::form,
        world::{ADMIN_COOKIE, PARTNER_COOKIE, Sees, World},
    },
    router,
};

/// Nothing but what is listed as open answers somebody who has not logged in.
pub(in crate::isolation) async fn anonymous(world: &World) -> Round {
    let mut round = Round::new("not logged in", "Pages, downloads, uploads, server functions and the API, by nobody.");
    let routes = world.router();
    let (who, sees) = ("nobody", Sees::default());
    let lead = world.walker().lead.clone();
    for pattern in pages() {
        let path = filled(&pattern, if pattern.contains("partners") { NOTHING } else { &lead });
        let line = if is_admin_path(&pattern) {
            admin_opened(&pattern).map(|roles| roles[0])
        } else {
            opened(&pattern).map(|roles| roles[0])
        };
        for answer in [world.visitor(&routes).opens(&path).await, world.visitor(&routes).fetches(&path).await] {
            match line {
                None => round.look(who, &pattern, false, NO_LINE, "none"),
                Some(status) if is_open(&pattern) => round.answer(world, who, &sees, &pattern, status, &answer),
                Some(_) => round.judge(world, who, &sees, &pattern, &answer, answer.leads_to_login(), "the login"),
            }
        }
    }
    for pattern in router::download_paths() {
        let answer = world.visitor(&routes).fetches(&filled(pattern, &lead)).await;
        round.answer(world, who, &sees, pattern, 401, &answer);
    }
    for pattern in router::upload_paths() {
        let answer = world.visitor(&routes).uploads(&filled(pattern, &lead), &[], "a.csv", b"name\nAda\n").await;
        let refused = answer.status == 401 || answer.leads_to_login();
        round.judge(world, who, &sees, pattern, &answer, refused, "the login");
    }
    let about = world.about("nobody.invalid");
    for (path, _) in server_functions() {
        let line = if is_admin_path(path) {
            admin_call(path, &about).map(|(body, roles)| (body, roles[0]))
        } else {
            call(path, &about).map(|(body, roles)| (body, roles[0]))
        };
        let Some((body, status)) = line else {
            round.look(who, path, false, NO_LINE, "none");
            continue;
        };
        let answer = world.visitor(&routes).calls(path, body).await;
        let said = serde_json::from_str::<AppError>(&answer.text()).ok();
        let is_refused = said == Some(AppError::Unauthenticated);
        let held =
            if is_open(path) { answer.status == status && !is_refused } else { answer.status == 401 && is_refused };
        round.judge(world, who, &sees, path, &answer, held, if is_open(path) { status } else { 401 });
    }
    for one in operations() {
        let what = format!("{} {}", one.method, one.path);
        let Some((_, body)) = operation(&one.method, &one.path, NOTHING) else {
            round.look(who, &what, false, NO_LINE, "none");
            continue;
        };
        let answer = world.visitor(&routes).asks("", one.method.clone(), &one.path_of(&lead), body.as_ref()).await;
        round.answer(world, who, &sees, &what, 401, &answer);
    }
    round
}

/// Each role of the partner opens and calls everything: it gets what the tables say, and nothing of anybody else.
pub(in crate::isolation) async fn users(world: &World) -> Result<Round, AnyError> {
    let mut round =
        Round::new("each role of a partner", "Pages, downloads and server functions, each as far as the role may.");
    let (router, sees, lead) = (world.router(), world.walker_sees(), world.walker().lead.clone());
    for (place, role) in ROLES.into_iter().enumerate() {
        let (who, domain) = (format!("a partner's {role}"), world.walkers_domain(role));
        let mut user = world.user(&router, &world.ours, world.walker(), role).await?;
        for pattern in pages_and_downloads().into_iter().filter(|pattern| !is_admin_path(pattern)) {
            let answer = user.opens(&filled(&pattern, &lead)).await;
            match opened(&pattern) {
                Some(roles) => round.answer(world, &who, &sees, &pattern, roles[place], &answer),
                None => round.look(&who, &pattern, false, NO_LINE, "none"),
            }
        }
        for (path, _) in server_functions().into_iter().filter(|(path, _)| !is_admin_path(path)) {
            // What one of these begins, the next one would find begun.
            if !user.keeps(PARTNER_COOKIE) || path.contains("/auth/") {
                user = world.user(&router, &world.ours, world.walker(), role).await?;
            }
            match call(path, &world.about(&domain)) {
                Some((body, roles)) => {
                    let answer = user.calls(path, body).await;
                    round.answer(world, &who, &sees, path, roles[place], &answer);
                }
                None => round.look(&who, path, false, NO_LINE, "none"),
            }
        }
        // What is in the area of the admins is none of theirs.
        for path in guarded_functions(true) {
            let answer = user.calls(path, form(&[])).await;
            round.answer(world, &who, &sees, path, 401, &answer);
        }
    }
    Ok(round)
}

/// Each role of the account's admins, the same.
pub(in crate::isolation) async fn admins(world: &World) -> Result<Round, AnyError> {
    let mut round =
        Round::new("each role of the admins", "Pages, downloads and server functions, each as far as the role may.");
    let (router, sees) = (world.router(), world.admins_see());
    for (place, role) in ADMIN_ROLES.into_iter().enumerate() {
        let (who, domain) = (format!("an account's {role}"), format!("admin-{role}.invalid"));
        let about = world.about(&domain);
        let mut admin = world.admin(&router, &world.ours, role).await?;
        for pattern in pages_and_downloads().into_iter().filter(|pattern| is_admin_path(pattern)) {
            let answer = admin.opens(&admin_path(&pattern, &about)).await;
            match admin_opened(&pattern) {
                Some(roles) => round.answer(world, &who, &sees, &pattern, roles[place], &answer),
                None => round.look(&who, &pattern, false, NO_LINE, "none"),
            }
        }
        for (path, _) in server_functions().into_iter().filter(|(path, _)| is_admin_path(path)) {
            if !admin.keeps(ADMIN_COOKIE) || path.contains("/auth/") {
                admin = world.admin(&router, &world.ours, role).await?;
            }
            match admin_call(path, &about) {
                Some((body, roles)) => {
                    let answer = admin.calls(path, body).await;
                    round.answer(world, &who, &sees, path, roles[place], &answer);
                }
                None => round.look(&who, path, false, NO_LINE, "none"),
            }
        }
        for path in guarded_functions(false) {
            let answer = admin.calls(path, form(&[])).await;
            round.answer(world, &who, &sees, path, 401, &answer);
        }
    }
    Ok(round)
}
