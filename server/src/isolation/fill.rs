//! What the neighbour and the stranger have: something of every kind, made as people make it.

use domain::{access::PartnerRole, admin::AdminRole};

use super::{
    visitor::{Answer, Content, Visitor, form},
    world::{Party, Tenant, World, add_leads, domain_of, unmade},
};
use crate::AnyError;

/// The smallest picture there is.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

fn taken(what: &str, answer: &Answer) -> Result<(), AnyError> {
    if answer.status < 400 && !answer.leads_to_login() { Ok(()) } else { Err(unmade(what, answer)) }
}

async fn call(visitor: &mut Visitor, path: &str, content: Content) -> Result<(), AnyError> {
    let answer = visitor.calls(path, content).await;
    taken(path, &answer)
}

/// A key that a page shows once.
async fn key_on(visitor: &mut Visitor, page: &str) -> Result<String, AnyError> {
    let text = visitor.opens(page).await.text();
    let key = text.split("pp_live_").skip(1).find_map(|rest| {
        let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && !"_-".contains(sign))?;
        (end > 40).then(|| format!("pp_live_{}", &rest[..end]))
    });
    key.ok_or_else(|| format!("{page} does not show the API key that was created").into())
}

/// A key of a partner or of an account with these scopes, made on its page by whoever has logged in.
pub(super) async fn new_key(visitor: &mut Visitor, is_admin: bool, scopes: &[&str]) -> Result<String, AnyError> {
    let (path, page) = if is_admin {
        ("/fn/admin/api-keys/create", "/admin/api-keys")
    } else {
        ("/fn/profile/create-api-key", "/partner/profile/api")
    };
    let mut fields = vec![("name", "isolation"), ("life", "30")];
    fields.extend(scopes.iter().map(|scope| ("scopes[]", *scope)));
    call(visitor, path, form(&fields)).await?;
    key_on(visitor, page).await
}

/// Fills a partner that is not the walker.
pub(super) async fn partner(world: &World, tenant: &Tenant, party: &Party) -> Result<(), AnyError> {
    let (canary, domain) = (party.canary.as_str(), domain_of(&party.canary));
    let router = world.router();
    let owner = &mut world.user(&router, tenant, party, PartnerRole::Owner).await?;
    let text = format!("text {canary}");
    let hook = format!("https://{domain}/{canary}");
    let recipients = format!("leads@{domain}");
    let delivery = [
        ("webhook_url", hook.as_str()),
        ("email_mode", "each"),
        ("recipients", &recipients),
        ("fields[]", "name"),
        ("fields[]", "email"),
        ("fields[]", "fields"),
    ];
    call(owner, "/fn/profile/save-delivery", form(&delivery)).await?;
    call(owner, "/fn/profile/rotate-secret", form(&[])).await?;
    let mut tx = world.db.begin_write().await?;
    add_leads(&mut tx, tenant, party, "second").await?;
    tx.commit().await?;
    world.add_invoices(tenant, party).await?;
    let lead = party.lead.as_str();
    let page = format!("/partner/leads/{lead}");
    taken("open a lead", &owner.opens(&page).await)?;
    call(owner, "/fn/leads/note", form(&[("id", lead), ("note", &text), ("shared", "yes")])).await?;
    call(owner, "/fn/leads/outcome", form(&[("id", lead), ("outcome", "contacted")])).await?;
    taken("attach a file", &owner.uploads(&format!("{page}/files"), &[], &format!("{canary}.png"), PICTURE).await)?;
    let reject = [("id", lead), ("decision", "reject"), ("reason", "duplicate"), ("comment", &text)];
    call(owner, "/fn/leads/review", form(&reject)).await?;
    let view = [("view_name", text.as_str()), ("shared", "yes"), ("pinned", "yes"), ("list", "status=new")];
    call(owner, "/fn/leads/save-view", form(&view)).await?;
    call(owner, "/fn/reports/mail", form(&[("every", "day"), ("report", "by=campaign"), ("even_empty", "yes")]))
        .await?;
    let ida = format!("ida@{domain}");
    call(owner, "/fn/users/invite", form(&[("name", &text), ("email", &ida), ("role", "viewer")])).await?;
    call(owner, "/fn/profile/save-contact", form(&[("company", &text), ("email", &recipients)])).await?;
    let file = format!("external_id,outcome,remark\n{canary}-first-1,contacted,{text}\nnobody,contacted,{text}\n");
    taken(
        "upload outcomes",
        &owner.uploads("/partner/leads/outcomes", &[], &format!("{canary}.csv"), file.as_bytes()).await,
    )?;
    let scopes = ["leads:read", "leads:review", "outcomes:write", "invoices:read"];
    new_key(owner, false, &scopes).await?;
    Ok(())
}

/// Fills the account of the stranger, as its owner.
pub(super) async fn account(world: &World, tenant: &Tenant) -> Result<(), AnyError> {
    let (canary, domain) = (tenant.canary.as_str(), domain_of(&tenant.canary));
    let router = world.router();
    let owner = &mut world.admin(&router, tenant, AdminRole::Owner).await?;
    let told = format!("returns@{domain}");
    let rules = [("requests", "yes"), ("days", "14"), ("decide_within", "5"), ("tell", &*told)];
    call(owner, "/fn/admin/returns/save-policy", form(&rules)).await?;
    call(owner, "/fn/admin/webhook/save", form(&[("url", &format!("https://{domain}/{canary}"))])).await?;
    let ida = format!("ida@{domain}");
    call(owner, "/fn/admin/admins/invite", form(&[("name", canary), ("email", &ida), ("role", "support")])).await?;
    call(owner, "/fn/admin/reports/mail", form(&[("every", "day"), ("report", "by=partner"), ("even_empty", "yes")]))
        .await?;
    let leads = format!("external_id,name,email\n{canary}-file,Lead {canary},lead@{domain}\n,,\n");
    let fields = [("partner", tenant.parties[0].key.as_str())];
    taken(
        "upload leads",
        &owner.uploads("/admin/leads/import", &fields, &format!("{canary}.csv"), leads.as_bytes()).await,
    )?;
    let partners = format!("name,email\nPartner {canary} file,new@{domain}\n");
    taken(
        "upload partners",
        &owner.uploads("/admin/partners/import", &[], &format!("{canary}.csv"), partners.as_bytes()).await,
    )?;
    let scopes = ["leads:read", "leads:write", "partners:read", "partners:write", "invoices:read", "invoices:write"];
    new_key(owner, true, &scopes).await?;
    Ok(())
}
