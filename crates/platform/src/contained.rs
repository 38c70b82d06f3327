//! Foreign pictures are read by a child process of our own program, with a deadline and a memory limit.
//!
//! Picture decoders and QR engines can panic, hang and swell on hostile input (measured: rqrr alone took
//! over 30 s on some photographs). A child that does is killed, and nothing else is lost. Every program that
//! asks for pictures begins with [`begin`], so that it can be its own child.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use keyfob_core::{
    ports::{Clip, ClipboardError, Pictures},
    qr::{self, PictureError},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The first argument of a child.
const VERB: &str = "--keyfob-contained";
/// How long a picture may take, in all.
const DEADLINE: Duration = Duration::from_secs(20);
/// The address space of a child, in bytes: the largest picture thrice over, and the program itself.
#[cfg(unix)]
const MEMORY: u64 = 2 * 1024 * 1024 * 1024;

/// What a child is to read.
#[derive(Clone, Copy)]
enum Task {
    /// A picture on standard input.
    Picture,
    /// What is on the clipboard.
    Clipboard,
    /// Nothing: to be the clipboard's owner for a while, with the text on standard input.
    HoldClipboard,
}

impl Task {
    const fn name(self) -> &'static str {
        match self {
            Task::Picture => "picture",
            Task::Clipboard => "clipboard",
            Task::HoldClipboard => "hold-clipboard",
        }
    }
}

/// A child's answer, as one JSON text on its standard output.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Codes(Vec<String>),
    Text(String),
    Nothing,
    Unavailable,
    Failed(PictureError),
}

impl From<Result<Vec<String>, PictureError>> for Answer {
    fn from(read: Result<Vec<String>, PictureError>) -> Answer {
        read.map_or_else(Answer::Failed, Answer::Codes)
    }
}

/// Sees that whatever this process makes is for this person only, whoever makes it for it; and, where it is a child,
/// does the child's work and exits.
pub(crate) fn begin() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    serve_if_asked();
}

fn serve_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|verb| verb != VERB) {
        return;
    }
    let task = arguments.next().unwrap_or_default();
    limit_memory();
    // What went wrong inside is told by the exit status alone: a backtrace could hold parts of a picture.
    std::panic::set_hook(Box::new(|_| {}));
    let answer = if task == Task::Picture.name() {
        let mut picture = Vec::new();
        let most = qr::MAX_BYTES as u64 + 1;
        match io::stdin().lock().take(most).read_to_end(&mut picture) {
            Ok(_) => qr::read(&picture).into(),
            Err(_) => Answer::Failed(PictureError::Unreadable),
        }
    } else if task == Task::Clipboard.name() {
        read_clipboard()
    } else if task == Task::HoldClipboard.name() {
        let mut text = Zeroizing::new(String::new());
        let read = io::stdin().lock().read_to_string(&mut text).is_ok();
        let held = read && crate::clipboard::hold(&text).is_ok();
        std::process::exit(i32::from(!held));
    } else {
        std::process::exit(2);
    };
    let answered = serde_json::to_writer(io::stdout().lock(), &answer).is_ok();
    std::process::exit(i32::from(!answered));
}

fn read_clipboard() -> Answer {
    let Ok(mut clipboard) = arboard::Clipboard::new() else { return Answer::Unavailable };
    if let Ok(picture) = clipboard.get_image() {
        let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        return qr::read_rgba(side(picture.width), side(picture.height), picture.bytes.into_owned()).into();
    }
    match clipboard.get_text() {
        Ok(text) if !text.trim().is_empty() => Answer::Text(text),
        _ => Answer::Nothing,
    }
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

/// Reads pictures in a child.
pub struct ContainedPictures;

impl Pictures for ContainedPictures {
    fn texts(&self, picture: &[u8]) -> Result<Vec<String>, PictureError> {
        if picture.len() > qr::MAX_BYTES {
            return Err(PictureError::TooLarge);
        }
        match ask(Task::Picture, picture.to_vec()) {
            Some(Answer::Codes(texts)) => Ok(texts),
            Some(Answer::Failed(why)) => Err(why),
            _ => Err(PictureError::Unreadable),
        }
    }
}

/// Reads the clipboard in a child, because the picture on it is as foreign as any.
pub(crate) fn clip() -> Result<Clip, ClipboardError> {
    match ask(Task::Clipboard, Vec::new()) {
        Some(Answer::Codes(texts)) => Ok(Clip::Codes(texts)),
        Some(Answer::Text(text)) => Ok(Clip::Text(Zeroizing::new(text))),
        Some(Answer::Nothing) => Err(ClipboardError::Empty),
        Some(Answer::Failed(why)) => Err(ClipboardError::Picture(why)),
        Some(Answer::Unavailable) | None => Err(ClipboardError::Unavailable),
    }
}

/// Starts a child that owns the clipboard, with `text` on it, after this process has ended.
pub(crate) fn hold_clipboard(text: &str) -> Option<()> {
    let mut child = start(Task::HoldClipboard)?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()
}

/// Has a child do `task` on `input`; `None` where it died, hung or answered rubbish.
fn ask(task: Task, input: Vec<u8>) -> Option<Answer> {
    let mut child = start(task)?;
    let answer = converse(&mut child, input);
    // Harmless where it has ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    serde_json::from_slice(&answer?).ok()
}

fn start(task: Task) -> Option<Child> {
    let program = std::env::current_exe().ok()?;
    let mut command = Command::new(program);
    command.args([VERB, task.name()]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().ok()
}

/// Writes and reads on threads of their own, so that neither a child that reads nothing nor one that says
/// nothing holds us up beyond the deadline.
fn converse(child: &mut Child, input: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
    let (mut to, mut from) = (child.stdin.take()?, child.stdout.take()?);
    thread::spawn(move || drop(to.write_all(&input)));
    let (send, answered) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut answer = Zeroizing::new(Vec::new());
        let whole = from.read_to_end(&mut answer).is_ok();
        drop(send.send(whole.then_some(answer)));
    });
    answered.recv_timeout(DEADLINE).ok().flatten()
}
