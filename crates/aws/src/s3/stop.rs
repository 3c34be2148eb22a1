//! Stopping before the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Tells all who fetch that the rest is not wanted any more. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_set: AtomicBool,
    told: Notify,
}

impl Stop {
    /// Nothing more is wanted.
    pub fn set(&self) {
        self.shared.is_set.store(true, Ordering::SeqCst);
        self.shared.told.notify_waiters();
    }

    /// Whether it was said.
    pub fn is_set(&self) -> bool {
        self.shared.is_set.load(Ordering::SeqCst)
    }

    /// Returns once it is said.
    pub(crate) async fn wanted(&self) {
        let told = self.shared.told.notified();
        tokio::pin!(told);
        // From here on it is heard.
        told.as_mut().enable();
        if !self.is_set() {
            told.await;
        }
    }

    /// Says it when the user interrupts the program.
    pub(crate) async fn on_interrupt(self) {
        if tokio::signal::ctrl_c().await.is_ok() {
            self.set();
        }
    }
}
