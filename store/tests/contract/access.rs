//! Who gets a session, and who a scope.

use domain::{
    access::{Denied, Overrides, Permission, Permissions},
    partners::{PartnerStatus, UserStatus},
};
use store::{accounts, partners, users};

on_both_engines! {
    /// Each switch alone ends access at once, and gives it back.
    async fn every_switch_counts(world: World) {
        let member = &world.northwind;
        let none = Overrides::default();
        assert!(world.session(member).await.is_some());
        let states = [
            (PartnerStatus::Paused, true, false),
            (PartnerStatus::Archived, true, false),
            (PartnerStatus::Active, false, false),
            (PartnerStatus::Active, true, true),
        ];
        for (status, access, expected) in states {
            let mut tx = world.db.begin_write().await.unwrap();
            partners::set_access_unscoped(&mut tx, world.account, member.partner, status, access, none).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(world.session(member).await.is_some(), expected, "{status} {access}");
        }
        for (status, expected) in [(UserStatus::Disabled, false), (UserStatus::Active, true)] {
            let mut tx = world.db.begin_write().await.unwrap();
            users::set_status(&mut tx, world.account, member.user, status).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(world.session(member).await.is_some(), expected, "{status}");
        }
        for enabled in [false, true] {
            let mut tx = world.db.begin_write().await.unwrap();
            accounts::set_portal_enabled(&mut tx, world.account, enabled).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(world.session(member).await.is_some(), enabled);
        }
    }

    async fn a_denied_permission_gives_no_scope(world: World) {
        let denied = Overrides { allowed: Permissions::NONE, denied: Permissions::of(&[Permission::ExportLeads]) };
        let mut tx = world.db.begin_write().await.unwrap();
        partners::set_access_unscoped(&mut tx, world.account, world.northwind.partner, PartnerStatus::Active, true, denied).await.unwrap();
        tx.commit().await.unwrap();
        let session = world.session(&world.northwind).await.unwrap();
        assert_eq!(session.require(Permission::ExportLeads).unwrap_err(), Denied::Missing(Permission::ExportLeads));
        assert!(session.require(Permission::ViewLeads).is_ok());
        assert!(world.session(&world.contoso).await.unwrap().require(Permission::ExportLeads).is_ok(), "only this partner");
    }

    async fn the_only_account_need_not_be_named(world: World) {
        assert_eq!(accounts::find(&mut world.reader().await, None).await.unwrap().unwrap().slug, "acme");
        assert_eq!(accounts::find(&mut world.reader().await, Some("acme")).await.unwrap().unwrap().id, world.account);
        assert!(accounts::find(&mut world.reader().await, Some("other")).await.unwrap().is_none());
    }
}
