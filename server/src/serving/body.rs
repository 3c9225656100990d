//! Bodies of requests that have to come at a certain pace.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::{
    sync::Notify,
    time::{Instant, Sleep},
};

/// The slowest pace on the whole, in bytes a second: of the poorest mobile connections.
const SLOWEST: u64 = 1_024;

/// A body that has its connection closed when it does not come in time. Only the time during which
/// somebody waits for it counts: whoever reads it may take as long as they need.
pub(super) struct PatientBody {
    inner: Incoming,
    pause: Duration,
    grace: Duration,
    hang_up: Arc<Notify>,
    received: u64,
    waited: Duration,
    waiting: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl PatientBody {
    /// With so long for the next bytes, and so long for the whole beside what its bytes take.
    pub(super) fn new(inner: Incoming, (pause, grace): (Duration, Duration), hang_up: Arc<Notify>) -> Self {
        Self { inner, pause, grace, hang_up, received: 0, waited: Duration::ZERO, waiting: None, timer: None }
    }

    /// How long it may still keep somebody waiting.
    fn patience(&self) -> Duration {
        let whole = self.grace + Duration::from_secs(self.received / SLOWEST);
        whole.saturating_sub(self.waited).min(self.pause)
    }
}

impl Body for PatientBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            if let Some(since) = this.waiting.take() {
                this.waited += since.elapsed();
            }
            if let Some(Ok(data)) = frame.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
                this.received += data.map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX));
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        if this.waiting.is_none() {
            let now = Instant::now();
            this.waiting = Some(now);
            let patience = this.patience();
            match &mut this.timer {
                Some(timer) => timer.as_mut().reset(now + patience),
                None => this.timer = Some(Box::pin(tokio::time::sleep(patience))),
            }
        }
        let late = this.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_ready());
        if late {
            // Nobody is answered who has not even asked in full: what waits here ends with its connection.
            this.hang_up.notify_one();
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
