//! What `fob check`, `clock`, `compare` and `move` are asked for.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

#[derive(clap::Args)]
pub struct Check {
    /// Words of the issuer or label, or an id
    pub query: String,
    /// The code; and, where it cannot be told from that alone, the next one that the other device shows
    #[arg(required = true, num_args = 1..=2, value_name = "CODE")]
    pub codes: Vec<String>,
    /// How many steps, or counters, are looked at on either side (20, and 2880 at most); the more, the poorer the odds
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(0..=2880))]
    pub window: Option<u32>,
    /// Of an HOTP account: set the counter to where the other device stands
    #[arg(long)]
    pub set_counter: bool,
}

#[derive(clap::Args)]
pub struct Clock {
    /// Ask this host for the time, by SNTP and HTTPS, or as sntp://HOST[:PORT] or https://HOST[:PORT]; nothing else is contacted
    #[arg(long, value_name = "HOST")]
    pub online: Vec<String>,
    /// Set codes off from this computer's clock, which is wrong and cannot be set; 0 ends that
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub offset: Option<i64>,
}

#[derive(clap::Args)]
pub struct Compare {
    /// The file that the other device made
    #[arg(value_name = "FILE", required_unless_present = "make")]
    pub file: Option<PathBuf>,
    /// A file with the short code that the other device showed; otherwise it is asked for, or read from standard input
    #[arg(long, value_name = "FILE", requires = "file")]
    pub code_file: Option<PathBuf>,
    /// Make such a file for the other device, and show the short code for it
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub make: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct Move {
    #[command(subcommand)]
    pub what: Option<MoveCommand>,
}

#[derive(Subcommand)]
pub enum MoveCommand {
    /// Where every account stands; exits with 0 once the old device is safe to wipe
    Status,
    /// Begin
    Start {
        /// What the other device is called
        #[arg(default_value = "", hide_default_value = true)]
        other: String,
        /// This Keyfob is the new device: the keys are here already, and the other one is to be wiped
        #[arg(long)]
        here: bool,
    },
    /// Show the QR code of the one account that matches; it is a key
    Show {
        /// Words of the issuer or label, or an id
        query: String,
        /// Write it as a picture
        #[arg(short, long = "output", value_name = "FILE.png")]
        out: Option<PathBuf>,
    },
    /// Show accounts as the QR codes of Google Authenticator's export, up to ten in each, one after the other
    Google {
        /// Each the words of one account, or its id; without one, all that are to be moved
        queries: Vec<String>,
        /// Write them as pictures
        #[arg(short, long = "output", value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Write accounts, with their recovery codes, into a file for another Keyfob, sealed to a passphrase
    File {
        /// Each the words of one account, or its id; without one, all that are to be moved
        queries: Vec<String>,
        /// A file that is not there yet
        #[arg(short, long = "output", value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        password: PasswordFile,
    },
    /// Take such a file in
    Receive {
        /// The file
        file: PathBuf,
        /// Take also what differs there of accounts that are here: another key, recovery codes, what was used or turned off
        #[arg(long)]
        take_differences: bool,
        #[command(flatten)]
        password: PasswordFile,
    },
    /// Accounts are on the other device now
    Moved {
        /// Each the words of one account, or its id
        #[arg(required = true)]
        queries: Vec<String>,
        /// How they came there
        #[arg(long, value_enum, default_value = "otherwise")]
        by: By,
    },
    /// Accounts are not on the other device after all
    NotMoved {
        /// Each the words of one account, or its id
        #[arg(required = true)]
        queries: Vec<String>,
    },
    /// Check the one account that matches by the code that the other device shows
    Check {
        /// Words of the issuer or label, or an id
        query: String,
        /// The code; and, where it cannot be told from that alone, the next one
        #[arg(required = true, num_args = 1..=2, value_name = "CODE")]
        codes: Vec<String>,
    },
    /// Let the one account that matches be
    Waive {
        /// Words of the issuer or label, or an id
        query: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        why: String,
        /// Only say that its recovery codes, as they are now, can stay behind
        #[arg(long, conflicts_with = "why")]
        codes: bool,
    },
    /// Do not let it be after all
    Unwaive {
        /// Words of the issuer or label, or an id
        query: String,
        /// Its recovery codes can not stay behind after all
        #[arg(long)]
        codes: bool,
    },
    /// The old device is safe to wipe: end
    Finish,
    /// End, whatever is left
    Drop,
    /// Go on with the one that ended last
    Reopen,
}

#[derive(clap::Args)]
pub struct PasswordFile {
    /// A file whose first line is the passphrase of the transfer file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    Qr,
    GoogleQr,
    File,
    EnrolledAgain,
    Otherwise,
}
