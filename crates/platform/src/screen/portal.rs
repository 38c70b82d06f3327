//! The desktop's own screenshots (org.freedesktop.portal.Screenshot): on Wayland, and in sandboxes, nobody else sees the screen.
//!
//! The desktop asks the person, and puts the picture into a file, which is deleted once it is read: it may show a key.

use std::{env, fs, path::Path};

use ashpd::{
    Error, PortalError,
    desktop::{ResponseError, screenshot::Screenshot},
    zbus,
};
use keyfob_core::ports::{ScreenError, ScreenPart};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::picture_files;

/// Whether the desktop has to be asked.
pub(super) fn is_needed() -> bool {
    let is = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_wayland =
        is("WAYLAND_DISPLAY") || env::var_os("XDG_SESSION_TYPE").is_some_and(|kind| kind == "wayland");
    is_wayland || is("SNAP") || Path::new("/.flatpak-info").exists()
}

/// A picture of all monitors, or of what the person chooses in the desktop's own way: the bytes of its file.
///
/// # Errors
/// [`ScreenError`].
pub(super) fn screenshot(part: ScreenPart) -> Result<Zeroizing<Vec<u8>>, ScreenError> {
    let chooses = part == ScreenPart::Region;
    let uri = zbus::block_on(async {
        let answer = Screenshot::request().interactive(chooses).modal(true).send().await?;
        answer.response().map(|shot| shot.uri().to_string())
    })
    .map_err(|error| why(&error))?;
    let path = uri.strip_prefix("file://").ok_or(ScreenError::Unavailable)?;
    let path = percent_decode_str(path).decode_utf8().map_err(|_| ScreenError::Unavailable)?;
    let path = Path::new(&*path);
    let picture = picture_files::read_one(path).map(Zeroizing::new);
    // In a sandbox it may not be ours to delete.
    let _ = fs::remove_file(path);
    picture.map_err(|_| ScreenError::Unavailable)
}

fn why(error: &Error) -> ScreenError {
    match error {
        Error::Response(ResponseError::Cancelled) => ScreenError::Cancelled,
        // So the portal answers where the person, or a setting of theirs, said no.
        Error::Response(ResponseError::Other) => ScreenError::Refused,
        Error::Portal(PortalError::NotAllowed(_)) => ScreenError::Refused,
        Error::Portal(PortalError::Cancelled(_)) => ScreenError::Cancelled,
        _ => ScreenError::Unavailable,
    }
}
