//! What belongs to somebody else, asked for by its ids and its texts: it must answer as what does not exist.

use domain::{access::PartnerRole, admin::AdminRole};
use store::synthetic::Thing;

use super::content;
use crate::{
    AnyError,
    isolation::{
        report::Round,
        routes::{About, filled, guarded_functions, guarded_pages, is_admin_path, pages_and_downloads},
        visitor::{Answer, Visitor},
        world::{Sees, World},
    },
    router,
};

/// A text that nobody has: what is searched for in vain.
const NOWHERE: &str = "canarynowhere";

/// Somebody who asks for what others have.
struct Asker {
    who: &'static str,
    visitor: Visitor,
    sees: Sees,
    is_admin: bool,
}

impl Asker {
    /// The owner of the walker, for whom its neighbour and everything of the other account is foreign; and the owner of its account,
    /// for whom the latter is.
    async fn both(world: &World) -> Result<[Self; 2], AnyError> {
        let router = world.router();
        let of = |who, visitor, sees, is_admin| Self { who, visitor, sees, is_admin };
        let user = world.user(&router, &world.ours, world.walker(), PartnerRole::Owner).await?;
        let admin = world.admin(&router, &world.ours, AdminRole::Owner).await?;
        Ok([
            of("another partner's owner", user, world.walker_sees(), false),
            of("another account's owner", admin, world.admins_see(), true),
        ])
    }

    fn is_for(&self, path: &str) -> bool {
        is_admin_path(path) == self.is_admin
    }

    /// Two answers, to what somebody else has and to what nobody has, must be the same.
    fn compare(
        &self,
        world: &World,
        round: &mut Round,
        what: &str,
        (asked, answer): (&str, &Answer),
        (nothing, missing): (&str, &Answer),
    ) {
        let (came, expected) = (answer.constant(asked), missing.constant(nothing));
        let same = came.bytes().zip(expected.bytes()).take_while(|(one, other)| one == other).count();
        let shown = |text: &str| {
            let part: Vec<u8> = text.bytes().skip(same.saturating_sub(20)).take(80).collect();
            String::from_utf8_lossy(&part).into_owned()
        };
        round.look(
            self.who,
            what,
            came == expected && missing.says_something(),
            format_args!("…{}", shown(&expected)),
            format_args!("…{}", shown(&came)),
        );
        round.nothing_foreign(world, self.who, &self.sees, what, &came);
    }
}

/// What an asker must not reach: one thing of every kind and owner.
fn foreign<'t>(world: &World, asker: &Asker, [ours, theirs]: &'t [Vec<Thing>; 2]) -> Vec<&'t Thing> {
    let neighbours = ours.iter().filter(|thing| !asker.is_admin && thing.partner() == Some(world.neighbour().id));
    let mut chosen: Vec<&Thing> = Vec::new();
    for thing in neighbours.chain(theirs) {
        if chosen.iter().all(|known| known.kind != thing.kind || known.partner() != thing.partner()) {
            chosen.push(thing);
        }
    }
    chosen
}

/// Every id of others in every place of every address and form that takes one.
pub(in crate::isolation) async fn by_id(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "others' ids",
        "Every id of another partner and account in every place that takes one: the answer is that for an id nobody has, byte for byte.",
    );
    let things = world.things().await?;
    for asker in Asker::both(world).await? {
        let mut visitor = asker.visitor.clone();
        let foreign = foreign(world, &asker, &things);
        for pattern in pages_and_downloads().into_iter().filter(|path| asker.is_for(path) && path.contains('{')) {
            // Under a partner or a lead of one's own as well as under the other one.
            let own = if pattern.starts_with("/admin/partners/") { &world.walker().key } else { &world.walker().lead };
            let under_own = |id: &str| filled(&pattern.replacen("{id}", own, 1), id);
            for thing in &foreign {
                let (id, nothing) = (thing.id.to_string(), world.nothing()?);
                let mut paths = vec![(filled(&pattern, &id), filled(&pattern, &nothing))];
                if pattern.matches('{').count() > 1 {
                    paths.push((under_own(&id), under_own(&nothing)));
                }
                for (path, missing) in paths {
                    let what = format!("{pattern} with a {}", thing.kind);
                    let missing = visitor.opens(&missing).await;
                    let answer = visitor.opens(&path).await;
                    asker.compare(world, &mut round, &what, (&id, &answer), (&nothing, &missing));
                }
            }
        }
        // A file of partners names none by an id.
        let takes_id = |path: &&str| asker.is_for(path) && (path.contains('{') || *path == "/admin/leads/import");
        for pattern in router::upload_paths().into_iter().filter(takes_id) {
            for thing in &foreign {
                let (id, nothing) = (thing.id.to_string(), world.nothing()?);
                let what = format!("a file to {pattern} with a {}", thing.kind);
                let mut send = async |id: &str| {
                    visitor.uploads(&filled(pattern, id), &[("partner", id)], "a.csv", b"nonsense").await
                };
                let (missing, answer) = (send(&nothing).await, send(&id).await);
                asker.compare(world, &mut round, &what, (&id, &answer), (&nothing, &missing));
            }
        }
        for path in guarded_functions(asker.is_admin) {
            for thing in &foreign {
                call_with(world, &mut round, (&asker, &mut visitor), path, thing).await?;
            }
        }
    }
    Ok(round)
}

/// Calls a function with the id in every place, and with it in one place beside what the asker may name.
async fn call_with(
    world: &World,
    round: &mut Round,
    (asker, visitor): (&Asker, &mut Visitor),
    path: &str,
    thing: &Thing,
) -> Result<(), AnyError> {
    let (id, nothing) = (thing.id.to_string(), world.nothing()?);
    // Of one's own partner and lead, so that everything but the id is right.
    let about = world.about("others.invalid");
    let everywhere = |id| About { partner: id, lead: id, other: id, ..about };
    let beside_own = |id| About { other: id, ..about };
    let bodies = [
        (content(path, &everywhere(&id)), content(path, &everywhere(&nothing))),
        (content(path, &beside_own(&id)), content(path, &beside_own(&nothing))),
    ];
    for (with, without) in bodies {
        let (Some((kind, with)), Some((_, without))) = (with, without) else { continue };
        if with == without {
            continue;
        }
        // Right in all but the ids: nothing else is wrong that could be answered first.
        let right = |body: String| body.replace("name=&", "name=Ida&");
        let what = format!("{path} with a {}", thing.kind);
        visitor.moves_to(world.address());
        let missing = visitor.calls(path, (kind, right(without))).await;
        let answer = visitor.calls(path, (kind, right(with))).await;
        asker.compare(world, round, &what, (&id, &answer), (&nothing, &missing));
    }
    Ok(())
}

/// Every filter of every list and export, by others' ids and by others' texts.
pub(in crate::isolation) async fn by_filter(world: &World) -> Result<Round, AnyError> {
    let mut round = Round::new(
        "others in filters",
        "Every list, report and export, narrowed by ids and texts of others: the answer is that for what nobody has.",
    );
    let things = world.things().await?;
    let mut typed = Vec::new();
    for asker in Asker::both(world).await? {
        let mut visitor = asker.visitor.clone();
        let queries = queries(world, &foreign(world, &asker, &things), &asker)?;
        typed.extend(queries.iter().flat_map(|query| query.with.iter().chain(&query.without)).cloned());
        // The longer ones first: a canary of a partner begins as that of its account.
        typed.sort_by_key(|text| std::cmp::Reverse(text.len()));
        for pattern in guarded_pages(asker.is_admin) {
            let own = if pattern.starts_with("/admin/partners") { &world.walker().key } else { &world.walker().lead };
            let path = filled(&pattern, own);
            // Whoever looks into an export of the log finds the export before it.
            let is_log = pattern.contains("/audit/export");
            for Query { names, with, without } in &queries {
                let what = format!("{pattern}?{names}");
                let asked = |values: &[String]| {
                    let pairs = names.split('&').zip(values).map(|(name, value)| format!("{name}={value}"));
                    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
                };
                let missing = visitor.opens(&asked(without)).await;
                let answer = visitor.opens(&asked(with)).await;
                // What was typed stands in the log, which pages show as well.
                let same = is_log || answer.constants(&typed) == missing.constants(&typed);
                let same = same && answer.says_something() && missing.says_something();
                round.look(asker.who, &what, same, "the answer for what nobody has", answer.status);
                round.nothing_foreign(world, asker.who, &asker.sees, &what, &answer.readable());
            }
        }
    }
    Ok(round)
}

/// What an address is narrowed by: names, the values of somebody else, and values that nobody has.
struct Query {
    names: &'static str,
    with: Vec<String>,
    without: Vec<String>,
}

/// The queries by which an asker tries to reach others: by the ids of each, and by their texts.
fn queries(world: &World, foreign: &[&Thing], asker: &Asker) -> Result<Vec<Query>, AnyError> {
    let mut queries = Vec::new();
    for partner in foreign.iter().filter(|thing| thing.kind == "partner") {
        let of = |kind: &str| {
            let own = foreign.iter().find(|thing| thing.kind == kind && thing.partner() == partner.partner());
            own.map_or_else(|| partner.id.to_string(), |thing| thing.id.to_string())
        };
        for (names, kinds) in [
            ("partner", &["partner"][..]),
            ("view", &["view"]),
            ("id", &["lead"]),
            ("id", &["invoice"]),
            ("after", &["lead"]),
            ("before", &["lead"]),
            ("after", &["invoice"]),
            ("cursor", &["lead"]),
            ("lead&user&invoice&import&file&return", &["lead", "user", "invoice", "import", "file", "return"]),
        ] {
            let with: Vec<_> = kinds.iter().map(|kind| of(kind)).collect();
            let without = with.iter().map(|_| world.nothing()).collect::<Result<_, _>>()?;
            queries.push(Query { names, with, without });
        }
    }
    for canary in world.canaries_but(&asker.sees) {
        // Without its first letter it is found in texts, and an address that is shown again is not taken for a find.
        let (text, nowhere) = (canary[1..].to_owned(), NOWHERE[1..].to_owned());
        for names in ["q", "name", "campaign", "who&object", "field[Remark]"] {
            let count = names.split('&').count();
            let (with, without) = (vec![text.clone(); count], vec![nowhere.clone(); count]);
            queries.push(Query { names, with, without });
        }
    }
    Ok(queries)
}
