//! The dashboard: what a partner came for, at a glance.

pub mod api;
mod chart;
mod page;

pub use page::DashboardPage;
