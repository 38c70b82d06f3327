//! From accounts to what other apps read.

pub mod google_migration;
