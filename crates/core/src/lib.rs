//! Keyfob's domain: secrets, codes, accounts, and the vault that keeps them.
//!
//! This crate decides; it does not reach out. It knows no Tauri, no file system, no network, no wall
//! clock and no randomness of its own: each of them is a trait in [`ports`], handed in as a
//! [`ports::Host`]. The desktop shell and the command line are two faces over [`app::Keyfob`].
//!
//! Where to look: [`otp`] computes codes, [`otp::uri`] reads and writes `otpauth://`, [`import`] turns
//! scanned text into accounts, [`qr`] turns a picture into text, [`vault`] keeps everything,
//! [`companion`] leads through an enrollment by the [`playbook`] of its service and keeps track of [`recovery`] codes, and
//! [`app`] holds one function per thing that a person can do.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod account;
pub mod app;
pub mod clock_check;
pub mod companion;
pub mod device_change;
pub mod enrollment;
pub mod error;
pub mod export;
pub mod fingerprints;
pub mod import;
pub mod merge;
pub mod otp;
pub mod playbook;
pub mod ports;
pub mod qr;
pub mod recovery;
pub mod secret;
pub mod settings;
pub mod stamp;
pub mod sync_check;
pub mod time;
pub mod timeline;
pub mod transfer;
pub mod vault;

pub use error::{Error, ErrorClass, ErrorCode};
