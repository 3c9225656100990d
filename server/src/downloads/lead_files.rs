//! Files that are attached to a lead, as they were sent.

use app::error::AppError;
use axum::{body::Body, extract::Path, response::Response};
use domain::{
    access::Permission,
    admin::AdminPermission,
    files::LeadFile,
    ids::{FileId, LeadId},
};
use services::returns;

use super::request::{AdminDownload, PartnerDownload, file};

/// `GET /partner/leads/{id}/files/{file}`.
pub async fn lead_file(download: PartnerDownload, Path((lead, id)): Path<(String, String)>) -> Response {
    let found = async {
        let actor = download.require(Permission::ViewLeads).await?;
        let (lead, id) = ids(&lead, &id)?;
        let mut tx = download.state.db.begin_write(&actor).await?;
        let found = returns::file(&actor, &mut tx, lead, id).await?;
        if !download.is_head() {
            tx.commit().await?;
        }
        Ok(attachment(found, download.is_head()))
    };
    download.answer(found.await)
}

/// `GET /admin/leads/{id}/files/{file}`.
pub async fn account_lead_file(download: AdminDownload, Path((lead, id)): Path<(String, String)>) -> Response {
    let found = async {
        let actor = download.require(AdminPermission::Export).await?;
        let (lead, id) = ids(&lead, &id)?;
        let mut tx = download.state.db.begin_write(&actor).await?;
        let found = returns::file_of_account(&actor, &mut tx, lead, id).await?;
        if !download.is_head() {
            tx.commit().await?;
        }
        Ok(attachment(found, download.is_head()))
    };
    download.answer(found.await)
}

fn ids(lead: &str, id: &str) -> Result<(LeadId, FileId), AppError> {
    let missing = |_| AppError::NotFound;
    Ok((lead.parse().map_err(missing)?, id.parse().map_err(missing)?))
}

/// Never shown in the page's place: a browser saves it, whatever is in it.
fn attachment((described, content): (LeadFile, Vec<u8>), head: bool) -> Response {
    let body = if head { Body::empty() } else { Body::from(content) };
    file(described.kind.media_type(), &described.download_name(), body)
}
