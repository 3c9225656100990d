//! Invitations that nobody has followed yet.

use domain::users::PendingInvitation;
use leptos::prelude::*;

use super::{Done, When};

/// The card of pending invitations: who, as what, until when, and what the reader may do with each. Nothing where there are none.
pub fn invitations_card<R: Clone, V: IntoView + 'static>(
    invitations: Vec<PendingInvitation<R>>,
    role: impl Fn(&R) -> &'static str,
    ways: impl Fn(PendingInvitation<R>) -> V,
) -> Option<AnyView> {
    let row = |invitation: PendingInvitation<R>| {
        let ends = if invitation.expired { "expired " } else { "valid until " };
        let ways = ways(invitation.clone());
        view! {
            <li>
                <strong><bdi>{invitation.name}</bdi></strong>
                <span><bdi>{invitation.email}</bdi></span>
                <span>{role(&invitation.role)}</span>
                <span class="muted">{ends} <When time=invitation.expires/></span>
                {ways}
            </li>
        }
    };
    if invitations.is_empty() {
        return None;
    }
    let rows: Vec<_> = invitations.into_iter().map(row).collect();
    let card = view! {
        <section class="card" aria-labelledby="invitations">
            <h2 id="invitations">"Pending invitations"</h2>
            <Done word="revoked" message="The invitation is revoked; its link no longer works."/>
            <ul class="rows">{rows}</ul>
        </section>
    };
    Some(card.into_any())
}

/// The button that revokes one.
pub fn revoke_button(name: String) -> impl IntoView {
    view! { <button class="button button--quiet" type="submit">"Revoke" <span class="sr-only">" the invitation of " {name}</span></button> }
}
