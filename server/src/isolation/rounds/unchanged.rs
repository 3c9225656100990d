//! What others see of their own, before and after it was asked for.

use domain::{access::PartnerRole, admin::AdminRole};

use crate::{
    AnyError,
    isolation::{
        report::Round,
        routes::{NOTHING, filled, is_admin_path, is_open, pages},
        visitor::Visitor,
        world::World,
    },
};

/// One of the others, its browser, and each page by its path as it was.
type Seen = (&'static str, Visitor, Vec<(String, String)>);

/// What others see of their own things: the same before they were asked for and after it.
#[derive(Debug, Default)]
pub(in crate::isolation) struct Views {
    seen: Vec<Seen>,
    /// The patterns of pages that have an id in them and that were shown for none: nothing but refusals can be tried there.
    pub(in crate::isolation) without_example: Vec<String>,
}

impl Views {
    /// Looks at every page that the neighbour and the strangers can open, so that afterwards it can be seen that nothing has changed.
    pub(in crate::isolation) async fn of_others(world: &World) -> Result<Self, AnyError> {
        let router = world.router();
        let [ours, theirs] = world.things().await?;
        let owner = PartnerRole::Owner;
        let strangers: Vec<_> = theirs.iter().filter(|thing| thing.partner().is_some()).cloned().collect();
        let neighbours: Vec<_> =
            ours.iter().filter(|thing| thing.partner() == Some(world.neighbour().id)).cloned().collect();
        let mut seen = Vec::new();
        for (who, mut visitor, is_admin, things) in [
            ("the neighbour", world.user(&router, &world.ours, world.neighbour(), owner).await?, false, &neighbours),
            ("the stranger", world.user(&router, &world.theirs, world.stranger(), owner).await?, false, &strangers),
            ("the strangers' owner", world.admin(&router, &world.theirs, AdminRole::Owner).await?, true, &theirs),
        ] {
            let mut paths = Vec::new();
            for pattern in pages().into_iter().filter(|path| is_admin_path(path) == is_admin && !is_open(path)) {
                if pattern.matches('{').count() > 1 {
                    for parent in things.iter().filter(|thing| ["partner", "lead"].contains(&&*thing.kind)) {
                        let under = pattern.replacen("{id}", &parent.id.to_string(), 1);
                        paths.extend(things.iter().map(|thing| filled(&under, &thing.id.to_string())));
                    }
                } else if pattern.contains('{') {
                    paths.extend(things.iter().map(|thing| filled(&pattern, &thing.id.to_string())));
                } else {
                    paths.push(pattern);
                }
            }
            // Looking may itself leave a trace, as a lead that was opened; at the second look there is nothing new.
            for path in &paths {
                visitor.opens(path).await;
            }
            let mut shown = Vec::new();
            for path in paths {
                let answer = visitor.opens(&path).await;
                if answer.status == 200 {
                    shown.push((path, answer.constant(NOTHING)));
                }
            }
            seen.push((who, visitor, shown));
        }
        let mut views = Self { seen, without_example: Vec::new() };
        views.without_example = pages().into_iter().filter(|path| path.contains('{') && !views.shows(path)).collect();
        Ok(views)
    }

    /// Whether nobody has looked yet.
    pub(in crate::isolation) fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Looks again.
    pub(in crate::isolation) async fn compare(&mut self) -> Round {
        let mut round = Round::new(
            "nothing of others has changed",
            "Every page of the others, before and after their things were asked for by ids, texts and keys: the same, byte for byte.",
        );
        for (who, visitor, shown) in &mut self.seen {
            for (path, before) in shown {
                let after = visitor.opens(path).await.constant(NOTHING);
                round.look(who, path, *before == after, "the same as before", "something else");
            }
        }
        round
    }

    /// Whether a page of this pattern was shown.
    fn shows(&self, pattern: &str) -> bool {
        let parts: Vec<_> = pattern.split('/').collect();
        self.seen.iter().flat_map(|(_, _, shown)| shown).any(|(path, _)| {
            let path: Vec<_> = path.split('/').collect();
            let fits = |(part, given): (&&str, &str)| part.starts_with('{') || *part == given;
            path.len() == parts.len() && parts.iter().zip(path).all(fits)
        })
    }
}
