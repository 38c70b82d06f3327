//! What a front end is told of a change of device, and of two vaults that were compared. The codes to bring accounts to
//! another device are keys: they cross only when a person asks to see them.

use serde::Serialize;

use super::{AccountView, playbook::AdviceView, sync_check::DiagnosisView};
use crate::{
    account::AccountId,
    device_change::{Here, Moved, RowState, Waived},
    export::google_migration::LeftOut,
    fingerprints::Compared,
    playbook::SecondDevice,
    time::UnixTime,
};

/// A change of device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DeviceChangeView {
    /// What the other device is called.
    pub other: String,
    /// Which of the two the Keyfob is that it was begun on.
    pub here: Here,
    /// It was begun on this machine.
    pub begun_here: bool,
    /// When it was begun.
    pub begun_at: UnixTime,
    /// When it ended; none while it is under way.
    pub ended_at: Option<UnixTime>,
    /// It was ended with accounts left.
    pub dropped: bool,
    /// Every account is checked or waived, and no recovery code is only here: the old device can be wiped. What came after the
    /// end counts, too.
    pub safe: bool,
    /// How many accounts are left.
    pub left: usize,
    /// How many accounts have recovery codes that are only here.
    pub codes_left: usize,
    /// How many of those that are left only a newer Keyfob understands.
    pub unreadable: usize,
    /// All accounts, by name.
    pub rows: Vec<ChangeRowView>,
}

/// One account in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChangeRowView {
    /// The account.
    pub account: AccountView,
    /// Where it stands.
    pub state: RowState,
    /// When it was brought to the other device, and how.
    pub moved: Option<Moved>,
    /// When both devices gave the same code.
    pub checked_at: Option<UnixTime>,
    /// That a person let it be.
    pub waived: Option<Waived>,
    /// So many recovery codes that can still be used are on this device alone: they did not go to the other in a transfer file,
    /// were not printed, and nobody has said that they can stay behind.
    pub codes_only_here: usize,
    /// A person said that its recovery codes can stay behind.
    pub codes_stay: bool,
    /// How the service takes a second device, as far as its playbook knows.
    pub second_device: Option<SecondDevice>,
    /// Using, or renewing, its recovery codes changes what the other device needs: what the playbook advises.
    pub advice: Vec<AdviceView>,
    /// Why it does not fit into Google's codes; none where it does.
    pub not_google: Option<LeftOut>,
}

/// What came of the check of an account's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CheckedRowView {
    /// What the code is.
    pub found: DiagnosisView,
    /// How the change stands now.
    pub change: DeviceChangeView,
}

/// Codes to scan with the other device. Each is a key.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TransferCodesView {
    /// One after the other.
    pub codes: Vec<TransferCodeView>,
    /// Accounts that are in none of them.
    pub left_out: Vec<LeftOutView>,
}

/// A code to scan with the other device.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TransferCodeView {
    /// The rows of the QR code with its margin: `1` is dark.
    pub qr: Vec<String>,
    /// Whose keys are in it.
    pub accounts: Vec<AccountId>,
    /// The same as text, for the command line alone.
    #[serde(skip)]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub text: zeroize::Zeroizing<String>,
}

/// An account that is in none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LeftOutView {
    /// Which.
    pub account: AccountView,
    /// Why.
    pub why: LeftOut,
}

/// Two vaults that were compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ComparisonView {
    /// What the other device is called.
    pub device: String,
    /// When its file was made, by its clock.
    pub made_at: UnixTime,
    /// How many accounts are the same.
    pub same: usize,
    /// Those that are not.
    pub rows: Vec<Compared>,
    /// How many accounts of the two only a newer Keyfob understands: they were not compared.
    pub unreadable: usize,
}
