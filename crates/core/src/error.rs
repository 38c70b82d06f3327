//! What can go wrong, said three ways: a stable code for programs, a sentence for people, and a remedy.
//!
//! Each module has its own small error type, which knows its [`ErrorCode`] through [`Explain`]; [`Error`]
//! gathers them. The code decides the remedy and the [`ErrorClass`] (the exit status of `fob`), in the one
//! table below, so that nobody compares sentences. No error ever carries a secret.

use serde::Serialize;

use crate::{
    account::AccountError,
    companion::CompanionError,
    device_change::ChangeError,
    fingerprints::CompareError,
    import::ImportError,
    otp::{OtpError, uri::UriError},
    ports::{CameraError, ClipboardError, KeychainError, ScreenError, TimeError},
    qr::PictureError,
    secret::SecretError,
    settings::SettingsError,
    sync_check::CheckError,
    transfer::TransferError,
    vault::{VaultError, backup::BackupError, recipients::KeyError},
};

/// An error that knows its stable code. Its `Display` is the sentence for people.
pub trait Explain: std::fmt::Display {
    /// The stable code.
    fn code(&self) -> ErrorCode;
}

/// Anything that a use case can fail with.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
#[expect(missing_docs, reason = "each variant is the error of the module that it is named after")]
pub enum Error {
    Secret(#[from] SecretError),
    Otp(#[from] OtpError),
    Uri(#[from] UriError),
    Import(#[from] ImportError),
    Picture(#[from] PictureError),
    Account(#[from] AccountError),
    Companion(#[from] CompanionError),
    Check(#[from] CheckError),
    Time(#[from] TimeError),
    Change(#[from] ChangeError),
    Transfer(#[from] TransferError),
    Compare(#[from] CompareError),
    Keychain(#[from] KeychainError),
    Clipboard(#[from] ClipboardError),
    Screen(#[from] ScreenError),
    Camera(#[from] CameraError),
    Vault(#[from] VaultError),
    Key(#[from] KeyError),
    Backup(#[from] BackupError),
    Settings(#[from] SettingsError),
}

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Error::Secret(e) => e.code(),
            Error::Otp(e) => e.code(),
            Error::Uri(e) => e.code(),
            Error::Import(e) => e.code(),
            Error::Picture(e) => e.code(),
            Error::Account(e) => e.code(),
            Error::Companion(e) => e.code(),
            Error::Check(e) => e.code(),
            Error::Time(e) => e.code(),
            Error::Change(e) => e.code(),
            Error::Transfer(e) => e.code(),
            Error::Compare(e) => e.code(),
            Error::Keychain(e) => e.code(),
            Error::Clipboard(e) => e.code(),
            Error::Screen(e) => e.code(),
            Error::Camera(e) => e.code(),
            Error::Vault(e) => e.code(),
            Error::Key(e) => e.code(),
            Error::Backup(e) => e.code(),
            Error::Settings(e) => e.code(),
        }
    }
}

/// What kind of failure it is; `fob` exits with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ErrorClass {
    /// It was right to ask, and did not work.
    Failed = 1,
    /// It was asked in a way that makes no sense.
    Usage = 2,
    /// Locked, or the keychain refused.
    Locked = 3,
    /// No such account, or several.
    NoSuchAccount = 4,
    /// What was given could not be read.
    BadInput = 5,
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $name:ident, $class:ident, $remedy:literal;)+) => {
        /// The stable name of an error. Names are never reused and never change their meaning; a front end
        /// translates by them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)+];

            /// The kind of failure.
            pub const fn class(self) -> ErrorClass {
                match self { $(ErrorCode::$name => ErrorClass::$class,)+ }
            }

            /// What a person can do next, as one English sentence.
            pub const fn remedy(self) -> &'static str {
                match self { $(ErrorCode::$name => $remedy,)+ }
            }
        }
    };
}

error_codes! {
    /// A setup key with nothing in it.
    KeyEmpty, BadInput, "Copy the setup key from the service again; it is a row of letters A–Z and digits 2–7.";
    /// A setup key with a character that Base32 does not have.
    KeyNotBase32, BadInput, "Compare it with the service's page: a setup key has only the letters A–Z and the digits 2–7, so 0 may be O, 1 may be I, and 8 may be B.";
    /// A setup key too short to be one.
    KeyTooShort, BadInput, "Copy the whole setup key from the service.";
    /// A setup key longer than any service uses.
    KeyTooLong, BadInput, "Copy only the setup key from the service, without the text around it.";
    /// Not 5 to 10 digits.
    DigitsOutOfRange, BadInput, "Codes have 5 to 10 digits; nearly every service uses 6.";
    /// A period of no seconds.
    PeriodZero, BadInput, "A code must last one second or more; nearly every service uses 30.";
    /// A number that is none.
    NumberInvalid, BadInput, "Correct the number, or leave it out to use what nearly every service uses.";
    /// An algorithm other than SHA-1, SHA-256 and SHA-512.
    AlgorithmUnknown, BadInput, "Keyfob computes SHA-1, SHA-256 and SHA-512; ask the service which of them it uses.";
    /// A type other than TOTP, HOTP and Steam.
    TypeUnknown, BadInput, "Keyfob computes TOTP, HOTP and Steam codes; ask the service for a code for an authenticator app.";
    /// A counter at its end.
    CounterExhausted, Failed, "Set the account up again at the service, with a new key.";
    /// The second code of a check is the first one again.
    CheckSameCode, BadInput, "Wait until the other device shows another code, and type that.";
    /// A counter that would go back.
    CounterBackward, BadInput, "A counter only goes forward (RFC 4226): leave it as it is.";
    /// Not the name of a host.
    TimeHostInvalid, BadInput, "Name a host as time.example, sntp://HOST or https://HOST.";
    /// A host that tells the time is not reached.
    TimeUnreachable, Failed, "See whether this computer is online, or ask another host.";
    /// A host that tells the time is silent.
    TimeTimeout, Failed, "Try again, or ask another host; some networks let neither question through.";
    /// A host that tells the time does not.
    TimeRubbish, Failed, "Ask another host: this one does not tell the time, or something on the way answers in its place.";
    /// A host that tells the time does not know it.
    TimeNotSynchronised, Failed, "Ask another host, or this one later.";
    /// A host that tells the time did not prove who it is.
    TimeCertificate, Failed, "Ask another host: somebody on the way may be answering in its place.";
    /// No change of device is under way.
    ChangeNone, Failed, "Begin one first, under Changed my device (fob move start).";
    /// A change of device is under way already.
    ChangeUnderWay, Failed, "Finish the one that is under way, or drop it.";
    /// Not every account was checked or waived.
    ChangeNotSafe, Failed, "Check each account that is left with a code of the other device, or waive it by its name; those that only a newer Keyfob understands need that.";
    /// Recovery codes are only on the device that is to be wiped.
    ChangeCodesLeft, Failed, "Print the recovery codes, or write a transfer file again and check the account once it is taken in; or say that they can stay behind.";
    /// A transfer file that is none.
    TransferUnreadable, BadInput, "Choose a file that another Keyfob wrote for this, whole and unchanged.";
    /// A transfer file sealed with another passphrase.
    TransferPassphraseWrong, BadInput, "Type the passphrase as the other device showed it when it wrote this file.";
    /// None of the accounts can be put into such a code.
    TransferNothing, Failed, "Show the code of each account by itself, or write a transfer file.";
    /// A transfer file of the future.
    TransferFuture, Failed, "See whether both computers' clocks are right, then write the file again.";
    /// A comparison file that is none.
    CompareUnreadable, BadInput, "Choose the file that the other Keyfob wrote for comparing, whole and unchanged.";
    /// A comparison file sealed with another code.
    CompareCodeWrong, BadInput, "Type the short code as the other device showed it when it wrote this file.";
    /// Text that is no `otpauth` URI, migration or setup key.
    NotOtp, BadInput, "Scan the QR code that the service shows while you switch on two-factor authentication.";
    /// An `otpauth` URI without a key.
    UriNoSecret, BadInput, "Copy the whole address, from otpauth:// to its end, or scan the QR code.";
    /// Text beyond any real one.
    TextTooLarge, BadInput, "Give only the address of one account, or a file made for import.";
    /// An `otpauth-migration` text that cannot be read.
    MigrationDamaged, BadInput, "Show the QR code again in the other app, as large as it goes, and scan it once more.";
    /// Bytes that are no picture.
    PictureUnknown, BadInput, "Use a PNG, JPEG, WebP, GIF, BMP or TIFF picture, or a PDF.";
    /// A picture file that breaks off or is wrong inside.
    PictureDamaged, BadInput, "Save the picture again, or take a new screenshot.";
    /// More pixels or bytes than are read.
    PictureTooLarge, BadInput, "Crop the picture to the QR code and try again.";
    /// No QR code found.
    PictureNoCode, BadInput, "Make the code larger on the screen, with its white margin, and take a new screenshot.";
    /// A QR code was seen and could not be read.
    PictureCodeUnreadable, BadInput, "Show the code larger, flat and evenly lit, with its margin, and take a new picture; or copy the setup key in text.";
    /// A PDF has more pages than are looked at.
    PicturePagesLeft, BadInput, "Save the page with the code as a file of its own, or take a screenshot of it.";
    /// Reading took too long or failed inside.
    PictureUnreadable, BadInput, "Crop the picture to the QR code, or take a new screenshot.";
    /// Nothing of use on the clipboard.
    ClipboardEmpty, BadInput, "Copy a picture of the QR code, an otpauth:// address or a setup key first.";
    /// No clipboard to use.
    ClipboardUnavailable, Failed, "Use a file, or type the code; on a desktop, try again.";
    /// The system, or the person, did not let the screen be seen.
    ScreenRefused, Failed, "Allow Keyfob to take screenshots in the settings of your system, or take a screenshot yourself and paste it.";
    /// There is no way to see the screen.
    ScreenUnavailable, Failed, "Take a screenshot with your system's own key and paste it, or save it and add the file.";
    /// No QR code on any monitor.
    ScreenNoCode, BadInput, "Bring the whole code into view, larger and with its margin, and try again; or draw a rectangle around it.";
    /// No camera is connected.
    CameraNone, Failed, "Connect a camera, or take a screenshot or a picture of the code and add that.";
    /// The system did not let the camera be used.
    CameraRefused, Failed, "Allow Keyfob to use the camera in the settings of your system, and try again.";
    /// The camera cannot be used now.
    CameraUnavailable, Failed, "Close other programs that use the camera, connect it again, and try again.";
    /// The camera was switched off.
    CameraStopped, Failed, "Start the camera again.";
    /// No account matches.
    AccountNotFound, NoSuchAccount, "List the accounts to see their names.";
    /// Several accounts match.
    AccountAmbiguous, NoSuchAccount, "Use more of the name, or the id, so that only one account matches.";
    /// More was found since the preview was looked at.
    PreviewChanged, Failed, "Look at what was added to the list, and add it then.";
    /// The account has no counter.
    AccountNoCounter, BadInput, "Only HOTP accounts have a next code; this one's code changes by itself.";
    /// No recovery code in a text.
    CodesNone, BadInput, "Copy the recovery codes from the service's page again, with the lines around them; or type them, one a line.";
    /// A picture in the place of a text.
    CodesPicture, BadInput, "Copy the codes as text, download them as a file, or type them, one a line.";
    /// The passphrase of their own is needed.
    CodesLocked, Locked, "Give the passphrase of the recovery codes, or the recovery key.";
    /// Others than were shown.
    CodesChanged, Failed, "Look at the codes again, and keep them then.";
    /// There are some already.
    CodesExist, Failed, "Use fob recovery QUERY rotate to replace them; the old ones are then void.";
    /// A recovery code that was used or is void.
    CodeSpent, BadInput, "Take one that was not used; if the service has new ones, record them.";
    /// A recovery code whose text was deleted.
    CodeGone, BadInput, "It was void for long. Take one of the codes that count.";
    /// No such recovery code.
    CodeNone, BadInput, "Look at the list of recovery codes to see which there are; keep some, if there are none.";
    /// No such playbook.
    PlaybookUnknown, BadInput, "List the playbooks to see which there are.";
    /// Nothing to take back.
    UndoNothing, Failed, "There is nothing to undo; the timeline shows what happened.";
    /// The codes have a passphrase of their own.
    CodesLockExists, Failed, "Change that passphrase instead.";
    /// The codes have none.
    CodesLockNone, Failed, "Set a passphrase for the recovery codes first.";
    /// A key that is there already, where a new one was to be.
    EnrolledSameKey, BadInput, "Scan the QR code that the service shows when you enroll again: it is a new one.";
    /// Two-factor authentication is off, and the old key counts no more.
    EnrollmentOff, Failed, "Enroll again: scan the QR code that the service shows then.";
    /// Several codes, where there can be only one.
    CodesSeveral, BadInput, "Keep one of them, or say that they are a set of which each is used once.";
    /// Another account has the same names.
    SameNames, Failed, "Give it a name that tells the two apart, with --label or --issuer; or say --yes.";
    /// No keychain service answers.
    KeychainMissing, Locked, "Start the system's keychain (on Linux: GNOME Keyring, KWallet or KeePassXC's Secret Service) and try again.";
    /// The keychain is there, but has no collection to keep things in.
    KeychainNoCollection, Locked, "Create a default keyring in your system's keychain program (on Linux: Seahorse, “Passwords and Keys”) and try again.";
    /// The keychain is locked.
    KeychainLocked, Locked, "Unlock your keychain and try again.";
    /// The keychain, or the person, said no.
    KeychainDenied, Locked, "Try again and allow Keyfob to use the keychain.";
    /// The keychain works, but holds no key for this vault.
    KeychainNoKey, Locked, "Your codes are still in the vault file. Bring the keychain's entry back (from a backup of your system's keyring), or open the vault with another key of it.";
    /// The keychain holds two keys for this vault.
    KeychainTwoKeys, Locked, "Open your system's keychain program and remove the entry of Keyfob that does not belong to this vault.";
    /// The keychain did not answer in time.
    KeychainTimeout, Locked, "Look for a question of the keychain behind other windows, answer it, and try again.";
    /// The keychain failed in another way.
    KeychainBroken, Locked, "Restart your session or the keychain service, and try again.";
    /// Nothing kept here yet.
    VaultNone, Failed, "Add an account first; that creates the vault.";
    /// A vault was here, and is not.
    VaultMissing, Failed, "Connect or mount the drive that the vault is on, or put the vault's folder back where it was.";
    /// A vault is here already.
    VaultExists, Failed, "Use the vault that is there, or choose another folder.";
    /// The vault file is not what was saved.
    VaultDamaged, BadInput, "Nothing was changed. Restore a snapshot from the folder beside the vault, or a backup.";
    /// Written by a newer Keyfob.
    VaultNewer, Failed, "Install the newest Keyfob; this one leaves the vault as it is.";
    /// The key at hand is no key of this vault.
    VaultOtherKey, Locked, "Open the vault with the key that belongs to it.";
    /// The file given as an identity is none.
    IdentityUnreadable, BadInput, "Give a file that age-keygen made, with a line that begins with AGE-SECRET-KEY-1.";
    /// The vault was locked, or opens only by what a person knows or has.
    VaultLocked, Locked, "Unlock it in Keyfob, or give the passphrase or the recovery key.";
    /// The vault file was made by someone who knows whom it is sealed to, but never opened it.
    VaultForged, BadInput, "Nothing was changed. Put the newest snapshot in its place, or accept the file if you made it yourself.";
    /// Another vault lies where a known one was.
    VaultReplaced, BadInput, "If you put it there yourself, accept it; otherwise put the newest snapshot of the old one back.";
    /// No snapshot of that name, or none that opens.
    SnapshotNone, BadInput, "List the snapshots to see which there are, or restore a backup.";
    /// The passphrase does not open it.
    PassphraseWrong, Locked, "Try again; nothing is erased, however often. If it is forgotten, use the recovery key or a backup.";
    /// Too soon after wrong passphrases.
    PassphraseTooSoon, Locked, "Wait a little, then try again; each wrong passphrase makes the wait longer, up to a minute.";
    /// An old passphrase, with an old copy of the vault.
    PassphraseOld, Locked, "Somebody put an old copy of the vault here. Use the current passphrase or another key; or, if you put it there yourself, accept it.";
    /// The file behind the passphrase is not there.
    PassphraseMissing, Locked, "Open the vault with another of its keys, and set the passphrase anew; or put passphrase.age back from a backup.";
    /// The file behind the passphrase is not what was saved.
    PassphraseDamaged, BadInput, "Open the vault with another of its keys, and set the passphrase anew.";
    /// Too short to be a passphrase.
    PassphraseShort, BadInput, "Take 8 characters or more; several words are easier to keep in mind.";
    /// The vault has a passphrase already.
    PassphraseExists, Failed, "Change the passphrase instead.";
    /// The vault has no passphrase.
    PassphraseNone, Failed, "Set a passphrase first.";
    /// A file that was to hold a passphrase.
    PassphraseUnreadable, BadInput, "Give a text file whose first line is the passphrase, and that you may read.";
    /// What was typed is no recovery key.
    RecoveryKeyInvalid, BadInput, "Compare it with the printed kit: 58 letters and digits after AGE-SECRET-KEY-1.";
    /// The part that was typed back is another.
    RecoveryKeyUnproved, BadInput, "Compare what you typed with what you wrote down or printed, group by group.";
    /// It would be gone before it was kept.
    RecoveryKeyNone, Failed, "Make a recovery key first, then prove it.";
    /// Nobody of that name can open the vault.
    RecipientNone, BadInput, "List who can open the vault to see the names.";
    /// Removing it would leave no key.
    RecipientLast, Failed, "Add a passphrase or a recovery key first.";
    /// Removing it needs another key to be shown.
    RecipientProof, Locked, "Give the passphrase or the recovery key that is to open the vault from now on.";
    /// This device opens the vault already.
    RecipientExists, Failed, "Nothing is to be done: this computer's keychain opens the vault already.";
    /// What was given is no backup.
    BackupUnreadable, BadInput, "Choose a file that Keyfob made as a backup, a vault.age, or another copy of it.";
    /// A backup of another vault than the one that belongs here.
    BackupOther, Failed, "Restore it into another folder (fob --vault FOLDER restore …); here it would take the place of your vault.";
    /// Backups do not go to that folder.
    BackupPlaceNone, BadInput, "List where backups go to see the folders: fob backup --list.";
    /// A backup could not be written, or did not read back.
    BackupFailed, Failed, "See that the folder is there, can be written and has room, then back up again.";
    /// The settings could not be saved.
    SettingsIo, Failed, "Check that the disk has room and that your configuration folder can be written.";
    /// A place that cannot be used.
    PlaceUnusable, BadInput, "Choose a folder that exists and is empty.";
    /// The system could not tell that the person is here.
    PresenceDeclined, Locked, "Answer the system's question, or use the passphrase or the recovery key.";
    /// Another program holds the vault.
    VaultBusy, Failed, "Another program is saving; try again in a moment.";
    /// The system refused to read or write.
    VaultIo, Failed, "Check that the disk has room and that the folder can be written, then try again.";
    /// What was saved does not read back.
    VaultVerify, Failed, "The vault is as it was before. Check the disk, then try again.";
    /// Something that was begun before has not ended.
    StillRunning, Failed, "Wait a moment, then try again. If it never ends, check the drive or the network that the vault is on; you can lock Keyfob at any time.";
    /// A mistake of ours.
    Internal, Failed, "Close Keyfob and start it again; nothing that was saved is lost.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_remedy_that_is_a_sentence() {
        for code in ErrorCode::ALL {
            assert!(code.remedy().ends_with('.') && code.remedy().len() > 20, "{code:?}");
        }
    }
}
