//! Pages for what went wrong: each says what to do next.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_location};

use super::Status;
use crate::{
    auth::{admin_login_path, login_path},
    error::AppError,
};

/// The page, or the part of one, that stands where an error left nothing else to show.
#[component]
pub fn ErrorPage(
    /// What went wrong.
    error: AppError,
) -> impl IntoView {
    if error == AppError::Unauthenticated {
        return view! { <SessionEnded/> }.into_any();
    }
    let admin_area = use_location().pathname.with_untracked(|path| path == "/admin" || path.starts_with("/admin/"));
    let start = if admin_area { "/admin" } else { "/partner" };
    let (title, advice) = match &error {
        AppError::AdminForbidden(_) => {
            ("Not available to you", "Your role does not include this. If you need it, ask an owner of your account.")
        }
        AppError::ReadOnly => (
            "Not available in this view",
            "You are viewing this portal as its partner sees it. Use “Stop viewing” in the banner to leave.",
        ),
        AppError::Changed => {
            ("Changed in the meantime", "Somebody else changed this first. Reload the page and check it again.")
        }
        AppError::NotFound => ("Not found", "The address may be mistyped, or you do not have access to it."),
        AppError::Forbidden(_) => (
            "Not available to you",
            "This part is switched off for your company or for your role. If you need it, ask the company that sends you leads.",
        ),
        AppError::Unreachable => ("No connection", "Nothing was lost. Reload the page when you are online again."),
        AppError::Internal(_) => (
            "Something went wrong",
            "This is not your fault. Try again; if it keeps happening, tell us the incident number.",
        ),
        _ => ("That did not work", "Reload the page and try again."),
    };
    view! {
        <Status code=error.status()/>
        <Title text=title/>
        <section class="notice" data-error=error.status()>
            <p class="notice__code" aria-hidden="true">{error.status()}</p>
            <h1>{title}</h1>
            <p>{error.message()}</p>
            <p class="muted">{advice}</p>
            <p class="notice__ways">
                <a class="button button--primary" href=start rel="external">"Go to the start page"</a>
            </p>
        </section>
    }
    .into_any()
}

/// The session ended while the page was open: to the login, and back here afterwards.
#[component]
fn SessionEnded() -> impl IntoView {
    let location = use_location();
    let here = format!(
        "{}{}",
        location.pathname.get_untracked(),
        location
            .search
            .with_untracked(|search| { if search.is_empty() { String::new() } else { format!("?{search}") } })
    );
    let path = if here.starts_with("/admin") { admin_login_path(Some(&here)) } else { login_path(Some(&here)) };
    view! { <Redirect path/> }
}

/// `404` for an address no page answers to.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main class="page page--narrow" id="content">
            <ErrorPage error=AppError::NotFound/>
        </main>
    }
}
