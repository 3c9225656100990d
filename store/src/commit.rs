//! The end of a transaction: what it has noted is written as the last thing, so that rows which others want as well are locked for a
//! moment only, and by all in one order.

use crate::{StoreError, Tx, audit, leads};

impl Tx {
    /// Makes its changes last, with the days of leads and the events it has noted.
    ///
    /// # Errors
    /// When the database cannot; nothing has changed then.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let days = std::mem::take(&mut self.lead_days);
        leads::note_pending(&mut self, days).await?;
        let events = std::mem::take(&mut self.events);
        audit::write_events(&mut self, &events).await?;
        self.end().await
    }
}
