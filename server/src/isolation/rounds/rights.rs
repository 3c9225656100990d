//! Permissions, switches, and an admin who views a partner's portal.

use app::access::{Mark, is_marked};
use domain::{
    access::{Overrides, PartnerRole, Permission, Permissions, effective},
    admin::AdminRole,
    partners::{PartnerStatus, UserStatus},
};
use store::{accounts, partners, users};

use super::NO_LINE;
use crate::{
    AnyError,
    isolation::{
        report::Round,
        routes::{
            ROLES, call, filled, functions_by_permission, guarded_functions, guarded_pages, is_admin_path, is_open,
            opened, pages, wanted,
        },
        visitor::{Visitor, form},
        world::{Party, Sees, World},
    },
    router,
};

impl World {
    /// Sets what the walker may do.
    async fn set_access(&self, status: PartnerStatus, access: bool, overrides: Overrides) -> Result<(), AnyError> {
        let mut tx = self.db.begin_write().await?;
        partners::set_access_unscoped(&mut tx, self.ours.account, self.walker().id, status, access, overrides).await?;
        Ok(tx.commit().await?)
    }
}

/// Every permission off, one by one, for every role.
pub(in crate::isolation) async fn permissions(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "each denied permission",
        "Each permission taken from a partner: every route that asks for it refuses each role, and all others answer as before.",
    );
    let (sees, lead) = (world.walker_sees(), world.walker().lead.clone());
    let functions: Vec<_> = functions_by_permission().collect();
    let guarded: Vec<_> = guarded_pages(false).collect();
    for permission in Permission::ALL.iter().copied() {
        let denied = Overrides { allowed: Permissions::NONE, denied: Permissions::of(&[permission]) };
        world.set_access(PartnerStatus::Active, true, denied).await?;
        // What is counted in memory begins anew.
        let router = world.router();
        for (place, role) in ROLES.into_iter().enumerate() {
            let who = format!("a partner's {role} without {permission}");
            let mut user = world.user(&router, &world.ours, world.walker(), role).await?;
            let rights = effective(Permissions::all(), denied, role);
            let expected = |path: &str, usual: u16| {
                if wanted(path).iter().all(|needed| rights.has(*needed)) { usual } else { 403 }
            };
            let domain = world.walkers_domain(format_args!("{role}-{permission}"));
            for path in &functions {
                let Some((body, usual)) = call(path, &world.about(&domain)) else { continue };
                let answer = user.calls(path, body).await;
                round.answer(world, &who, &sees, path, expected(path, usual[place]), &answer);
            }
            for pattern in &guarded {
                let Some(usual) = opened(pattern) else { continue };
                let answer = user.opens(&filled(pattern, &lead)).await;
                round.answer(world, &who, &sees, pattern, expected(pattern, usual[place]), &answer);
            }
        }
    }
    world.set_access(PartnerStatus::Active, true, Overrides::default()).await?;
    Ok(round)
}

/// What must all be on before a partner's user gets in.
#[derive(Debug, Clone, Copy)]
enum Switch {
    Portal,
    Access,
    Partner,
    User,
}

impl Switch {
    const ALL: [Self; 4] = [Self::Portal, Self::Access, Self::Partner, Self::User];

    const fn when_off(self) -> &'static str {
        match self {
            Self::Portal => "a user where the account's portal is off",
            Self::Access => "a user of a partner without access",
            Self::Partner => "a user of a paused partner",
            Self::User => "a disabled user",
        }
    }

    async fn turn(self, world: &World, on: bool) -> Result<(), AnyError> {
        let none = Overrides::default();
        match self {
            Self::Access => world.set_access(PartnerStatus::Active, on, none).await,
            Self::Partner => {
                world.set_access(if on { PartnerStatus::Active } else { PartnerStatus::Paused }, true, none).await
            }
            Self::Portal => {
                let mut tx = world.db.begin_write().await?;
                accounts::set_portal_enabled(&mut tx, world.ours.account, on).await?;
                Ok(tx.commit().await?)
            }
            Self::User => {
                let user = world.owner_of_walker().await?;
                let mut tx = world.db.begin_write().await?;
                let status = if on { UserStatus::Active } else { UserStatus::Disabled };
                users::set_status(&mut tx, world.ours.account, user, status).await?;
                Ok(tx.commit().await?)
            }
        }
    }
}

/// Tries everything with a session that must not work any more.
pub(super) async fn shut_out(world: &World, round: &mut Round, who: &str, user: &mut Visitor) {
    let (sees, lead) = (Sees::default(), world.walker().lead.clone());
    for pattern in guarded_pages(false) {
        let answer = user.clone().opens(&filled(&pattern, &lead)).await;
        round.judge(world, who, &sees, &pattern, &answer, answer.leads_to_login(), "the login");
    }
    let about = world.about("out.invalid");
    for path in guarded_functions(false) {
        let Some((body, _)) = call(path, &about) else {
            round.look(who, path, false, NO_LINE, "none");
            continue;
        };
        let answer = user.clone().calls(path, body).await;
        round.answer(world, who, &sees, path, 401, &answer);
    }
    for pattern in router::upload_paths().into_iter().filter(|path| !is_admin_path(path)) {
        let answer = user.clone().uploads(&filled(pattern, &lead), &[], "a.csv", b"name\nAda\n").await;
        let refused = answer.status == 401 || answer.leads_to_login();
        round.judge(world, who, &sees, pattern, &answer, refused, "the login");
    }
}

/// A session that was there when the switch was turned opens nothing any more.
pub(in crate::isolation) async fn switches(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "disabled, paused, switched off",
        "A session that is there when the user is disabled, the partner paused or shut out, or the account's portal switched off.",
    );
    for switch in Switch::ALL {
        let (router, who) = (world.router(), switch.when_off());
        let mut user = world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
        let before = user.opens("/partner").await.status;
        round.look(who, "the dashboard before", before == 200, 200, before);
        switch.turn(world, false).await?;
        shut_out(world, &mut round, who, &mut user).await;
        switch.turn(world, true).await?;
    }
    Ok(round)
}

/// An admin who views a partner's portal sees what the partner sees, changes nothing, takes nothing along, and views no partner of
/// another account.
pub(in crate::isolation) async fn viewing(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "viewing as a partner",
        "An admin who views a partner's portal: nothing but what that partner sees, no change, no download.",
    );
    let (router, sees, lead) = (world.router(), world.walker_sees(), world.walker().lead.clone());
    let view = |partner: &Party| form(&[("id", &partner.key)]);
    for role in [AdminRole::Owner, AdminRole::Support] {
        let who = format!("an account's {role} viewing a partner");
        let mut admin = world.admin(&router, &world.ours, role).await?;
        let refused = admin.calls("/fn/admin/partners/view-as", view(world.stranger())).await;
        round.answer(world, &who, &world.admins_see(), "/fn/admin/partners/view-as of another account", 404, &refused);
        let begun = admin.calls("/fn/admin/partners/view-as", view(world.walker())).await;
        round.look(&who, "/fn/admin/partners/view-as", begun.status == 200, 200, begun.status);
        for pattern in pages().into_iter().filter(|path| !is_admin_path(path) && !is_open(path)) {
            let answer = admin.opens(&filled(&pattern, &lead)).await;
            let status = opened(&pattern).map(|roles| roles[0]);
            // A user's own business is not the viewer's.
            let held = status == Some(answer.status) || answer.status == 403;
            round.judge(world, &who, &sees, &pattern, &answer, held, "what the partner gets, or 403");
        }
        for pattern in router::download_paths().into_iter().filter(|path| !is_admin_path(path)) {
            let answer = admin.fetches(&filled(pattern, &lead)).await;
            round.answer(world, &who, &sees, pattern, 403, &answer);
        }
        for pattern in router::upload_paths().into_iter().filter(|path| !is_admin_path(path)) {
            let answer = admin.uploads(&filled(pattern, &lead), &[], "a.csv", b"name\nAda\n").await;
            round.answer(world, &who, &sees, pattern, 403, &answer);
        }
        for path in guarded_functions(false) {
            let Some((body, usual)) = call(path, &world.about("viewer.invalid")) else { continue };
            let answer = admin.calls(path, body).await;
            let held = if is_marked(Mark::Viewable, path) {
                [usual[0], 403, 404].contains(&answer.status)
            } else {
                answer.status == 403
            };
            round.judge(world, &who, &sees, path, &answer, held, "403 for whatever changes something");
        }
    }
    Ok(round)
}
