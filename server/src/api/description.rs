//! The description of the API, generated from its code.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

use super::{
    events, files, invoices, leads, partner, partners,
    problem::{self, Problem},
};

/// The description of the API, generated from its code.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Partner Portal",
        version = "1",
        description = "Push delivered leads, partners and invoices into the portal; as a partner, read your leads, decide on them and say \
                       what became of them. Errors are problem details (RFC 9457).",
        license(name = "Proprietary")
    ),
    servers((url = "/api/v1")),
    paths(
        leads::create, leads::list, leads::get, events::list,
        partners::create, partners::list, partners::get, partners::change,
        invoices::create, invoices::list, invoices::get, invoices::issue, invoices::pay, invoices::void,
        partner::leads, partner::lead, partner::review, partner::withdraw, partner::outcome, partner::reasons,
        partner::outcomes, partner::invoices, partner::invoice, files::list, files::attach
    ),
    components(schemas(Problem, problem::Fault)),
    modifiers(&Bearer)
)]
pub struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_with(Default::default);
        components.add_security_scheme("key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}
