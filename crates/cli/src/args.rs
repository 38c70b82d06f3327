//! What `fob` is asked for.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

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
    /// Answer in JSON, errors too
    #[arg(long, global = true)]
    pub json: bool,
    /// The time to compute codes for, in seconds since 1970 (list and code only)
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
    /// Look whether everything is well
    Doctor,
}

#[derive(clap::Args)]
pub struct Add {
    /// Pictures, addresses, or - for standard input
    #[arg(value_name = "SOURCE", required_unless_present_any = ["key", "clipboard"])]
    pub sources: Vec<String>,
    /// Take the picture or text on the clipboard
    #[arg(long)]
    pub clipboard: bool,
    /// A setup key in Base32 (safer on standard input)
    #[arg(long, value_name = "BASE32", conflicts_with_all = ["sources", "clipboard"])]
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
