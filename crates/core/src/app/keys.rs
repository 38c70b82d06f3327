//! Who can open the vault: recovery key, passphrase, this device.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Keyfob;
use crate::{
    error::Error,
    qr,
    time::UnixTime,
    vault::{
        VaultError,
        held::Held,
        key::{Identity, Passphrase, Way},
        open,
        payload::{KIND_PASSPHRASE, KIND_RECOVERY_KEY, RecipientRecord},
        recipients::KeyError,
    },
};

/// How many groups of a recovery key are typed back.
const ASKED: usize = 3;

/// Someone who can open the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RecipientView {
    /// The public half, `age1…`: names it.
    pub recipient: String,
    /// `device`, `passphrase`, `recovery_key`, `identity_file`, or what a newer Keyfob knows.
    pub kind: String,
    /// What the device is called.
    pub name: Option<String>,
    /// When it was added.
    pub added_at: UnixTime,
    /// When a person last showed to have it.
    pub proved_at: Option<UnixTime>,
    /// It is this computer's keychain.
    pub this_device: bool,
    /// The vault is open by it now: removing it takes another key to be shown.
    pub in_use: bool,
    /// It is the only one, and cannot be removed.
    pub only: bool,
}

/// A recovery key that was just made. It is in the vault only once it is proved.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RecoveryKeyView {
    /// The whole key, as stock `age` takes it.
    pub key: String,
    /// What stands after `AGE-SECRET-KEY-1`, in groups of four.
    pub groups: Vec<String>,
    /// The groups to type back, by their place from 0.
    pub asked: Vec<usize>,
    /// A QR code of the key: rows of `1` (dark) and `0`.
    pub qr: Vec<String>,
    /// The vault's folder, for the kit.
    pub place: String,
}

impl Drop for RecoveryKeyView {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.key);
        self.groups.iter_mut().for_each(zeroize::Zeroize::zeroize);
    }
}

/// What a person gives to show that the vault will still open.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Typed {
    /// The passphrase.
    Passphrase(#[cfg_attr(feature = "typescript", ts(type = "string"))] Passphrase),
    /// The recovery key.
    RecoveryKey(#[cfg_attr(feature = "typescript", ts(type = "string"))] TypedIdentity),
    /// Nothing: this computer's keychain.
    Keychain,
}

/// A recovery key, as it was typed.
pub struct TypedIdentity(Identity);

impl<'de> Deserialize<'de> for TypedIdentity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<TypedIdentity, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Ok(TypedIdentity(Identity::from_typed(&text)))
    }
}

impl From<Typed> for Way {
    fn from(typed: Typed) -> Way {
        match typed {
            Typed::Passphrase(passphrase) => Way::Passphrase(passphrase),
            Typed::RecoveryKey(TypedIdentity(identity)) => Way::Identity(identity),
            Typed::Keychain => Way::Keychain,
        }
    }
}

/// A recovery key on its way: made and shown, not yet proved.
pub(super) struct NewRecoveryKey {
    identity: Held,
    asked: Vec<usize>,
    instead: bool,
}

impl Keyfob {
    /// Everyone who can open the vault, in the order they were added.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn recipients(&self) -> Result<Vec<RecipientView>, Error> {
        let vault = self.opened()?;
        let device = vault.device(&self.host).map(|r| &r.recipient);
        let in_use = vault.recipient_record(&self.host, &vault.identity()?).map(|r| &r.recipient);
        let all = &vault.content().recipients;
        let view = |record: &RecipientRecord| {
            let in_use = in_use == Some(&record.recipient);
            RecipientView {
                recipient: record.recipient.0.clone(),
                kind: record.kind.clone(),
                name: record.name.clone(),
                added_at: record.added_at,
                proved_at: record.proved_at,
                this_device: device == Some(&record.recipient),
                in_use,
                only: all.len() == 1,
            }
        };
        Ok(all.iter().map(view).collect())
    }

    /// Makes a recovery key and shows it. Nothing is saved until it is proved. `instead`: it is to take the place
    /// of the one that there is.
    ///
    /// # Errors
    /// Where the vault is not open.
    pub fn make_recovery_key(&mut self, instead: bool) -> Result<RecoveryKeyView, Error> {
        self.opened()?;
        let identity = self.host.sealer.new_identity();
        // The last group may be short: it is not asked for.
        let whole = identity.groups().iter().filter(|g| g.len() == 4).count().max(ASKED);
        let mut asked = Vec::new();
        while asked.len() < ASKED {
            let mut byte = [0];
            self.host.chance.fill(&mut byte);
            let mut place = usize::from(byte[0]) % whole;
            while asked.contains(&place) {
                place = (place + 1) % whole;
            }
            asked.push(place);
        }
        asked.sort_unstable();
        let identity = self.hold(identity)?;
        self.new_recovery_key = Some(NewRecoveryKey { identity, asked, instead });
        self.shown_recovery_key()
    }

    /// The recovery key that waits for being proved.
    ///
    /// # Errors
    /// [`KeyError::RecoveryKeyNone`].
    pub fn shown_recovery_key(&self) -> Result<RecoveryKeyView, Error> {
        let new = self.new_recovery_key.as_ref().ok_or(KeyError::RecoveryKeyNone)?;
        let identity = new.identity.key()?;
        Ok(RecoveryKeyView {
            key: identity.expose().to_owned(),
            groups: identity.groups().iter().map(|group| group.to_string()).collect(),
            asked: new.asked.clone(),
            qr: qr::draw(identity.expose()).unwrap_or_default(),
            place: self.place(),
        })
    }

    /// Takes the recovery key in, once the groups that were asked for are typed back. `None` where a person says
    /// without showing it that it was kept.
    ///
    /// # Errors
    /// [`KeyError::RecoveryKeyUnproved`], [`KeyError::RecoveryKeyNone`], and what keeps the vault from being saved.
    pub fn keep_recovery_key(&mut self, typed: Option<&[String]>) -> Result<Vec<RecipientView>, Error> {
        let (identity, instead) = self.take_in_recovery_key(typed)?;
        if instead {
            let (vault, host) = self.opened_mut()?;
            vault.retire_recovery_keys_but(host, &identity)?;
        }
        self.new_recovery_key = None;
        self.recipients()
    }

    /// Lets the new recovery key open the vault, beside those that there are. It stays at hand: what comes after may fail,
    /// and be tried again.
    fn take_in_recovery_key(&mut self, typed: Option<&[String]>) -> Result<(Identity, bool), Error> {
        let new = self.new_recovery_key.as_ref().ok_or(KeyError::RecoveryKeyNone)?;
        let (identity, instead) = (new.identity.key()?, new.instead);
        if let Some(typed) = typed {
            let groups = identity.groups();
            let expected = new.asked.iter().filter_map(|place| groups.get(*place));
            let typed: Vec<String> = typed.iter().map(|text| text.trim().to_ascii_uppercase()).collect();
            if !expected.map(|group| group.as_str()).eq(typed.iter().map(String::as_str)) {
                return Err(KeyError::RecoveryKeyUnproved.into());
            }
        }
        let (vault, host) = self.opened_mut()?;
        vault.add_recovery_key(host, &identity, typed.is_some())?;
        Ok((identity, instead))
    }

    /// Whether a recovery key that was shown opens the vault as it is now.
    pub fn is_opened_by(&mut self, key: &str) -> bool {
        // A save that failed at its very end may be there all the same.
        let _ = self.open();
        let identity = Identity::from_text(key);
        self.vault.as_ref().is_some_and(|vault| vault.recipient_record(&self.host, &identity).is_some())
    }

    /// Forgets a recovery key that was shown and not kept.
    pub fn discard_recovery_key(&mut self) {
        self.new_recovery_key = None;
    }

    /// Remembers that a person has the recovery key `typed`.
    ///
    /// # Errors
    /// [`KeyError::RecoveryKeyInvalid`], [`KeyError::NoSuchRecipient`].
    pub fn prove_recovery_key(&mut self, typed: &str) -> Result<Vec<RecipientView>, Error> {
        let identity = Identity::from_typed(typed);
        let (vault, host) = self.opened_mut()?;
        vault.prove(host, &identity)?;
        self.recipients()
    }

    /// Sets a first passphrase.
    ///
    /// # Errors
    /// [`KeyError::PassphraseExists`], [`KeyError::PassphraseShort`], and what keeps the vault from being saved.
    pub fn set_passphrase(&mut self, new: &Passphrase) -> Result<Vec<RecipientView>, Error> {
        let (vault, host) = self.opened_mut()?;
        vault.add_passphrase(host, new)?;
        self.recipients()
    }

    /// Changes the passphrase; without the old one, by replacing the key behind it.
    ///
    /// # Errors
    /// [`KeyError::PassphraseWrong`], [`KeyError::PassphraseShort`], and what keeps the vault from being saved.
    pub fn change_passphrase(
        &mut self,
        old: Option<&Passphrase>,
        new: &Passphrase,
    ) -> Result<Vec<RecipientView>, Error> {
        let (vault, host) = self.opened_mut()?;
        vault.change_passphrase(host, old, new)?;
        self.recipients()
    }

    /// Lets this computer's keychain open the vault.
    ///
    /// # Errors
    /// [`KeyError::DeviceExists`], [`crate::ports::KeychainError`], and what keeps the vault from being saved.
    pub fn add_device(&mut self) -> Result<Vec<RecipientView>, Error> {
        let (vault, host) = self.opened_mut()?;
        vault.add_device(host)?;
        self.recipients()
    }

    /// Removes who is called `recipient`. Where the vault is open by that key, `proof` shows another. Once no
    /// keychain opens the vault, it locks by itself, unless a person has chosen otherwise.
    ///
    /// # Errors
    /// [`KeyError`], and what keeps the vault from being saved.
    pub fn remove_recipient(
        &mut self,
        recipient: &str,
        proof: Option<Way>,
    ) -> Result<Vec<RecipientView>, Error> {
        let proof = match proof {
            None => None,
            Some(Way::Keychain) => self.opened()?.key_in_keychain(&self.host)?,
            Some(Way::Identity(identity)) => Some(identity),
            Some(Way::Passphrase(typed)) => Some(open::unwrap(&self.host, &typed)?.0),
        };
        let (vault, host) = self.opened_mut()?;
        vault.remove_recipient(host, recipient, proof.as_ref())?;
        self.lock_by_itself_where_it_closes()?;
        self.recipients()
    }

    /// Makes new keys for everyone who is at hand: this device, the passphrase (`passphrase` is set behind a new
    /// identity), and the recovery key (one must have been made with [`Keyfob::make_recovery_key`], and `typed` are
    /// its groups). Who is not at hand, another device or an identity file, stays.
    ///
    /// # Errors
    /// [`KeyError`], and what keeps the vault from being saved. Each key that was renewed before stays so; old recovery keys
    /// go last, and the new one stays at hand, so that the same can be tried again.
    pub fn rekey(
        &mut self,
        passphrase: Option<&Passphrase>,
        typed: Option<&[String]>,
    ) -> Result<Vec<RecipientView>, Error> {
        let has = |kind: &str| {
            self.opened().map(|v| v.content().recipients.iter().any(|r| r.kind == kind)).unwrap_or_default()
        };
        let (has_passphrase, has_recovery) = (has(KIND_PASSPHRASE), has(KIND_RECOVERY_KEY));
        let this_device = self.recipients()?.iter().any(|r| r.this_device);
        // Everything that a person gives is looked at before anything is changed.
        if has_passphrase && passphrase.is_none_or(Passphrase::is_short) {
            return Err(KeyError::PassphraseShort.into());
        }
        if this_device {
            self.opened()?.can_renew_device(&self.host)?;
        }
        if has_recovery {
            self.take_in_recovery_key(typed)?;
        }
        if this_device {
            let (vault, host) = self.opened_mut()?;
            vault.renew_device(host)?;
        }
        if let Some(passphrase) = passphrase.filter(|_| has_passphrase) {
            self.change_passphrase(None, passphrase)?;
        }
        let renewed = self.new_recovery_key.as_ref().filter(|_| has_recovery).map(|new| new.identity.key());
        if let Some(identity) = renewed.transpose()? {
            let (vault, host) = self.opened_mut()?;
            vault.retire_recovery_keys_but(host, &identity)?;
            self.new_recovery_key = None;
        }
        self.recipients()
    }

    pub(super) fn opened_mut(&mut self) -> Result<(&mut open::Open, &crate::ports::Host), Error> {
        self.opened()?;
        let not_open = || VaultError::None { place: self.host.folder.place() };
        Ok((self.vault.as_mut().ok_or_else(not_open)?, &self.host))
    }
}
