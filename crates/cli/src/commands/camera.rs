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
    let CameraView { id, name } = choose(keyfob.cameras().list()?, name)?;
    keyfob.start_camera(&id)?;
    output.remark(&format!("Hold the code in front of the camera ({name}). Ctrl+C ends."));
    let preview = watch(keyfob, output);
    keyfob.stop_camera();
    preview
}

fn choose(cameras: Vec<CameraView>, name: &str) -> Result<CameraView, Failure> {
    let is_meant =
        |camera: &CameraView| camera.id == name || camera.name.to_lowercase().contains(&name.to_lowercase());
    let names: Vec<String> = cameras.iter().map(|c| format!("{} ({})", c.name, c.id)).collect();
    let meant = cameras.into_iter().find(is_meant);
    meant.ok_or_else(|| Failure::usage(&format!("there is no such camera; there are: {}", names.join(", "))))
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
