//! What `fob` is asked for.

mod sync;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub use sync::{By, Check, Clock, Compare, Move, MoveCommand, PasswordFile};

/// One-time codes from your Keyfob vault.
#[derive(Parser)]
#[command(name = "fob", version, about, disable_help_subcommand = true)]
pub struct Args {
    /// The vault's folder
    #[arg(long, global = true, env = "KEYFOB_VAULT", value_name = "DIR")]
    pub vault: Option<PathBuf>,
    /// An age identity file that opens the vault, where there is no keychain
    #[arg(long, global = true, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// A file whose first line is the vault's passphrase
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "identity")]
    pub passphrase_file: Option<PathBuf>,
    /// Answer in JSON, errors too
    #[arg(long, global = true)]
    pub json: bool,
    /// The time to compute codes for, in seconds since 1970 (list, code, check and timeline only)
    #[arg(long, global = true, value_name = "UNIX", value_parser = clap::value_parser!(i64).range(0..))]
    pub at: Option<i64>,
    /// Answer yes to every question
    #[arg(long, global = true)]
    pub yes: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Create a vault in a folder that has none
    Init,
    /// Add accounts, and create the vault if there is none
    ///
    /// A SOURCE is a picture file with QR codes in it, an otpauth:// or otpauth-migration:// address, or - for
    /// standard input (an address, a setup key or a picture). Arguments show in process lists: hand keys over
    /// on standard input.
    Add(Add),
    /// Show every QR code in pictures; nothing is kept
    Scan {
        /// Picture files, or folders of them
        #[arg(required = true, value_name = "IMAGE|FOLDER")]
        paths: Vec<PathBuf>,
    },
    /// List accounts
    List {
        /// Words of the issuer or label, or an id
        #[arg(default_value = "", hide_default_value = true)]
        query: String,
    },
    /// Show codes
    Code(Code),
    /// Lead an account through its service's enrollment, step by step
    Enroll(Enroll),
    /// Recovery codes: show, keep, use, replace, print
    Recovery(Recovery),
    /// A passphrase of their own for the recovery codes
    #[command(name = "recovery-passphrase")]
    RecoveryPassphrase(RecoveryPassphrase),
    /// Check a code that another device shows, or that the service's dry run took; nothing is changed
    Check(Check),
    /// Whether this computer's clock can be trusted
    Clock(Clock),
    /// Change a device: bring accounts to another one, check each, until the old one is safe to wipe
    Move(Move),
    /// Compare the vault with another device's, without moving a secret
    Compare(Compare),
    /// What happened to an account, newest first
    Timeline {
        /// Words of the issuer or label, or an id
        query: String,
        /// Only events of this kind, such as code_used
        #[arg(long)]
        kind: Option<String>,
    },
    /// Every account's state, and what is to be done
    Overview,
    /// What Keyfob knows of services; with an ID, one of them
    Playbooks {
        /// As the list calls it
        id: Option<String>,
    },
    /// Put the one account that matches into the trash
    Delete {
        /// Words of the issuer or label, or an id
        query: String,
    },
    /// What is in the trash; put it back, or delete it for good
    Trash {
        #[command(subcommand)]
        what: Option<Trash>,
    },
    /// Make a recovery key: a key on paper that opens the vault when all else is lost
    #[command(name = "recovery-key", subcommand)]
    RecoveryKey(RecoveryKey),
    /// Set, change or remove the passphrase
    #[command(subcommand)]
    Passphrase(PassphraseCommand),
    /// Who can open the vault
    Recipients {
        #[command(subcommand)]
        what: Option<Recipients>,
    },
    /// Past versions of the vault; with a NAME, what is in one and how it differs from now
    Snapshots {
        /// As the list calls it
        name: Option<String>,
    },
    /// Versions that a computer saved which was removed: they wait until you take them in or set them aside
    Waiting {
        #[command(subcommand)]
        what: Option<Waiting>,
    },
    /// Restore a backup, a past version, or a damaged vault
    Restore(Restore),
    /// Make backups, each opened again and compared
    Backup(Backup),
    /// Lock the vault, in the window too
    Lock,
    /// Unlock a vault that was locked and that this computer's keychain opens
    Unlock,
    /// Look whether everything is well
    Doctor,
}

#[derive(clap::Args)]
pub struct Enroll {
    /// Words of the issuer or label, or an id
    pub query: String,
    /// Choose a playbook first (see fob playbooks)
    #[arg(long, value_name = "ID")]
    pub playbook: Option<String>,
    #[command(flatten)]
    pub codes: CodesPassphrase,
    #[command(subcommand)]
    pub what: Option<EnrollStep>,
}

#[derive(Subcommand)]
pub enum EnrollStep {
    /// The service accepted a code
    Accepted,
    /// The service did not accept a code: find out why
    Refused {
        /// The code that was typed there
        #[arg(default_value = "", hide_default_value = true)]
        code: String,
    },
    /// Keep the recovery codes that are in a text
    Keep(Keep),
    /// The service gives no recovery codes
    NoCodes,
    /// The service gives recovery codes after all
    CodesExpected,
    /// Two-factor authentication was switched off at the service
    Off,
    /// The service shows a new code: its key takes the place of the old one
    Again {
        /// A picture file, an otpauth:// address, or - for standard input
        source: String,
    },
    /// Go on at a step, from 0
    Step {
        /// Its place in the playbook
        number: usize,
    },
    /// Leave the guide; the account stays as it is
    Leave,
    /// What the account guards: the place of the recovery kit, of a backup, both, or (without either) nothing
    Guards {
        /// The recovery kit lies behind this account
        #[arg(long)]
        kit: bool,
        /// A backup lies behind this account
        #[arg(long)]
        backup: bool,
    },
    /// Take the last act back
    Undo,
}

#[derive(clap::Args)]
pub struct Keep {
    /// A file with the codes; standard input where there is none
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Take those too that may be something else
    #[arg(long)]
    pub all: bool,
    /// One code that is replaced at each use, or a set of codes that are used once each
    #[arg(long, value_enum)]
    pub kind: Option<CodesKind>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CodesKind {
    Set,
    Rotating,
}

#[derive(clap::Args)]
pub struct Recovery {
    /// Words of the issuer or label, or an id
    pub query: String,
    #[command(flatten)]
    pub codes: CodesPassphrase,
    #[command(subcommand)]
    pub what: RecoveryCommand,
}

#[derive(Subcommand)]
pub enum RecoveryCommand {
    /// The codes that count, and the state of each
    Show {
        /// The codes themselves too
        #[arg(long)]
        reveal: bool,
    },
    /// Keep first ones
    Set(Keep),
    /// Keep new ones; the old ones are void
    Rotate(Keep),
    /// Take one to use it: the first that was not used
    Use {
        /// Another one, by its number
        #[arg(long, value_name = "N")]
        number: Option<usize>,
        /// Put it on the clipboard for a minute
        #[arg(long)]
        copy: bool,
    },
    /// Say what became of the one that was taken
    Answer {
        /// worked, not-used or refused
        answer: Answer,
        /// Which, by its number, where several were taken
        #[arg(long, value_name = "N")]
        number: Option<usize>,
    },
    /// Write a page to print, with the codes that are left
    Print {
        /// A file that is not there yet
        #[arg(value_name = "FILE.html")]
        file: PathBuf,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    Worked,
    NotUsed,
    Refused,
}

/// Opens recovery codes that have a passphrase of their own.
#[derive(clap::Args)]
pub struct CodesPassphrase {
    /// A file whose first line is the recovery codes' own passphrase
    #[arg(long, global = true, value_name = "FILE")]
    pub codes_passphrase_file: Option<PathBuf>,
    /// A file with the vault's recovery key, which opens them too
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "codes_passphrase_file")]
    pub codes_recovery_key_file: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct RecoveryPassphrase {
    #[command(flatten)]
    pub codes: CodesPassphrase,
    #[command(subcommand)]
    pub what: Option<RecoveryPassphraseCommand>,
}

#[derive(Subcommand)]
pub enum RecoveryPassphraseCommand {
    /// Set one, and seal all recovery codes to it
    Set {
        /// A file whose first line is the new passphrase
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Change it
    Change {
        /// A file whose first line is the new passphrase
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Remove it: the codes lie in the vault as everything else does
    Remove,
}

#[derive(Subcommand)]
pub enum Trash {
    /// Take the one account that matches out of the trash
    Restore {
        /// Words of the issuer or label, or an id
        query: String,
    },
    /// Delete the one account that matches for good, from past versions too
    Delete {
        /// Words of the issuer or label, or an id
        query: String,
    },
    /// Delete all that is in it for good, from past versions too
    Empty,
}

#[derive(Subcommand)]
pub enum Waiting {
    /// Put this computer's version in the place of a vault.age that none of your keys opens; that file is set aside
    Replace,
    /// Add what is in it to this vault
    Take {
        /// As the list calls it
        name: String,
    },
    /// Keep it as a file, and take nothing from it
    SetAside {
        /// As the list calls it
        name: String,
    },
}

#[derive(Subcommand)]
pub enum RecoveryKey {
    /// Make one and show it once
    New {
        /// In the place of the one that there is
        #[arg(long)]
        instead: bool,
        /// Write a page to print, with a QR code, into this file
        #[arg(long, value_name = "FILE.html")]
        kit: Option<PathBuf>,
    },
    /// Show that you have it: type it (or hand it over on standard input)
    Prove,
}

#[derive(Subcommand)]
pub enum PassphraseCommand {
    /// Set a first one
    Set {
        /// A file whose first line is the new passphrase
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Change it
    Change {
        /// A file whose first line is the new passphrase
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        /// The old one is not known; the vault opens by another key
        #[arg(long)]
        forgotten: bool,
    },
    /// Remove it
    Remove,
}

#[derive(Subcommand)]
pub enum Recipients {
    /// Let this computer's keychain open the vault
    AddDevice,
    /// Remove who is called NAME (age1…, or a kind that only one has)
    Remove {
        /// As the list calls it
        name: String,
        /// An age identity file that is to open the vault from now on, where it is open by the very key that goes
        #[arg(long, value_name = "FILE")]
        proof_identity: Option<PathBuf>,
        /// A file with the passphrase that is to open the vault from now on
        #[arg(long, value_name = "FILE", conflicts_with = "proof_identity")]
        proof_passphrase_file: Option<PathBuf>,
    },
    /// Make new keys for everyone who is at hand
    Rekey {
        /// A file whose first line is the passphrase for the new key
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        /// Write a page to print, with the new recovery key, into this file
        #[arg(long, value_name = "FILE.html")]
        kit: Option<PathBuf>,
    },
}

#[derive(clap::Args)]
pub struct Restore {
    /// A backup, or a vault.age from elsewhere
    #[arg(value_name = "FILE", required_unless_present_any = ["snapshot", "damaged", "accept"])]
    pub file: Option<PathBuf>,
    /// An age identity file that opens the backup
    #[arg(long, value_name = "FILE", requires = "file")]
    pub backup_identity: Option<PathBuf>,
    /// A file with the passphrase of the backup
    #[arg(long, value_name = "FILE", requires = "file", conflicts_with = "backup_identity")]
    pub backup_passphrase_file: Option<PathBuf>,
    /// Take also what differs there of accounts that are here: another key, recovery codes, what was used or turned off
    #[arg(long, requires = "file")]
    pub take_differences: bool,
    /// Put accounts back as they were in this past version
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    pub snapshot: Option<String>,
    /// Only the accounts that match, by their ids or words
    #[arg(long, value_name = "QUERY", requires = "snapshot")]
    pub only: Vec<String>,
    /// Put the newest past version in the place of a damaged, forged or missing vault file
    #[arg(long, conflicts_with_all = ["file", "snapshot"])]
    pub damaged: bool,
    /// Take the vault that lies there for the right one, though it is not the one that this computer knows, or only a former
    /// passphrase opens it
    #[arg(long, conflicts_with_all = ["file", "snapshot", "damaged"])]
    pub accept: bool,
}

#[derive(clap::Args)]
pub struct Backup {
    /// Make a single one in this folder
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Let backups go to this folder from now on
    #[arg(long, value_name = "FOLDER", conflicts_with = "folder")]
    pub add: Option<PathBuf>,
    /// How many to keep there
    #[arg(long, value_name = "N", default_value_t = 10, requires = "add")]
    pub keep: u32,
    /// Make one after so many changes; 0 for by hand only
    #[arg(long, value_name = "N", default_value_t = 1, requires = "add")]
    pub every: u32,
    /// Let no more backups go to this folder
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["folder", "add"])]
    pub remove: Option<PathBuf>,
    /// Show where backups go, and make none
    #[arg(long, conflicts_with_all = ["folder", "add", "remove"])]
    pub list: bool,
}

#[derive(clap::Args)]
pub struct Add {
    /// Pictures, addresses, or - for standard input
    #[arg(value_name = "SOURCE", required_unless_present_any = ["key", "clipboard", "screen", "region", "camera"])]
    pub sources: Vec<String>,
    /// Take the picture or text on the clipboard
    #[arg(long)]
    pub clipboard: bool,
    /// Look for codes on every monitor
    #[arg(long)]
    pub screen: bool,
    /// Draw a rectangle around the code on the screen
    #[arg(long, conflicts_with = "screen")]
    pub region: bool,
    /// Hold a code in front of the camera: the first, or the one of this name or number
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", require_equals = true)]
    pub camera: Option<String>,
    /// A setup key in Base32 (safer on standard input)
    #[arg(long, value_name = "BASE32", conflicts_with_all = ["sources", "clipboard", "screen", "region", "camera"])]
    pub key: Option<String>,
    /// The service
    #[arg(long)]
    pub issuer: Option<String>,
    /// Which account there
    #[arg(long)]
    pub label: Option<String>,
    /// SHA1, SHA256 or SHA512
    #[arg(long, requires = "key")]
    pub algorithm: Option<String>,
    /// 5 to 10
    #[arg(long, requires = "key")]
    pub digits: Option<u8>,
    /// Seconds that a code lasts
    #[arg(long, requires = "key")]
    pub period: Option<u32>,
    /// The counter of the next code, for HOTP
    #[arg(long, requires = "key")]
    pub counter: Option<String>,
    /// The type of code
    #[arg(long = "type", value_enum)]
    pub kind: Option<Kind>,
    /// Every question is answered with yes
    #[arg(skip)]
    pub yes: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Totp,
    Hotp,
    Steam,
}

#[derive(clap::Args)]
pub struct Code {
    /// Words of the issuer or label, or an id
    #[arg(default_value = "", hide_default_value = true)]
    pub query: String,
    /// The codes after the present ones
    #[arg(long)]
    pub next: bool,
    /// Put the code of the one account that matches on the clipboard
    #[arg(long)]
    pub copy: bool,
    /// Go on showing codes until interrupted
    #[arg(long, conflicts_with_all = ["advance", "copy"])]
    pub watch: bool,
    /// Use up the next code of the one HOTP account that matches
    #[arg(long)]
    pub advance: bool,
}
