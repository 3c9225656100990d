//! Invitations to a partner and to the admins: one an address, one use a link, and only their own can take them back.

use chrono::TimeDelta;
use domain::{
    access::PartnerRole,
    admin::{AdminRole, NewAdmin},
    email::Email,
    users::NewInvitation,
};
use store::{admins, invitations};

const LIFE: TimeDelta = TimeDelta::days(7);

fn address() -> Email {
    Email::parse("Ada@Mail.example").unwrap()
}

on_both_engines! {
    async fn a_partners_invitation_is_renewed_and_used_once(world: World) {
        let (ours, theirs) = (world.scope(&world.northwind).await, world.scope(&world.contoso).await);
        let invite = async |scope, role, hash: &[u8]| {
            let invitation = NewInvitation { name: "Ada".into(), email: address(), role };
            world.write(async |tx| invitations::invite(tx, scope, &invitation, hash, tx.now() + LIFE).await).await
        };
        let take = async |hash: &[u8]| world.write(async |tx| invitations::take(tx, hash).await).await;
        let first = invite(&ours, PartnerRole::Owner, b"first").await;
        assert_eq!(invite(&ours, PartnerRole::Finance, b"second").await, first, "the same one, renewed");
        assert!(invite(&theirs, PartnerRole::Owner, b"theirs").await != first, "another partner's is its own");
        let pending = invitations::pending(&mut world.reader().await, &ours).await.unwrap();
        assert_eq!((pending.len(), pending[0].role, pending[0].expired), (1, PartnerRole::Finance, false));
        assert!(take(b"first").await.is_none(), "the link sent before has ended");
        let found = invitations::find(&mut world.reader().await, b"second").await.unwrap().unwrap();
        assert_eq!((found.id, found.partner_id, found.email.as_str()), (first, world.northwind.partner, "Ada@Mail.example"));
        assert_eq!(world.write(async |tx| invitations::revoke(tx, &theirs, first).await).await, None, "it is not theirs");
        let (one, two) = tokio::join!(take(b"second"), take(b"second"));
        assert!(one.is_some() != two.is_some(), "exactly one");
        assert!(invitations::pending(&mut world.reader().await, &ours).await.unwrap().is_empty());
        assert_eq!(world.write(async |tx| invitations::revoke(tx, &ours, first).await).await, None, "it was accepted");
        let theirs_id = invitations::pending(&mut world.reader().await, &theirs).await.unwrap()[0].id;
        assert_eq!(world.write(async |tx| invitations::revoke(tx, &theirs, theirs_id).await).await, Some(()));
        assert!(take(b"theirs").await.is_none());
    }

    async fn an_admins_invitation_is_renewed_and_used_once(world: World) {
        let scope = world.admin_scope().await;
        let (other, _) = world.second_account().await;
        let theirs = world.admin_of(other, AdminRole::Owner).await.require(domain::admin::AdminPermission::View).unwrap();
        let invite = async |scope, role, hash: &[u8]| {
            let invitation = NewAdmin { name: "Ada".into(), email: address(), role };
            world.write(async |tx| admins::invite(tx, scope, &invitation, hash, tx.now() + LIFE).await).await
        };
        let take = async |hash: &[u8]| world.write(async |tx| admins::take_invitation(tx, hash).await).await;
        let first = invite(&scope, AdminRole::Owner, b"first").await;
        assert_eq!(invite(&scope, AdminRole::Support, b"second").await, first, "the same one, renewed");
        assert!(invite(&theirs, AdminRole::Owner, b"theirs").await != first, "another account's is its own");
        let pending = admins::pending(&mut world.reader().await, &scope).await.unwrap();
        assert_eq!((pending.len(), pending[0].role, pending[0].expired), (1, AdminRole::Support, false));
        assert!(take(b"first").await.is_none(), "the link sent before has ended");
        let found = admins::find_invitation(&mut world.reader().await, b"second").await.unwrap().unwrap();
        assert_eq!((found.id, found.account_id, found.role), (first, world.account, AdminRole::Support));
        assert_eq!(world.write(async |tx| admins::revoke(tx, &theirs, first).await).await, None, "it is not theirs");
        let (one, two) = tokio::join!(take(b"second"), take(b"second"));
        assert!(one.is_some() != two.is_some(), "exactly one");
        assert_eq!(world.write(async |tx| admins::revoke(tx, &scope, first).await).await, None, "it was accepted");
        world.clock.advance(LIFE);
        assert!(take(b"theirs").await.is_none(), "it has ended");
        assert!(admins::pending(&mut world.reader().await, &theirs).await.unwrap()[0].expired);
    }

    async fn admins_and_partner_users_are_listed_apart(world: World) {
        let scope = world.admin_scope().await;
        let partner = world.scope(&world.northwind).await;
        let admins = admins::list(&mut world.reader().await, &scope).await.unwrap();
        assert_eq!(admins.iter().map(|admin| admin.id).collect::<Vec<_>>(), [scope.session().user_id()]);
        let users = store::users::colleagues(&mut world.reader().await, &partner).await.unwrap();
        assert_eq!(users.iter().map(|user| (user.id, user.role)).collect::<Vec<_>>(), [(world.northwind.user, PartnerRole::Owner)]);
        let mut tx = world.db.begin_write().await.unwrap();
        assert!(admins::lock(&mut tx, &scope, world.northwind.user).await.unwrap().is_none());
        assert!(store::users::colleague(&mut tx, &partner, scope.session().user_id()).await.unwrap().is_none());
        let (admin, others) = admins::lock(&mut tx, &scope, scope.session().user_id()).await.unwrap().unwrap();
        assert_eq!((admin.role, others), (AdminRole::Owner, 0));
        assert_eq!(store::users::other_owners(&mut tx, &partner, world.contoso.user).await.unwrap(), 1);
    }
}
