//! `fob add --camera`: what is held in front of a camera.

use std::time::{Duration, Instant};

use keyfob_core::{
    app::{Keyfob, views::PreviewView},
    ports::CameraView,
};

use crate::{failure::Failure, output::Output};

/// How long something is waited for, from the last that was seen.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for a code in front of the camera that is called `name` (the first, where that is empty), and for all parts of an
/// export.
pub fn preview(keyfob: &mut Keyfob, name: &str, output: &Output) -> Result<PreviewView, Failure> {
    let CameraView { id, name } = choose(&keyfob.cameras().list()?, name)?;
    keyfob.start_camera(&id)?;
    output.remark(&format!("Hold the code in front of the camera ({name}). Ctrl+C ends."));
    let preview = watch(keyfob, output);
    keyfob.stop_camera();
    preview
}

fn choose(cameras: &[CameraView], name: &str) -> Result<CameraView, Failure> {
    let is_called = |camera: &&CameraView| camera.name.to_lowercase().contains(&name.to_lowercase());
    let exactly = cameras.iter().find(|c| c.id == name).or_else(|| cameras.iter().find(|c| c.name == name));
    let mut called = cameras.iter().filter(is_called);
    let meant = match (exactly, called.next(), called.next()) {
        (Some(camera), ..) | (None, Some(camera), None) => Some(camera),
        (None, Some(first), Some(_)) if name.is_empty() => Some(first),
        _ => None,
    };
    meant.cloned().ok_or_else(|| {
        let names: Vec<String> = cameras.iter().map(|c| format!("{} ({})", c.name, c.id)).collect();
        Failure::usage(&format!("that names no camera, or several; there are: {}", names.join(", ")))
    })
}

fn watch(keyfob: &mut Keyfob, output: &Output) -> Result<PreviewView, Failure> {
    let mut last = Instant::now();
    let mut said = String::new();
    let mut partial = None;
    while last.elapsed() < PATIENCE {
        let frame = match keyfob.cameras().frame() {
            // What was collected before the camera broke off is kept.
            Err(why) => return partial.ok_or_else(|| why.into()),
            Ok(frame) => keyfob.preview_frame(&frame)?,
        };
        let says = match (&frame.preview, &frame.problem) {
            (Some(preview), _) => match preview.exports.iter().find(|export| !export.missing.is_empty()) {
                None => return Ok(frame.preview.unwrap_or_default()),
                Some(export) => format!("{} of {} parts.", export.seen.len(), export.parts),
            },
            (None, Some(problem)) => format!("{}. {}", problem.message, problem.remedy),
            (None, None) => String::new(),
        };
        if !says.is_empty() && says != said {
            output.remark(&says);
            last = Instant::now();
            said = says;
        }
        partial = frame.preview.or(partial);
    }
    partial.ok_or_else(Failure::nothing_seen)
}
