//! Cameras. A child process has one on and looks through every frame ([`watch`]); this process, and the page, are given
//! small pictures in which every code is covered, because a code is a key.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use data_encoding::BASE64;
use image::{GrayImage, ImageFormat, Luma, codecs::jpeg::JpegEncoder, imageops};
use keyfob_core::{
    ports::{CameraError, CameraView, Cameras, Frame},
    qr::{self, Code, PictureError},
};
#[cfg(target_os = "macos")]
use nokhwa::utils::CameraFormat;
use nokhwa::{
    Buffer, Camera, NokhwaError,
    utils::{
        ApiBackend, CameraIndex, CameraInfo, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
    },
};

use crate::contained::{self, PATIENCE, Seen, Watch, Watching, Work, confine};

/// Sizes in pixels in which a code shows well, the best first.
const SIZES: [(u32, u32); 4] = [(1280, 720), (640, 480), (1920, 1080), (800, 600)];
/// What is understood of what cameras send.
const FORMATS: [FrameFormat; 6] = [
    FrameFormat::YUYV,
    FrameFormat::NV12,
    FrameFormat::GRAY,
    FrameFormat::MJPEG,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
];
/// For how many frames a code stays covered after it was read last: between, it may be too blurred for us alone.
const COVERED: usize = 15;
/// The width of what is shown, in pixels.
const SHOWN: u32 = 480;
/// The quality of the JPEG that is shown, of 100.
const QUALITY: u8 = 70;
/// What covers a code.
const COVER: Luma<u8> = Luma([235]);
/// How much of the processor's time goes into one frame: the next one may be sharper.
const ENOUGH: Duration = Duration::from_millis(200);

/// The cameras of this computer.
#[derive(Default)]
pub struct SystemCameras(Mutex<Option<Arc<Watching>>>);

impl Cameras for SystemCameras {
    fn list(&self) -> Result<Vec<CameraView>, CameraError> {
        contained::cameras()
    }

    fn start(&self, id: &str) -> Result<(), CameraError> {
        self.stop();
        let watching = Watching::start(id).ok_or(CameraError::Unavailable)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(watching));
        Ok(())
    }

    fn frame(&self) -> Result<Frame, CameraError> {
        let watching = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let watching = watching.ok_or(CameraError::Stopped)?;
        // One that gives nothing is not left on.
        let Seen { jpeg, codes, unread } = watching.frame().inspect_err(|_| watching.end())?;
        let jpeg = BASE64.decode(jpeg.as_bytes()).map_err(|_| CameraError::Unavailable)?;
        Ok(Frame { jpeg, codes, unread })
    }

    fn stop(&self) {
        let watching = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(watching) = watching {
            watching.end();
        }
    }
}

/// Lists them, in a child.
pub(crate) fn list() -> Result<Vec<CameraView>, CameraError> {
    let mut found = nokhwa::query(ApiBackend::Auto).map_err(|error| why(&error))?;
    found.retain(|info| films(info.index()));
    found.sort_by_key(|info| (info.index().as_index().ok(), info.human_name()));
    let view = |info: CameraInfo| CameraView { id: info.index().as_string(), name: info.human_name() };
    let cameras: Vec<CameraView> = found.into_iter().map(view).collect();
    if cameras.is_empty() { Err(CameraError::None) } else { Ok(cameras) }
}

/// Not every device that Linux lists among cameras gives pictures. One that cannot be opened is listed: opening it says why.
#[cfg(target_os = "linux")]
fn films(index: &CameraIndex) -> bool {
    let Ok(index) = index.as_index() else { return true };
    let asked = v4l::Device::new(index as usize).and_then(|device| device.query_caps());
    asked.map_or(true, |caps| caps.capabilities.contains(v4l::capability::Flags::VIDEO_CAPTURE))
}

#[cfg(not(target_os = "linux"))]
fn films(_: &CameraIndex) -> bool {
    true
}

/// Shows what a camera sees, frame by frame, until `show` wants no more; in a child.
pub(crate) fn watch(id: &str, mut show: impl FnMut(Result<Seen, CameraError>) -> bool) {
    let mut camera = match permission().and_then(|()| open(id)) {
        Ok(camera) => camera,
        Err(why) => {
            show(Err(why));
            return;
        }
    };
    let mut covers = Covers::new();
    let mut is_confined = false;
    loop {
        let frame = camera.frame();
        if !is_confined && frame.is_ok() {
            // It may be JPEG, and what it shows are strangers' codes. The camera is on, and takes nothing more to be opened.
            let _ = confine(Work::Filming);
            is_confined = true;
        }
        let seen = match frame {
            Ok(frame) => grey(&frame).map(|grey| look(&grey, &mut covers)),
            Err(error) => Some(Err(why(&error))),
        };
        // A frame that broke off on its way is followed by another.
        let Some(seen) = seen else { continue };
        let is_last = seen.is_err();
        if !show(seen) || is_last {
            return;
        }
    }
}

/// Asks the person, where the system wants that; it remembers the answer.
fn permission() -> Result<(), CameraError> {
    let (send, answer) = mpsc::channel();
    nokhwa::nokhwa_initialize(move |granted| {
        // Nobody waits any more.
        let _ = send.send(granted);
    });
    match answer.recv_timeout(PATIENCE) {
        Ok(true) => Ok(()),
        _ => Err(CameraError::Refused),
    }
}

fn open(id: &str) -> Result<Camera, CameraError> {
    let index = id.parse().map_or_else(|_| CameraIndex::String(id.to_owned()), CameraIndex::Index);
    let mut last = CameraError::Unavailable;
    for wanted in wanted(&index) {
        match Camera::new(index.clone(), RequestedFormat::with_formats(wanted, &FORMATS)) {
            Ok(mut camera) => {
                camera.open_stream().map_err(|error| why(&error))?;
                return Ok(camera);
            }
            Err(error) => last = why(&error),
        }
        if last != CameraError::Unavailable {
            break;
        }
    }
    Err(last)
}

/// What is asked of a camera, one after the other until it can: the most frames of a size that shows a code well.
#[cfg(not(target_os = "macos"))]
fn wanted(_: &CameraIndex) -> Vec<RequestedFormatType> {
    let sizes = SIZES.map(|(width, height)| Resolution::new(width, height));
    let sizes = sizes.into_iter().map(RequestedFormatType::HighestResolution);
    sizes.chain([RequestedFormatType::None]).collect()
}

/// As elsewhere; but a size with a rate of another format would end the process, so only what the system lists is asked for,
/// and of a size the last, as nokhwa finds it again.
#[cfg(target_os = "macos")]
fn wanted(index: &CameraIndex) -> Vec<RequestedFormatType> {
    let device = nokhwa_bindings_macos::AVCaptureDevice::new(index);
    let listed = device.and_then(|device| device.supported_formats_raw()).unwrap_or_default();
    let of_size = |(width, height): (u32, u32)| {
        let is_wanted = |format: &&nokhwa_bindings_macos::AVCaptureDeviceFormat| {
            let size = format.resolution;
            size.width == i32::try_from(width).unwrap_or(0)
                && size.height == i32::try_from(height).unwrap_or(0)
        };
        let format = listed.iter().rev().find(is_wanted)?;
        let most = format.fps_list.iter().copied().fold(0.0, f64::max);
        let size = Resolution::new(width, height);
        Some(RequestedFormatType::Exact(CameraFormat::new(size, FrameFormat::YUYV, most as u32)))
    };
    SIZES.into_iter().filter_map(of_size).collect()
}

/// The grey of a frame.
fn grey(frame: &Buffer) -> Option<GrayImage> {
    let (bytes, Resolution { width_x: width, height_y: height }) = (frame.buffer(), frame.resolution());
    let pixels = width as usize * height as usize;
    // Rows may be longer than what they show.
    let row = bytes.len() / (height as usize).max(1);
    let every = |nth: usize, first: usize| -> Vec<u8> {
        let rows = bytes.chunks_exact(row.max(1)).take(height as usize);
        rows.flat_map(|row| row.iter().skip(first).step_by(nth).take(width as usize)).copied().collect()
    };
    let luma = match frame.source_frame_format() {
        FrameFormat::YUYV => every(2, 0),
        FrameFormat::NV12 => bytes.get(..pixels)?.to_vec(),
        FrameFormat::GRAY => every(1, 0),
        FrameFormat::MJPEG => {
            return Some(image::load_from_memory_with_format(bytes, ImageFormat::Jpeg).ok()?.into_luma8());
        }
        // Green is most of what is light.
        FrameFormat::RAWRGB | FrameFormat::RAWBGR => every(3, 1),
    };
    GrayImage::from_raw(width, height, luma)
}

/// Where codes were in the last frames, and how many frames ago.
type Covers = VecDeque<(usize, [(f32, f32); 4])>;

/// The codes in a frame, and what is shown of it.
fn look(grey: &GrayImage, covers: &mut Covers) -> Result<Seen, CameraError> {
    let (width, height) = grey.dimensions();
    let watch = Watch::begin();
    let found = qr::read_grey(width, height, grey.as_raw().clone(), &|| watch.used() > ENOUGH);
    let part = |(x, y): (f32, f32)| (x / width as f32, y / height as f32);
    let unread = matches!(found, Err(PictureError::CodeUnreadable));
    let codes: Vec<Code> = found
        .unwrap_or_default()
        .codes
        .into_iter()
        .map(|code| Code { corners: code.corners.map(part), ..code })
        .collect();
    let tall = (SHOWN * height / width.max(1)).max(1);
    let mut shown = imageops::thumbnail(grey, SHOWN, tall);
    covers.iter_mut().for_each(|(age, _)| *age += 1);
    covers.retain(|(age, _)| *age < COVERED);
    covers.extend(codes.iter().map(|code| (0, code.corners)));
    covers.iter().for_each(|(_, corners)| cover(&mut shown, corners));
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    encoder.encode_image(&shown).map_err(|_| CameraError::Unavailable)?;
    Ok(Seen { jpeg: BASE64.encode(&jpeg), codes, unread })
}

/// Paints over what is between the corners, and a little more.
fn cover(shown: &mut GrayImage, corners: &[(f32, f32); 4]) {
    let (width, height) = (shown.width() as f32, shown.height() as f32);
    let middle = |part: fn(&(f32, f32)) -> f32| corners.iter().map(part).sum::<f32>() / 4.0;
    let (cx, cy) = (middle(|p| p.0), middle(|p| p.1));
    let grown = corners.map(|(x, y)| ((cx + (x - cx) * 1.1) * width, (cy + (y - cy) * 1.1) * height));
    for (x, y, pixel) in shown.enumerate_pixels_mut() {
        let side = |n: usize| {
            let ((x0, y0), (x1, y1)) = (grown[n], grown[(n + 1) % 4]);
            (x1 - x0) * (y as f32 - y0) - (y1 - y0) * (x as f32 - x0) > 0.0
        };
        if (1..4).all(|n| side(n) == side(0)) {
            *pixel = COVER;
        }
    }
}

/// nokhwa hands on what the system said as text: its number tells, or the word.
fn why(error: &NokhwaError) -> CameraError {
    let text = error.to_string().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["os error 13)", "os error 1)", "denied", "not authorized", "0x80070005"]) {
        CameraError::Refused
    } else if says(&["os error 2)", "os error 19)"]) {
        CameraError::None
    } else {
        CameraError::Unavailable
    }
}
