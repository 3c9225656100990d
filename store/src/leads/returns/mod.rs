//! Returns: the account's rules, the partners' requests, what is decided on them, and what is to be credited.

mod decide;
mod policy;
mod queue;
mod request;

pub use decide::{Decided, close_overdue_unscoped, decide_returns};
pub use policy::{
    own_return_policy, return_policy, return_policy_of_account, set_own_return_policy, set_return_policy_of_account,
    set_return_policy_unscoped,
};
pub use queue::{ReturnPage, count_returns, credits, queue, returns_of};
pub use request::{
    PastReturn, Request, add_returns_unscoped, candidates, month_quota, request_returns, return_record,
    withdraw_returns,
};
