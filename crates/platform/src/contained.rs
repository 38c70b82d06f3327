//! Foreign pictures are read by child processes of our own program, with a deadline and a memory limit.
//!
//! Picture decoders and QR engines can panic, hang and swell on hostile input (measured: rqrr alone took
//! over 30 s on some photographs). A child that does is killed, and nothing else is lost. One that does not stays for the
//! next picture, so that the usual one does not pay for a start. Every program that asks for pictures begins with [`begin`],
//! so that it can be its own child.
//!
//! There are two kinds. A *decoder* is given bytes and answers with texts; it has lost everything but its memory and its pipes
//! ([`sandbox`]) before the first of those bytes comes. What *looks* at the screen, the clipboard and the cameras talks to the
//! desktop, and so can reach whatever this person can; it hands on what it is given, still closed, to a decoder of its own. It
//! handles pixels itself only where they are raw: those of a screen, which the desktop has drawn, and those of a camera,
//! and it lets go of everything else before it looks at the first frame of a camera.

mod pictures;
mod sandbox;

use std::{
    io::{self, Read, Write},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use keyfob_core::{
    ports::{CameraError, CameraView, Clip, ClipboardError, Pictures as _, ScreenError, ScreenPart},
    qr::{Code, PictureError, Reading},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use self::pictures::ContainedPictures;
pub(crate) use self::sandbox::{Work, confine};
use crate::clipboard::OnClipboard;

/// The first argument of a child.
const VERB: &str = "--keyfob-contained";
/// The second: what it is to do. These two are decoders.
const PICTURES: &str = "pictures";
/// Says what keeps a decoder from being confined.
const CONFINEMENT: &str = "confinement";
/// These look.
const CLIPBOARD: &str = "clipboard";
const HOLD_CLIPBOARD: &str = "hold-clipboard";
const SCREEN: &str = "screen";
const REGION: &str = "region";
const CAMERAS: &str = "cameras";
/// With the id of one after it.
const CAMERA: &str = "camera:";

/// How long a picture may take by the clock, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(20);
/// How long a person may take to answer what the system asks, or to choose a part of the screen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// After so much of the processor's time on one picture no further attempt is begun, and after so much it is given up.
const ENOUGH: Duration = Duration::from_millis(800);
const TOO_MUCH: Duration = Duration::from_millis(1300);
/// The address space of a child, in bytes: the largest picture thrice over, and the program itself.
#[cfg(unix)]
const MEMORY: u64 = 2 * 1024 * 1024 * 1024;

/// A child's answer: the length of a JSON text, and the text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Codes(Reading),
    Lacking(Vec<String>),
    Text(String),
    Nothing,
    Unavailable,
    Screen(Result<Reading, ScreenError>),
    Cameras(Result<Vec<CameraView>, CameraError>),
    Frame(Result<Seen, CameraError>),
    Failed(PictureError),
    /// The same, from a child that ends because of it.
    Ended(PictureError),
}

/// A frame of a camera, whose bytes follow in Base64.
#[derive(Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) jpeg: String,
    pub(crate) codes: Vec<Code>,
    pub(crate) unread: bool,
}

impl From<Result<Reading, PictureError>> for Answer {
    fn from(read: Result<Reading, PictureError>) -> Answer {
        read.map_or_else(Answer::Failed, Answer::Codes)
    }
}

/// Sees that whatever this process makes is for this person only, whoever makes it for it; and, where it is a child,
/// does the child's work and exits.
pub(crate) fn begin() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|verb| verb == VERB) {
        let done = serve(&arguments.next().unwrap_or_default().to_string_lossy());
        std::process::exit(i32::from(!done));
    }
}

/// What a child does; whether it could.
fn serve(task: &str) -> bool {
    limit_memory();
    // What went wrong inside is told by the exit status alone: a backtrace could hold parts of a picture.
    std::panic::set_hook(Box::new(|_| {}));
    match task {
        PICTURES => {
            // Where a system takes less away, a picture is read all the same: [`confinement`] tells.
            let _ = confine(Work::Decoding);
            pictures::serve().is_ok()
        }
        CONFINEMENT => answer(&Answer::Lacking(confine(Work::Decoding))).is_ok(),
        CLIPBOARD => answer(&read_clipboard()).is_ok(),
        HOLD_CLIPBOARD => {
            let mut text = Zeroizing::new(String::new());
            io::stdin().lock().read_to_string(&mut text).is_ok()
                && text
                    .split_once('\n')
                    .is_some_and(|(seconds, text)| crate::clipboard::hold(text, seconds.parse().ok()).is_ok())
        }
        SCREEN | REGION => {
            end_with_the_parent();
            let part = if task == REGION { ScreenPart::Region } else { ScreenPart::Whole };
            answer(&Answer::Screen(crate::screen::look(part))).is_ok()
        }
        CAMERAS => answer(&Answer::Cameras(crate::camera::list())).is_ok(),
        task => task.strip_prefix(CAMERA).is_some_and(|id| {
            end_with_the_parent();
            crate::camera::watch(id, |frame| answer(&Answer::Frame(frame)).is_ok());
            true
        }),
    }
}

/// Whoever waits for a person, or a device, may wait for ever: that ends with whoever wants to know.
fn end_with_the_parent() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(0);
    });
}

fn answer(answer: &Answer) -> io::Result<()> {
    let json = Zeroizing::new(serde_json::to_vec(answer)?);
    let mut out = io::stdout().lock();
    out.write_all(&(json.len() as u64).to_le_bytes())?;
    out.write_all(&json)?;
    out.flush()
}

fn read_clipboard() -> Answer {
    match crate::clipboard::read() {
        Ok(OnClipboard::Picture(file)) => ContainedPictures::default().read(&file).into(),
        Ok(OnClipboard::Text(text)) => Answer::Text(text),
        Ok(OnClipboard::Nothing) => Answer::Nothing,
        Err(_) => Answer::Unavailable,
    }
}

/// How much of the processor's time a picture has taken. Once that is too much, this process ends.
pub(crate) struct Watch {
    began: Duration,
    /// Ends the watching, when it is dropped.
    _ends: mpsc::Sender<()>,
}

impl Watch {
    pub(crate) fn begin() -> Watch {
        let began = time_used();
        let (ends, ended) = mpsc::channel::<()>();
        thread::spawn(move || {
            while ended.recv_timeout(Duration::from_millis(20)) == Err(mpsc::RecvTimeoutError::Timeout) {
                if time_used().saturating_sub(began) > TOO_MUCH {
                    std::process::exit(1);
                }
            }
        });
        Watch { began, _ends: ends }
    }

    /// So far.
    pub(crate) fn used(&self) -> Duration {
        time_used().saturating_sub(self.began)
    }

    fn is_enough(&self) -> bool {
        self.used() > ENOUGH
    }
}

/// Of the processor, by this process: a busy machine makes a picture slow, not unreadable.
#[cfg(unix)]
fn time_used() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or_default())
}

#[cfg(windows)]
#[expect(unsafe_code, reason = "the system's own functions")]
fn time_used() -> Duration {
    use windows_sys::Win32::{
        Foundation::FILETIME,
        System::Threading::{GetCurrentProcess, GetProcessTimes},
    };
    let mut times = [FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 }; 4];
    let [created, exited, kernel, user] = &mut times;
    // SAFETY: the pointers are to values that live until the call returns.
    unsafe { GetProcessTimes(GetCurrentProcess(), created, exited, kernel, user) };
    // In units of 100 ns.
    let ticks = |time: &FILETIME| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Duration::from_nanos(100 * (ticks(kernel) + ticks(user)))
}

#[cfg(unix)]
fn limit_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    // A child that cannot be limited still has its deadline.
    let _ = setrlimit(Resource::As, limit(MEMORY));
    let _ = setrlimit(Resource::Core, limit(0));
}

/// Elsewhere the sizes that `core::qr` allows, and the deadline, are the limits.
#[cfg(not(unix))]
fn limit_memory() {}

/// A child that does not outlive what knows it.
struct Ended(Option<Child>);

impl Ended {
    fn start(task: &str) -> Option<Ended> {
        start(task).map(|child| Ended(Some(child)))
    }

    fn child(&mut self) -> Option<&mut Child> {
        self.0.as_mut()
    }

    /// Whether it has ended by itself.
    fn is_over(&mut self) -> bool {
        self.child().is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // Harmless where it has ended by itself.
            let _ = child.kill();
            // A driver may keep it for a while: that keeps nobody from locking the vault.
            thread::spawn(move || child.wait());
        }
    }
}

/// The next answer of a child.
fn hear(from: &mut impl Read) -> Option<Answer> {
    let mut length = [0; 8];
    from.read_exact(&mut length).ok()?;
    let mut json = Zeroizing::new(Vec::new());
    from.take(u64::from_le_bytes(length)).read_to_end(&mut json).ok()?;
    serde_json::from_slice(&json).ok()
}

/// What keeps decoders from being confined on this system, a few words each; asked of a child that tries.
pub(crate) fn confinement() -> Vec<String> {
    match ask_once(CONFINEMENT, DEADLINE) {
        Some(Answer::Lacking(lacking)) => lacking,
        _ => vec!["the process that reads pictures does not start".to_owned()],
    }
}

/// Reads the clipboard in a child, because the picture on it is as foreign as any.
pub(crate) fn clip() -> Result<Clip, ClipboardError> {
    match ask_once(CLIPBOARD, DEADLINE) {
        Some(Answer::Codes(codes)) => Ok(Clip::Codes(codes)),
        Some(Answer::Text(text)) => Ok(Clip::Text(Zeroizing::new(text))),
        Some(Answer::Nothing) => Err(ClipboardError::Empty),
        Some(Answer::Failed(why) | Answer::Ended(why)) => Err(ClipboardError::Picture(why)),
        _ => Err(ClipboardError::Unavailable),
    }
}

/// Starts a child that owns the clipboard, with `text` on it, after this process has ended.
/// The first line says for how many seconds, where that was said.
pub(crate) fn hold_clipboard(text: &str, seconds: Option<u64>) -> Option<()> {
    let mut child = start(HOLD_CLIPBOARD)?;
    let mut stdin = child.stdin.take()?;
    writeln!(stdin, "{}", seconds.map(|n| n.to_string()).unwrap_or_default()).ok()?;
    stdin.write_all(text.as_bytes()).ok()
}

/// A child that looks at the screen; the pixels of everything that a person has open end with it.
#[derive(Default)]
pub(crate) struct Looking(Mutex<Option<Ended>>);

impl Looking {
    pub(crate) fn look(&self, part: ScreenPart) -> Result<Reading, ScreenError> {
        let task = match part {
            ScreenPart::Whole => SCREEN,
            ScreenPart::Region => REGION,
        };
        let mut child = Ended::start(task).ok_or(ScreenError::Unavailable)?;
        let answered = child.child().and_then(listen).ok_or(ScreenError::Unavailable)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        let answer = answered.recv_timeout(PATIENCE).ok().flatten();
        let was_stopped = self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_none();
        match answer {
            Some(Answer::Screen(seen)) => seen,
            _ if was_stopped => Err(ScreenError::Cancelled),
            _ => Err(ScreenError::Unavailable),
        }
    }

    pub(crate) fn stop(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Lists the cameras in a child: drivers are asked, and may hang.
pub(crate) fn cameras() -> Result<Vec<CameraView>, CameraError> {
    match ask_once(CAMERAS, DEADLINE) {
        Some(Answer::Cameras(cameras)) => cameras,
        _ => Err(CameraError::Unavailable),
    }
}

/// A child with a camera on, until it is dropped.
pub(crate) struct Watching {
    /// A frame has come.
    is_on: AtomicBool,
    child: Mutex<Option<Ended>>,
    frames: Mutex<mpsc::Receiver<Answer>>,
}

impl Watching {
    pub(crate) fn start(id: &str) -> Option<Watching> {
        let mut child = Ended::start(&format!("{CAMERA}{id}"))?;
        let mut from = child.child()?.stdout.take()?;
        // None is kept waiting: the child comes to a halt at its pipe instead, and what is seen is seen now.
        let (send, frames) = mpsc::sync_channel(0);
        thread::spawn(move || {
            while let Some(answer) = hear(&mut from) {
                if send.send(answer).is_err() {
                    break;
                }
            }
        });
        Some(Watching {
            is_on: AtomicBool::new(false),
            child: Mutex::new(Some(child)),
            frames: Mutex::new(frames),
        })
    }

    pub(crate) fn frame(&self) -> Result<Seen, CameraError> {
        // Before the first, macOS may ask the person.
        let asks = cfg!(target_os = "macos") && !self.is_on.load(Ordering::Relaxed);
        let within = if asks { PATIENCE } else { DEADLINE };
        let answer = self.frames.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(within);
        match answer {
            Ok(Answer::Frame(frame)) => {
                self.is_on.store(true, Ordering::Relaxed);
                frame
            }
            _ if self.child.lock().unwrap_or_else(PoisonError::into_inner).is_none() => {
                Err(CameraError::Stopped)
            }
            _ => Err(CameraError::Unavailable),
        }
    }

    /// Ends it at once, also where a frame is being waited for.
    pub(crate) fn end(&self) {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Has a child of its own do `task`; `None` where it died, hung or answered rubbish.
fn ask_once(task: &str, within: Duration) -> Option<Answer> {
    let mut child = Ended::start(task)?;
    let answered = listen(child.child()?)?;
    answered.recv_timeout(within).ok().flatten()
}

/// Waits for the one answer of a child on a thread of its own.
fn listen(child: &mut Child) -> Option<mpsc::Receiver<Option<Answer>>> {
    let mut from = child.stdout.take()?;
    let (send, answered) = mpsc::sync_channel(1);
    thread::spawn(move || drop(send.send(hear(&mut from))));
    Some(answered)
}

fn start(task: &str) -> Option<Child> {
    let program = std::env::current_exe().ok()?;
    let mut command = Command::new(program);
    command.args([VERB, task]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().ok()
}
