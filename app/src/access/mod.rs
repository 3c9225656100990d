//! Who may do what, as far as a request is concerned: sessions, guards, cookies, and the answers to whoever is turned away.

mod account;
mod answers;
mod cookies;
mod device;
mod guard;
mod links;
mod login;
mod one_time;
#[macro_use]
mod mark;
mod paths;
mod request;
mod state;
mod throttle;

pub(crate) use account::{AccountHints, remember_account};
pub use answers::{error_response, wants_html};
pub use cookies::{cookie, cookie_name, set_cookie};
pub(crate) use device::{UnderWay, half_login, kept_by_device, remember_device, remember_two_factor};
pub use guard::{check, check_admin, require_admin, require_own_admin, require_partner, require_user, sessions};
pub use links::follow;
pub(crate) use links::{forget_token, token_hash};
pub(crate) use login::{begin_session, end_session, safe_next};
pub use mark::{FRESH, Mark, Marked, is_marked, marked};
pub(crate) use one_time::take_one_time;
pub use paths::{
    NEW_PASSWORD, PUBLIC_PAGES, code_page, confirm_page, is_admin_area, is_guarded, is_public, two_factor_page,
};
pub use request::{
    AdminCookie, AdminSessionHash, CREDENTIALS_CHANGED, Fresh, Restored, SessionHash, SessionUser, client_address,
    current_admin, current_admin_session, current_partner, current_session, current_user, host, is_prefetch,
    request_parts, session_hash, user_agent,
};
pub use state::{AppState, begin_read, begin_write, begin_write_unguarded, reader, reader_unguarded, state};
pub(crate) use throttle::{count_try, is_within_limits, limit_places, limit_tries};
