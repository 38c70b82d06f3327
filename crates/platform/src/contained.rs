//! Foreign pictures are read by child processes of our own program, with a deadline and a memory limit.
//!
//! Picture decoders and QR engines can panic, hang and swell on hostile input (measured: rqrr alone took
//! over 30 s on some photographs). A child that does is killed, and nothing else is lost. One that does not stays for the
//! next picture, so that the usual one does not pay for a start. Every program that asks for pictures begins with [`begin`],
//! so that it can be its own child.

use std::{
    io::{self, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use keyfob_core::{
    ports::{Clip, ClipboardError, Pictures},
    qr::{self, Code, PictureError},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The first argument of a child.
const VERB: &str = "--keyfob-contained";
/// The second: what it is to do.
const PICTURES: &str = "pictures";
const CLIPBOARD: &str = "clipboard";
const HOLD_CLIPBOARD: &str = "hold-clipboard";

/// How long a picture may take by the clock, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(20);
/// After so much of the processor's time on one picture no further attempt is begun, and after so much it is given up.
const ENOUGH: Duration = Duration::from_millis(800);
const TOO_MUCH: Duration = Duration::from_millis(1300);
/// How much of it the engine may have that may never return.
const LAST_RESORT: Duration = Duration::from_millis(300);
/// How long a thread that is done may take to end.
const SOON: Duration = Duration::from_millis(1);
/// The address space of a child, in bytes: the largest picture thrice over, and the program itself.
#[cfg(unix)]
const MEMORY: u64 = 2 * 1024 * 1024 * 1024;

/// A child's answer: the length of a JSON text, and the text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Codes(Vec<Code>),
    Text(String),
    Nothing,
    Unavailable,
    Failed(PictureError),
    /// The same, from a child that ends because of it.
    Ended(PictureError),
}

impl From<Result<Vec<Code>, PictureError>> for Answer {
    fn from(read: Result<Vec<Code>, PictureError>) -> Answer {
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
        PICTURES => serve_pictures().is_ok(),
        CLIPBOARD => {
            let watch = Watch::begin();
            answer(&read_clipboard(&watch)).is_ok()
        }
        HOLD_CLIPBOARD => {
            let mut text = Zeroizing::new(String::new());
            io::stdin().lock().read_to_string(&mut text).is_ok() && crate::clipboard::hold(&text).is_ok()
        }
        _ => false,
    }
}

/// Reads picture after picture from standard input, the length before each, until it ends.
fn serve_pictures() -> io::Result<()> {
    loop {
        let mut length = [0; 8];
        if io::stdin().lock().read_exact(&mut length).is_err() {
            return Ok(());
        }
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        let mut picture = Zeroizing::new(vec![0; length.min(qr::MAX_BYTES + 1)]);
        io::stdin().lock().read_exact(&mut picture)?;
        let watch = Watch::begin();
        match qr::read(&picture, &|| watch.is_enough()) {
            Err(PictureError::NoCode) => last_resort(picture, &watch)?,
            read => answer(&read.into())?,
        }
    }
}

/// The engine that may never return is given up after a while; and this process with it.
fn last_resort(picture: Zeroizing<Vec<u8>>, watch: &Watch) -> io::Result<()> {
    if watch.is_enough() {
        return answer(&Answer::Failed(PictureError::NoCode));
    }
    let (send, read) = mpsc::sync_channel(1);
    thread::spawn(move || drop(send.send(qr::read_by_rqrr(&picture))));
    match read.recv_timeout(LAST_RESORT) {
        Ok(read) => answer(&read.into()),
        Err(_) => {
            answer(&Answer::Ended(PictureError::NoCode))?;
            std::process::exit(0);
        }
    }
}

fn answer(answer: &Answer) -> io::Result<()> {
    let json = Zeroizing::new(serde_json::to_vec(answer)?);
    let mut out = io::stdout().lock();
    out.write_all(&(json.len() as u64).to_le_bytes())?;
    out.write_all(&json)?;
    out.flush()
}

fn read_clipboard(watch: &Watch) -> Answer {
    let Ok(mut clipboard) = arboard::Clipboard::new() else { return Answer::Unavailable };
    if let Ok(picture) = clipboard.get_image() {
        let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (width, height) = (side(picture.width), side(picture.height));
        return qr::read_rgba(width, height, picture.bytes.into_owned(), &|| watch.is_enough()).into();
    }
    match clipboard.get_text() {
        Ok(text) if !text.trim().is_empty() => Answer::Text(text),
        _ => Answer::Nothing,
    }
}

/// How much of the processor's time a picture has taken. Once that is too much, this process ends.
struct Watch {
    began: Duration,
    /// Ends the watching, when it is dropped.
    _ends: mpsc::Sender<()>,
}

impl Watch {
    fn begin() -> Watch {
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

    fn is_enough(&self) -> bool {
        time_used().saturating_sub(self.began) > ENOUGH
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

/// Reads pictures in children: as many at once as there are threads that ask.
#[derive(Default)]
pub struct ContainedPictures(Mutex<Vec<Reader>>);

impl Pictures for ContainedPictures {
    fn codes(&self, picture: &[u8]) -> Result<Vec<Code>, PictureError> {
        if picture.len() > qr::MAX_BYTES {
            return Err(PictureError::TooLarge);
        }
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        // One that has died on this picture, or before: another is asked once.
        let asked = idle.map(|reader| reader.ask(picture)).filter(|(answer, _)| answer.is_some());
        let asked = asked.or_else(|| Some(Reader::start()?.ask(picture)));
        let (answer, reader) = asked.ok_or(PictureError::Unreadable)?;
        let stays = reader.filter(|_| !matches!(answer, Some(Answer::Ended(_))));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(stays);
        match answer {
            Some(Answer::Codes(codes)) => Ok(codes),
            Some(Answer::Failed(why) | Answer::Ended(why)) => Err(why),
            _ => Err(PictureError::Unreadable),
        }
    }

    fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A child that reads pictures.
struct Reader {
    child: Ended,
    to: ChildStdin,
    answers: mpsc::Receiver<Answer>,
}

/// A child that does not outlive what knows it.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Harmless where it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Reader {
    fn start() -> Option<Reader> {
        let mut child = Ended(start(PICTURES)?);
        let (to, mut from) = (child.0.stdin.take()?, child.0.stdout.take()?);
        let (send, answers) = mpsc::channel();
        // Ends with the child.
        thread::spawn(move || {
            while let Some(answer) = hear(&mut from) {
                if send.send(answer).is_err() {
                    break;
                }
            }
        });
        Some(Reader { child, to, answers })
    }

    /// What it says of a picture, and itself where it goes on; no answer where it hung or died.
    fn ask(self, picture: &[u8]) -> (Option<Answer>, Option<Reader>) {
        let length = (picture.len() as u64).to_le_bytes();
        let (mut to, picture) = (self.to, Zeroizing::new(picture.to_vec()));
        // On a thread of its own: a child that takes nothing does not hold us up beyond the deadline.
        let told =
            thread::spawn(move || to.write_all(&length).and_then(|()| to.write_all(&picture)).map(|()| to));
        let answer = self.answers.recv_timeout(DEADLINE).ok();
        // What has answered has taken all of it; the thread only has to end.
        let has_ended = || {
            (0..100).any(|_| {
                told.is_finished() || {
                    thread::sleep(SOON);
                    false
                }
            })
        };
        let to = if answer.is_some() && has_ended() { told.join().ok().and_then(Result::ok) } else { None };
        let reader = to.map(|to| Reader { child: self.child, to, answers: self.answers });
        (answer, reader)
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

/// Reads the clipboard in a child, because the picture on it is as foreign as any.
pub(crate) fn clip() -> Result<Clip, ClipboardError> {
    match ask_once(CLIPBOARD) {
        Some(Answer::Codes(codes)) => Ok(Clip::Codes(codes)),
        Some(Answer::Text(text)) => Ok(Clip::Text(Zeroizing::new(text))),
        Some(Answer::Nothing) => Err(ClipboardError::Empty),
        Some(Answer::Failed(why) | Answer::Ended(why)) => Err(ClipboardError::Picture(why)),
        Some(Answer::Unavailable) | None => Err(ClipboardError::Unavailable),
    }
}

/// Starts a child that owns the clipboard, with `text` on it, after this process has ended.
pub(crate) fn hold_clipboard(text: &str) -> Option<()> {
    let mut child = start(HOLD_CLIPBOARD)?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()
}

/// Has a child of its own do `task`; `None` where it died, hung or answered rubbish.
fn ask_once(task: &str) -> Option<Answer> {
    let mut child = Ended(start(task)?);
    let mut from = child.0.stdout.take()?;
    let (send, answered) = mpsc::sync_channel(1);
    thread::spawn(move || drop(send.send(hear(&mut from))));
    answered.recv_timeout(DEADLINE).ok().flatten()
}

fn start(task: &str) -> Option<Child> {
    let program = std::env::current_exe().ok()?;
    let mut command = Command::new(program);
    command.args([VERB, task]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().ok()
}
