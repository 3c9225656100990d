//! Finding leads again by what a file says of them: exactly, or not at all; and never another partner's.

use domain::leads::NewLead;
use store::leads::{self, FoundLead, Named};

use crate::world::lead;

fn named(id: &str, email: &str, phones: &[&str]) -> Named {
    let phones = phones.iter().map(|phone| (*phone).to_owned()).collect();
    Named { id: id.into(), email: email.into(), phones }
}

on_both_engines! {
    async fn leads_are_told_by_id_email_or_phone(world: World) {
        let (scope, contoso) = (world.scope(&world.northwind).await, world.scope(&world.contoso).await);
        let with = |id: &str, email: &str, phone: &str| {
            NewLead { email: email.into(), phone: phone.into(), ..lead(id, id, 1) }
        };
        let mine = vec![
            with("N-1", "Ada@Mail.example", "+49 (171) 1-2/3.4"),
            with("N-2", "twice@mail.example", "030 77"),
            with("N-3", "twice@mail.example", ""),
            with("N-4", "", "030-77"),
        ];
        world.deliver(&world.northwind, mine).await;
        world.deliver(&world.contoso, vec![with("C-1", "sam@mail.example", "040 1"), with("N-1", "ada@mail.example", "")]).await;
        let asked = [
            named("N-1", "sam@mail.example", &[]),
            named("", "ada@mail.example", &[]),
            named("", "", &["0", "+491711234"]),
            named("", "ada@mail.example", &["03077"]),
            named("", "twice@mail.example", &[]),
            named("", "", &["03077"]),
            named("", "sam@mail.example", &[]),
            named("C-1", "", &[]),
            named("", "nobody@mail.example", &["+491711234"]),
        ];
        let found = leads::identify(&mut world.reader().await, &scope, &asked).await.unwrap();
        let told: Vec<_> = found.iter().map(|found| match found {
            FoundLead::One(lead) => lead.name.clone(),
            FoundLead::None => "none".to_owned(),
            FoundLead::Several(count) => format!("{count}"),
            FoundLead::Different => "different".to_owned(),
        }).collect();
        // The number of two others decides nothing beside an address that is one lead's.
        assert_eq!(told, ["N-1", "N-1", "N-1", "N-1", "2", "2", "none", "none", "N-1"]);
        let own = found.iter().find_map(|found| match found { FoundLead::One(lead) => Some(lead.id), _ => None }).unwrap();
        let by_own_id = [named(&own.to_string(), "", &[])];
        let found = leads::identify(&mut world.reader().await, &scope, &by_own_id).await.unwrap();
        assert!(matches!(&found[0], FoundLead::One(lead) if lead.id == own && lead.outcome.code.is_none()));
        let found = leads::identify(&mut world.reader().await, &contoso, &by_own_id).await.unwrap();
        assert_eq!(found, [FoundLead::None], "a stranger's id is none");
        let both = [named("", "ada@mail.example", &["+491711234"])];
        assert!(matches!(leads::identify(&mut world.reader().await, &scope, &both).await.unwrap()[0], FoundLead::One(_)));
    }
}
