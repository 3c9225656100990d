//! The saved views of the list, below a button.

use domain::leads::{LeadListQuery, SavedView};
use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    LIST,
    api::LeadsView,
    view_api::{DeleteView, SaveView, StartWith},
};

/// The views there are, the form that saves this one, and the one that makes it the start.
pub(super) fn view_menu(view: &LeadsView, query: &LeadListQuery, list: String) -> impl IntoView + use<> {
    let manages = view.may_manage_views;
    let chosen = view.views.iter().find(|one| Some(one.id) == query.view).map(|one| one.name.clone());
    let state = list.clone();
    let one = move |one: &SavedView| {
        let told = match (one.shared, one.own) {
            (true, true) => "shared".to_owned(),
            (true, false) => format!("by {}", one.by),
            (false, _) => String::new(),
        };
        let current = (Some(one.id) == query.view).then_some("true");
        let delete = (one.own || manages).then(|| {
            view! {
                <form method="post" action=DeleteView::url()>
                    <input type="hidden" name="id" value=one.id.to_string()/>
                    <input type="hidden" name="list" value=state.clone()/>
                    <button class="button button--quiet" type="submit" aria-label=format!("Delete {}", one.name)>"Delete"</button>
                </form>
            }
        });
        view! {
            <li class="views__one">
                <span><a href=one.href(LIST) aria-current=current><bdi>{one.name.clone()}</bdi></a> " " <span class="muted">{told}</span></span>
                {delete}
            </li>
        }
    };
    // An own view that is open is saved again as it is, unless something else is said.
    let open = view.views.iter().find(|one| one.own && Some(one.id) == query.view);
    let (name, shared, pinned) =
        open.map_or((None, false, false), |one| (Some(one.name.clone()), one.shared, one.pinned));
    let views = view.views.iter().map(one).collect_view();
    let is_start = query.first_page().to_query_string() == view.start;
    let start = (!is_start).then(|| {
        view! {
            <form method="post" action=StartWith::url()>
                <input type="hidden" name="list" value=list.clone()/>
                <button class="button" type="submit">"Always begin with this list"</button>
            </form>
        }
    });
    view! {
        <details class="dropdown">
            <summary class="button">{chosen.map_or_else(|| "Views".to_owned(), |name| format!("View: {name}"))}</summary>
            <div class="dropdown__body views">
                {(!views.is_empty()).then(|| view! { <ul class="views__list" aria-label="Saved views">{views}</ul> })}
                <form method="post" action=SaveView::url() class="stack stack--tight">
                    <input type="hidden" name="list" value=list.clone()/>
                    <div class="field">
                        <label for="view_name">"Save this list as"</label>
                        <input id="view_name" name="view_name" value=name required maxlength=SavedView::MAX_NAME.to_string() autocomplete="off"/>
                    </div>
                    <label class="choice"><input type="checkbox" name="shared" value="yes" checked=shared/>"For all users of your company"</label>
                    <label class="choice"><input type="checkbox" name="pinned" value="yes" checked=pinned/>"On the dashboard, with its count"</label>
                    <button class="button button--primary" type="submit">"Save the view"</button>
                </form>
                {start}
            </div>
        </details>
    }
}
