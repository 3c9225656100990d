//! Saved views of the list of leads: whose they are.

use domain::leads::{Count, LeadColumn, LeadColumns, LeadFilter, LeadListQuery, LeadSort, SavedView};
use store::leads;

use crate::world::lead;

on_both_engines! {
    /// A view is its user's, or with all of its partner; never anybody else's. One of the same name is replaced.
    async fn views_are_the_users_or_the_partners(world: World) {
        let (nora, sam) = (world.scope(&world.northwind).await, world.scope(&world.contoso).await);
        world.deliver(&world.northwind, vec![lead("N-1", "Ada", 1), lead("N-2", "Grace", 2)]).await;
        let filter = LeadFilter { q: "ada".into(), campaign: Some("Solar".into()), ..LeadFilter::default() };
        let query = LeadListQuery { filter, sort: LeadSort::Name, ..LeadListQuery::default() };
        let columns = LeadColumns::of(&[LeadColumn::Price, LeadColumn::Return]);
        let save = async |scope, name: &str, shared, pinned| {
            world.write(async |tx| leads::save_view(tx, scope, name, &query, columns, (shared, pinned)).await).await
        };
        let mine = save(&nora, "Mine", false, true).await.unwrap();
        assert!(save(&nora, "Ours", true, false).await.is_some() && save(&sam, "Theirs", true, true).await.is_some());
        assert_eq!(save(&nora, "Mine", false, true).await, Some(mine), "once more, under the same id");
        let of = async |scope| leads::views(&mut world.reader().await, scope).await.unwrap();
        let views = of(&nora).await;
        let told: Vec<_> = views.iter().map(|view| (&*view.name, view.shared, view.own)).collect();
        assert_eq!(told, [("Mine", false, true), ("Ours", true, true)]);
        assert_eq!((&views[0].query, views[0].columns), (&query, columns));
        let pinned = leads::pinned_views(&mut world.reader().await, &nora).await.unwrap();
        assert_eq!((pinned.len(), pinned[0].count), (1, None), "what a text finds is not counted here");
        let all = LeadListQuery::default();
        let saved = world.write(async |tx| leads::save_view(tx, &nora, "All", &all, columns, (false, true)).await).await;
        let pinned = leads::pinned_views(&mut world.reader().await, &nora).await.unwrap();
        assert_eq!(pinned[0].count, Some(Count::Exactly(2)));
        world.write(async |tx| leads::delete_view(tx, &nora, saved.unwrap(), false).await).await;
        let theirs = of(&sam).await;
        assert_eq!(theirs.len(), 1);
        let delete = async |scope, id, any| world.write(async |tx| leads::delete_view(tx, scope, id, any).await).await;
        assert!(!delete(&sam, views[1].id, true).await && !delete(&nora, theirs[0].id, true).await, "a stranger's");
        assert!(delete(&nora, views[1].id, false).await && !delete(&nora, views[1].id, false).await);
        for n in 1..SavedView::MOST {
            assert!(save(&nora, &format!("View {n}"), false, false).await.is_some());
        }
        assert!(save(&nora, "One too many", false, false).await.is_none());
    }
}
