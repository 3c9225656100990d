//! tower-sessions over the portal's own tables: only hashes of ids are kept, and a deleted row ends a login at once.

use std::time::Duration;

use app::{
    access::{CREDENTIALS_CHANGED, SessionUser, session_hash as hash},
    ui::UNATTENDED as BY_ITSELF,
};
use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use domain::users::CredentialsVersion;
use store::{
    Db, StoreError,
    sessions::{self, Lifetime, NewSession},
};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

tokio::task_local! {
    /// Set while a request is answered that an open page has sent by itself. What a session store is asked does not say which
    /// request it is asked for.
    static UNATTENDED: ();
}

/// Lets the requests that open pages send by themselves pass without counting as a use of their session.
pub async fn note_unattended(request: Request, next: Next) -> Response {
    if request.headers().contains_key(BY_ITSELF) {
        UNATTENDED.scope((), next.run(request)).await
    } else {
        next.run(request).await
    }
}

/// Sessions of partner users and of admins: whose one is, its user says.
#[derive(Debug, Clone)]
pub struct Sessions {
    db: Db,
    lifetime: Lifetime,
}

impl Sessions {
    /// Sessions in this database, living so long.
    #[must_use]
    pub fn new(db: Db, lifetime: Lifetime) -> Self {
        Self { db, lifetime }
    }

    /// The session of this id, noting its use, unless nobody uses it.
    async fn find(&self, id_hash: &[u8]) -> Result<Option<sessions::Session>, StoreError> {
        let found = sessions::find(&mut self.db.reader().await?, id_hash, self.lifetime).await?;
        let Some(mut session) = found else { return Ok(None) };
        let now = self.db.now();
        if session.is_stale(now) && UNATTENDED.try_with(|()| ()).is_err() {
            let mut tx = self.db.begin_write().await?;
            sessions::touch(&mut tx, id_hash).await?;
            tx.commit().await?;
            session.last_used_at = now;
        }
        Ok(Some(session))
    }
}

fn backend(error: StoreError) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let user = record
            .data
            .get(SessionUser::KEY)
            .cloned()
            .ok_or_else(|| session_store::Error::Encode("a session without a user".into()))?;
        let user: SessionUser =
            serde_json::from_value(user).map_err(|error| session_store::Error::Encode(error.to_string()))?;
        // An id is 128 random bits: a second one the same means that something is broken, and is an error.
        let created = async {
            let mut tx = self.db.begin_write().await?;
            let new = NewSession {
                user: user.user_id,
                checked: user.credentials,
                proved: user.proved_at.is_some(),
                address: &user.address,
                user_agent: &user.user_agent,
                provider_session: user.provider_session.as_deref(),
            };
            let begun = sessions::create(&mut tx, &hash(record.id), new).await?;
            tx.commit().await?;
            Ok(begun)
        };
        match created.await.map_err(backend)? {
            true => Ok(()),
            false => Err(session_store::Error::Backend(CREDENTIALS_CHANGED.to_owned())),
        }
    }

    /// A session says who logged in and never changes here: there is nothing to save after its creation.
    async fn save(&self, _: &Record) -> session_store::Result<()> {
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = self.find(&hash(*id)).await.map_err(backend)?;
        let Some(session) = found else { return Ok(None) };
        let left = (session.expires_at(self.lifetime) - self.db.now()).to_std().unwrap_or(Duration::ZERO);
        let now = OffsetDateTime::from_unix_timestamp(self.db.now().timestamp()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let user = SessionUser {
            user_id: session.user_id(),
            credentials: CredentialsVersion::default(),
            address: session.address,
            user_agent: session.user_agent,
            proved_at: session.proved_at,
            provider_session: None,
        };
        let value = serde_json::to_value(user).map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data: [(SessionUser::KEY.to_owned(), value)].into(), expiry_date: now + left }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let deleted = async {
            let mut tx = self.db.begin_write().await?;
            sessions::delete(&mut tx, &hash(*id)).await?;
            tx.commit().await
        };
        deleted.await.map_err(backend)
    }
}
