//! What works beside the requests, in every process: each worker a file, each safe beside its twins in other processes.

pub mod account_webhooks;
pub mod housekeeping;
pub mod lead_imports;
pub mod lead_mails;
pub mod mail;
pub mod refold;
pub mod report_mails;
pub mod webhooks;
