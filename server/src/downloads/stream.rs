//! Files that are written while they are read.

use std::{fmt::Display, io};

use app::error::AppError;
use axum::body::{Body, Bytes};
use store::StoreError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Where the bytes of a file go. Its reader may be slow, and may leave.
#[derive(Clone)]
pub(super) struct Output(mpsc::Sender<io::Result<Bytes>>);

/// Why a file ended before it was whole.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The reader has left.
    Left,
    /// It could not be made; the cause is in the log.
    Failed,
}

impl Stopped {
    /// A fault of ours, which is written down.
    pub(super) fn failed(cause: &dyn Display) -> Self {
        drop(AppError::internal(cause));
        Self::Failed
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        // Made into what a visitor is told, which writes the cause down.
        drop(AppError::from(error));
        Self::Failed
    }
}

impl Output {
    /// Hands over a piece, when the reader has room for it.
    pub(super) async fn send(&self, bytes: impl Into<Bytes>) -> Result<(), Stopped> {
        self.0.send(Ok(bytes.into())).await.map_err(|_| Stopped::Left)
    }

    /// The same from a thread that may wait.
    pub(super) fn blocking_send(&self, bytes: &[u8]) -> io::Result<()> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// Whether nobody reads any more.
    pub(super) fn is_left(&self) -> bool {
        self.0.is_closed()
    }

    /// Breaks the connection: the only way left to say that the file is not whole.
    pub(super) async fn fail(&self) {
        let _ = self.0.send(Err(io::Error::other(UNFINISHED))).await;
    }

    /// The same from a thread that may wait.
    pub(super) fn blocking_fail(&self, cause: &dyn Display) {
        tracing::warn!(%cause, UNFINISHED);
        let _ = self.0.blocking_send(Err(io::Error::other(UNFINISHED)));
    }
}

const UNFINISHED: &str = "the file could not be finished";

/// A body, and where its bytes are sent. Two pieces at most wait for the reader.
pub(super) fn body() -> (Output, Body) {
    let (sender, receiver) = mpsc::channel(2);
    (Output(sender), Body::from_stream(ReceiverStream::new(receiver)))
}
