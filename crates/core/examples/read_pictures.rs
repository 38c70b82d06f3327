//! Reads the pictures named on standard input, one a line, and prints what was found in each and how long it took, as a JSON
//! text a line. For `cargo xtask bench qr`; nothing is contained here.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures, and prints")]

use std::{
    fs, io,
    time::{Duration, Instant},
};

use keyfob_core::qr;

fn main() -> io::Result<()> {
    for file in io::stdin().lines() {
        let file = file?;
        let bytes = fs::read(&file)?;
        let started = Instant::now();
        let read = qr::read(&bytes, &|| started.elapsed() > Duration::from_millis(800));
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        let unread = read == Err(qr::PictureError::CodeUnreadable);
        let texts: Vec<String> = read.unwrap_or_default().codes.into_iter().map(|code| code.text).collect();
        println!("{}", serde_json::json!({ "file": file, "texts": texts, "unread": unread, "ms": ms }));
    }
    Ok(())
}
