//! `fob add`.

use std::{
    io::{self, Read},
    path::Path,
    process::ExitCode,
};

use keyfob_core::{
    ErrorCode,
    account::AccountError,
    app::{
        Keyfob,
        preview::{Pick, TypedKey},
        views::{AccountView, CandidateView, ErrorView, ExportView, PreviewView},
    },
    error::Explain,
    otp::OtpKind,
    ports::ScreenPart,
    qr,
};
use keyfob_platform::picture_files;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{camera, named::name};
use crate::{
    args::{Add, Kind},
    failure::Failure,
    output::Output,
    terminal,
};

/// All that came of all sources.
#[derive(Default, Serialize)]
struct Report {
    added: Vec<AccountView>,
    duplicates: Vec<AccountView>,
    rejected: Vec<Refused>,
    /// Sources that gave nothing, where there are several.
    failed: Vec<Unread>,
    created_vault: bool,
    /// Exports in several parts, with those that are still missing.
    exports: Vec<ExportView>,
}

/// A source that gave nothing.
#[derive(Serialize)]
struct Unread {
    /// Which, from 1. Not what it was: that may be a key.
    source: usize,
    error: Failure,
}

/// Something that could not be read.
#[derive(Serialize)]
struct Refused {
    source: String,
    index: usize,
    reason: ErrorView,
}

pub fn run(keyfob: &mut Keyfob, mut add: Add, output: &Output) -> Result<ExitCode, Failure> {
    // A vault that cannot be opened is said before anything is read; a missing one is created by adding.
    if let Err(error) = keyfob.open()
        && error.code() != ErrorCode::VaultNone
    {
        return Err(error.into());
    }
    let mut report = Report::default();
    if let Some(key) = add.key.take() {
        let typed = TypedKey {
            key,
            issuer: add.issuer.clone().unwrap_or_default(),
            label: add.label.clone().unwrap_or_default(),
            kind: add.kind.map(kind),
            algorithm: add.algorithm.take(),
            digits: add.digits,
            period: add.period,
            counter: add.counter.take(),
        };
        let preview = keyfob.preview_key(&typed)?;
        keep(keyfob, "--key", &preview, &add, output, &mut report)?;
    }
    if add.clipboard {
        let preview = keyfob.preview_clipboard()?;
        keep(keyfob, "the clipboard", &preview, &add, output, &mut report)?;
    }
    if add.screen || add.region {
        let part = if add.region { ScreenPart::Region } else { ScreenPart::Whole };
        let seen = keyfob.screen().look(part);
        let preview = keyfob.preview_screen(seen)?.ok_or_else(Failure::cancelled)?;
        keep(keyfob, "the screen", &preview, &add, output, &mut report)?;
    }
    if let Some(name) = &add.camera {
        let preview = camera::preview(keyfob, name, output)?;
        keep(keyfob, "the camera", &preview, &add, output, &mut report)?;
    }
    let mut first_failure = None;
    for (number, source) in add.sources.iter().enumerate() {
        // One bad source does not keep the others out; it decides the exit status.
        let name = if is_address(source) { "the address" } else { source };
        let kept = preview(keyfob, source)
            .and_then(|preview| keep(keyfob, name, &preview, &add, output, &mut report));
        if let Err(failure) = kept {
            if add.sources.len() > 1 {
                output.remark(&format!("source {}: {}", number + 1, failure.line()));
                report.failed.push(Unread { source: number + 1, error: failure.clone() });
            }
            first_failure.get_or_insert(failure);
        }
    }
    report.exports = keyfob.exports();
    for ExportView { parts, seen, missing } in report.exports.iter().filter(|e| !e.missing.is_empty()) {
        let missing: Vec<String> = missing.iter().map(u32::to_string).collect();
        let missing = missing.join(", ");
        output.remark(&format!(
            "{} of {parts} parts of an export; still missing: {missing}. Add them too.",
            seen.len()
        ));
    }
    let nothing = report.failed.is_empty()
        && report.added.is_empty()
        && report.duplicates.is_empty()
        && report.rejected.is_empty();
    if !nothing || first_failure.is_none() {
        output.answer(&report, |report| lines(report, &keyfob.place()))?;
    }
    match first_failure {
        Some(failure) => Err(failure),
        None if report.rejected.is_empty() => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::from(5)),
    }
}

/// Whether a type that was asked for is what was found, or what it may be.
fn fits(wanted: Kind, one: &CandidateView) -> bool {
    one.settings.kind == kind(wanted) || (wanted == Kind::Steam && one.maybe_steam)
}

const fn kind(kind: Kind) -> OtpKind {
    match kind {
        Kind::Totp => OtpKind::Totp,
        Kind::Hotp => OtpKind::Hotp,
        Kind::Steam => OtpKind::Steam,
    }
}

fn is_address(source: &str) -> bool {
    source.contains("://") || source.starts_with("otpauth")
}

/// What a source holds.
pub fn preview(keyfob: &mut Keyfob, source: &str) -> Result<PreviewView, Failure> {
    if is_address(source) && !Path::new(source).exists() {
        return Ok(keyfob.preview_text(source)?);
    }
    let bytes = read(source).map_err(|cause| Failure::file(source, &cause))?;
    match keyfob.preview_pictures(&[&*bytes]) {
        Err(error) if error.code() == ErrorCode::PictureUnknown => match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(keyfob.preview_text(text)?),
            Err(_) => Err(error.into()),
        },
        preview => Ok(preview?),
    }
}

/// At most one byte more than the largest picture, which is then refused as too large.
fn read(source: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    if source != "-" {
        return picture_files::read_one(Path::new(source)).map(Zeroizing::new);
    }
    let mut bytes = Zeroizing::new(Vec::new());
    io::stdin().lock().take(qr::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Keeps all of a preview. The names that were given go to a single account.
fn keep(
    keyfob: &mut Keyfob,
    source: &str,
    preview: &PreviewView,
    add: &Add,
    output: &Output,
    report: &mut Report,
) -> Result<(), Failure> {
    let single = preview.candidates.len() == 1;
    if let Some(wanted) = add.kind
        && source != "--key"
        && !preview.candidates.iter().all(|one| fits(wanted, one))
    {
        return Err(Failure::usage("--type does not change what an address says; it goes with --key"));
    }
    if !single && (add.issuer.is_some() || add.label.is_some()) {
        return Err(Failure::usage("--issuer and --label go with a single account, and there are several"));
    }
    for one in &preview.candidates {
        if one.settings.short_key {
            output.remark(&format!(
                "{}: the service gave a key of under 128 bits; it works.",
                name(&one.issuer, &one.label)
            ));
        }
        if one.settings.kind == OtpKind::Hotp && one.duplicate_of.is_none() {
            output.remark(&format!(
                "{}: it counts its codes. Two computers that are offline may both give the same one; the service takes it once.",
                name(&one.issuer, &one.label)
            ));
        }
        if one.maybe_steam && add.kind.is_none() {
            output.remark("This may be a key for Steam's own codes: if Steam refuses the code, add it with --type steam.");
        }
    }
    let pick = |(index, one): (usize, &CandidateView)| {
        let label = told_apart(keyfob, one, add, single)?.or_else(|| add.label.clone());
        Ok(Pick { index, issuer: add.issuer.clone(), label, steam: add.kind == Some(Kind::Steam) })
    };
    let picks = preview.candidates.iter().enumerate().map(pick).collect::<Result<Vec<_>, Failure>>()?;
    let added = keyfob.add(preview.id, picks.len(), &picks)?;
    report.added.extend(added.added);
    report.duplicates.extend(added.duplicates);
    report.created_vault |= added.created_vault;
    report.rejected.extend(preview.rejected.iter().map(|r| Refused {
        source: source.to_owned(),
        index: r.index,
        reason: r.reason.clone(),
    }));
    Ok(())
}

/// A label that tells an account from another of the same names: asked for, or, among many, a number behind it.
fn told_apart(
    keyfob: &Keyfob,
    one: &CandidateView,
    add: &Add,
    single: bool,
) -> Result<Option<String>, Failure> {
    let issuer = add.issuer.as_deref().unwrap_or(&one.issuer);
    let label = add.label.as_deref().unwrap_or(&one.label);
    let free = keyfob.free_label(issuer, label);
    if one.duplicate_of.is_some() || free.is_none() || !single || add.yes {
        return Ok(free.filter(|_| one.duplicate_of.is_none()));
    }
    if !terminal::is_there() {
        return Err(AccountError::SameNames.into());
    }
    let question = format!("Another account is called {}. What is this one called", name(issuer, label));
    let typed = terminal::line(&question)?;
    Ok(if typed.is_empty() { free } else { Some(typed) })
}

fn lines(report: &Report, place: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if report.created_vault {
        lines.push(format!("Created a vault in {place}."));
    }
    lines.extend(report.added.iter().map(|a| format!("Added {}.", name(&a.issuer, &a.label))));
    lines.extend(report.duplicates.iter().map(|a| format!("Already there: {}.", name(&a.issuer, &a.label))));
    lines.extend(report.rejected.iter().map(|r| {
        format!("Not added: entry {} of {}: {}. {}", r.index + 1, r.source, r.reason.message, r.reason.remedy)
    }));
    lines
}
