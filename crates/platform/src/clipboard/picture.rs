//! The picture on the clipboard, as the bytes of a file. It may come from any web page, so that whoever takes it off the
//! clipboard decodes nothing.

use zeroize::Zeroizing;

/// On Linux it lies there as a PNG file, and is left closed.
#[cfg(target_os = "linux")]
pub(super) fn on(_: &mut arboard::Clipboard) -> Option<Zeroizing<Vec<u8>>> {
    let is_wayland = std::env::var_os("WAYLAND_DISPLAY").is_some();
    // Not every Wayland desktop lets a program without a window look; then X11 has the same clipboard.
    let file = is_wayland.then(wayland).flatten().or_else(|| x11().ok())?;
    (!file.is_empty()).then_some(file)
}

#[cfg(target_os = "linux")]
const PNG: &str = "image/png";

/// Empty where there is no picture; `None` where the desktop does not answer.
#[cfg(target_os = "linux")]
fn wayland() -> Option<Zeroizing<Vec<u8>>> {
    use std::io::Read as _;

    use keyfob_core::qr::MAX_BYTES;
    use wl_clipboard_rs::paste::{ClipboardType, Error, MimeType, Seat, get_contents};

    let mut file = Zeroizing::new(Vec::new());
    match get_contents(ClipboardType::Regular, Seat::Unspecified, MimeType::Specific(PNG)) {
        // One that is longer than any is cut off, and refused when it is read.
        Ok((pipe, _)) => drop(pipe.take(MAX_BYTES as u64 + 1).read_to_end(&mut file).ok()?),
        Err(Error::ClipboardEmpty | Error::NoMimeType | Error::NoSeats) => {}
        Err(_) => return None,
    }
    Some(file)
}

#[cfg(target_os = "linux")]
fn x11() -> Result<Zeroizing<Vec<u8>>, x11_clipboard::error::Error> {
    /// How long the program that has the picture may take to hand it out.
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);

    let clipboard = x11_clipboard::Clipboard::new()?;
    let atoms = &clipboard.getter.atoms;
    let png = clipboard.getter.get_atom(PNG)?;
    clipboard.load(atoms.clipboard, png, atoms.property, PATIENCE).map(Zeroizing::new)
}

/// Elsewhere the system's own picture is taken: Windows has pixels, and macOS turns what is there into one of its own. These
/// pixels are raw, and go on to the one who looks for codes in them.
#[cfg(not(target_os = "linux"))]
pub(super) fn on(clipboard: &mut arboard::Clipboard) -> Option<Zeroizing<Vec<u8>>> {
    let found = clipboard.get_image().ok()?;
    let side = |n: usize| u32::try_from(n).ok();
    let pixels =
        image::RgbaImage::from_raw(side(found.width)?, side(found.height)?, found.bytes.into_owned())?;
    let mut file = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut file, image::ImageFormat::Bmp).ok()?;
    Some(Zeroizing::new(file.into_inner()))
}
