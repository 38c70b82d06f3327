//! A key that whoever may lock can take away, whatever the use case that needs it is waiting for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{VaultError, key::Identity};

/// A cell with an identity in it, until it is emptied. All clones are one cell. Nobody holds it for longer than it takes to
/// copy the key, so emptying it never waits for a disk or a keychain.
#[derive(Clone)]
pub struct Held(Arc<Mutex<Option<Identity>>>);

impl Held {
    /// Holds a key.
    pub fn new(identity: Identity) -> Held {
        Held(Arc::new(Mutex::new(Some(identity))))
    }

    /// A copy of the key, to be let go of after one use.
    ///
    /// # Errors
    /// [`VaultError::Locked`] once it was emptied.
    pub fn key(&self) -> Result<Identity, VaultError> {
        self.cell().clone().ok_or(VaultError::Locked)
    }

    /// Puts another key in its place, and returns the one before. What was emptied stays empty.
    ///
    /// # Errors
    /// [`VaultError::Locked`] once it was emptied.
    pub fn replace(&self, identity: Identity) -> Result<Identity, VaultError> {
        self.cell().as_mut().map(|held| std::mem::replace(held, identity)).ok_or(VaultError::Locked)
    }

    /// Asks the system to keep the key out of its swap.
    pub fn pin(&self, pin: fn(&[u8])) {
        if let Some(identity) = &*self.cell() {
            pin(identity.expose().as_bytes());
        }
    }

    /// Wipes the key, for good.
    pub fn empty(&self) {
        *self.cell() = None;
    }

    /// Whether it was emptied.
    pub fn is_empty(&self) -> bool {
        self.cell().is_none()
    }

    /// A way to reach the key that does not keep it in memory.
    pub fn reach(&self) -> Reach {
        Reach(Arc::downgrade(&self.0))
    }

    fn cell(&self) -> MutexGuard<'_, Option<Identity>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cell of somebody else's, for as long as that somebody has it.
#[derive(Clone)]
pub struct Reach(Weak<Mutex<Option<Identity>>>);

impl Reach {
    /// The cell; `None` where it is gone, or was emptied.
    pub fn held(&self) -> Option<Held> {
        self.0.upgrade().map(Held).filter(|held| !held.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_cell_stays_empty_for_all_who_hold_it() {
        let held = Held::new(Identity::from_text("AGE-SECRET-KEY-1"));
        let shared = held.clone();
        assert!(shared.key().is_ok());
        shared.empty();
        assert!(held.is_empty() && matches!(held.key(), Err(VaultError::Locked)));
        assert!(matches!(held.replace(Identity::from_text("x")), Err(VaultError::Locked)));
        assert!(held.is_empty());
    }

    #[test]
    fn reaching_for_a_key_does_not_keep_it() {
        let held = Held::new(Identity::from_text("x"));
        let reach = held.reach();
        assert!(reach.held().is_some());
        drop(held);
        assert!(reach.held().is_none());
    }
}
