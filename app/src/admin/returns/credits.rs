//! What is to be credited, by partner.

use domain::{
    leads::Count,
    returns::{Credit, ReturnQuery},
};
use leptos::prelude::*;

use super::QUEUE;

/// The sums. Those of all partners, by currency, stand below them.
#[component]
pub(super) fn Credits(
    /// Whom, and how much.
    credits: Vec<Credit>,
    /// The state of the list.
    query: ReturnQuery,
) -> impl IntoView {
    let none = credits.is_empty();
    let rows = credits.into_iter().map(move |credit| {
        let (partner, name) = credit.partner;
        let of_partner = ReturnQuery { partner: Some(partner), after: None, ..query.clone() };
        let amounts = credit.amounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let amounts = if amounts.is_empty() { "no price".to_owned() } else { amounts };
        view! {
            <tr>
                <th scope="row"><a class="row-link" href=of_partner.href(QUEUE)><bdi>{name}</bdi></a></th>
                <td data-label="Leads">{Count::Exactly(credit.leads).to_string()}</td>
                <td data-label="To be credited" class="cell-amount">{amounts}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    (!none).then(|| {
        view! {
            <section class="card" aria-labelledby="credits">
                <h2 id="credits">"To be credited"</h2>
                <p class="muted">"The prices of returned leads that stand on an issued invoice."</p>
                <div class="table-frame">
                    <table class="table">
                        <caption class="sr-only">"To be credited, by partner"</caption>
                        <thead><tr>
                            <th scope="col">"Partner"</th><th scope="col">"Leads"</th>
                            <th scope="col" class="cell-amount">"To be credited"</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
    })
}
