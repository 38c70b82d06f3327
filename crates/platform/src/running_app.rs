//! The desktop program, for `fob` beside it: over a local socket that only the same person can open, it hands out
//! the identity of its vault while that is open, so that a passphrase is not stretched at each call.
//!
//! A question is one line of JSON, and so is the answer. On Unix the socket lies in a folder of mode 0700, has mode
//! 0600, and both ends look at who is at the other one; on Windows the pipe's security descriptor names the person.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::PathBuf,
    sync::mpsc,
    thread,
    time::Duration,
};

use interprocess::local_socket::{GenericFilePath, ListenerOptions, Stream, prelude::*};
use keyfob_core::{
    ports::{AppAnswer, RunningApp},
    vault::key::Identity,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How long the desktop program may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of a question or an answer.
const MAX_BYTES: u64 = 16 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Question {
    /// The identity that the vault in this folder is open with.
    Identity(String),
    /// To lock the vault in this folder.
    Lock(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// It has another vault.
    OtherVault,
    Locked,
    Identity(Zeroizing<String>),
}

/// Asks the desktop program.
pub struct Beside;

impl RunningApp for Beside {
    fn identity(&self, place: &str) -> AppAnswer {
        match ask(place, Question::Identity(place.to_owned())) {
            Some(Answer::Identity(text)) => AppAnswer::Unlocked(Identity::from_text(&text)),
            Some(Answer::Locked) => AppAnswer::Locked,
            Some(Answer::OtherVault) | None => AppAnswer::NotThere,
        }
    }

    fn lock(&self, place: &str) -> bool {
        matches!(ask(place, Question::Lock(place.to_owned())), Some(Answer::Locked))
    }
}

/// For the desktop program itself: there is no other.
pub struct Nobody;

impl RunningApp for Nobody {
    fn identity(&self, _: &str) -> AppAnswer {
        AppAnswer::NotThere
    }

    fn lock(&self, _: &str) -> bool {
        false
    }
}

/// What the desktop program does for others.
pub trait Serves: Send + Sync + 'static {
    /// Whether the vault that it has, or would open, is the one in `place`.
    fn has(&self, place: &str) -> bool;
    /// The identity of its vault, while that is open.
    fn identity(&self, place: &str) -> Option<Identity>;
    /// Locks.
    fn lock(&self);
}

/// Answers others until the program ends. Where another program answers for this vault already, it goes on to.
///
/// # Errors
/// Where the socket cannot be made.
pub fn serve(place: &str, app: impl Serves) -> io::Result<()> {
    let path = path(place)?;
    if connect(&path).is_ok() {
        return Ok(());
    }
    let listener = listen(&path)?;
    thread::Builder::new().name("others".into()).spawn(move || {
        let app = std::sync::Arc::new(app);
        for stream in listener.incoming().flatten() {
            let app = app.clone();
            // One that says nothing holds nobody up.
            let _ = thread::Builder::new().name("other".into()).spawn(move || drop(answer(&stream, &*app)));
        }
    })?;
    Ok(())
}

fn answer(stream: &Stream, app: &impl Serves) -> io::Result<()> {
    if !is_same_person(stream) {
        return Ok(());
    }
    let _ = stream.set_recv_timeout(Some(PATIENCE));
    let mut line = String::new();
    BufReader::new(stream.take(MAX_BYTES)).read_line(&mut line)?;
    let answer = match serde_json::from_str(&line)? {
        Question::Identity(place) | Question::Lock(place) if !app.has(&place) => Answer::OtherVault,
        Question::Identity(place) => match app.identity(&place) {
            Some(identity) => Answer::Identity(Zeroizing::new(identity.expose().to_owned())),
            None => Answer::Locked,
        },
        Question::Lock(_) => {
            app.lock();
            Answer::Locked
        }
    };
    let mut text = Zeroizing::new(serde_json::to_vec(&answer)?);
    text.push(b'\n');
    let mut stream = stream;
    stream.write_all(&text)?;
    stream.flush()
}

/// Asks, on a thread of its own, because not every system lets a read time out.
fn ask(place: &str, question: Question) -> Option<Answer> {
    let stream = connect(&path(place).ok()?).ok()?;
    let (send, answered) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("running app".into())
        .spawn(move || drop(send.send(converse(&stream, &question).ok())))
        .ok()?;
    answered.recv_timeout(PATIENCE).ok().flatten()
}

fn converse(stream: &Stream, question: &Question) -> io::Result<Answer> {
    if !is_same_person(stream) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut text = serde_json::to_vec(question)?;
    text.push(b'\n');
    let mut to = stream;
    to.write_all(&text)?;
    to.flush()?;
    let mut line = Zeroizing::new(String::with_capacity(1024));
    BufReader::new(stream.take(MAX_BYTES)).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

fn connect(path: &std::path::Path) -> io::Result<Stream> {
    Stream::connect(path.to_fs_name::<GenericFilePath>()?)
}

/// The socket of a vault: named by a hash of its folder, since a path may be longer than a socket's name.
fn path(place: &str) -> io::Result<PathBuf> {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(place.as_bytes())[..8]);
    #[cfg(windows)]
    return Ok(PathBuf::from(format!(r"\\.\pipe\keyfob-{hash}-{}", windows::own_sid()?)));
    #[cfg(not(windows))]
    {
        let folder = crate::runtime_folder();
        crate::folder::create_private(&folder)?;
        Ok(folder.join(format!("{hash}.sock")))
    }
}

#[cfg(unix)]
fn listen(path: &std::path::Path) -> io::Result<interprocess::local_socket::Listener> {
    // Nobody answered there, so what lies there is left over.
    let options = ListenerOptions::new().name(path.to_fs_name::<GenericFilePath>()?).try_overwrite(true);
    #[cfg(target_os = "linux")]
    let options = {
        use interprocess::os::unix::local_socket::ListenerOptionsExt as _;
        options.mode(0o600)
    };
    options.create_sync()
}

#[cfg(unix)]
fn is_same_person(stream: &Stream) -> bool {
    let ours = rustix::process::geteuid().as_raw();
    stream.peer_creds().is_ok_and(|creds| creds.euid() == Some(ours))
}

#[cfg(windows)]
fn listen(path: &std::path::Path) -> io::Result<interprocess::local_socket::Listener> {
    use interprocess::os::windows::{
        local_socket::ListenerOptionsExt as _, security_descriptor::SecurityDescriptor,
    };
    // Full access for this person, and nobody else.
    let descriptor = format!("D:P(A;;GA;;;{})", windows::own_sid()?);
    let descriptor = widestring::U16CString::from_str(descriptor).map_err(io::Error::other)?;
    ListenerOptions::new()
        .name(path.to_fs_name::<GenericFilePath>()?)
        .security_descriptor(SecurityDescriptor::deserialize(&descriptor)?)
        .create_sync()
}

/// The pipe's name and descriptor hold the person's identifier: another person can neither make a pipe of that name
/// first without being refused by `FILE_FLAG_FIRST_PIPE_INSTANCE`, nor open ours.
#[cfg(windows)]
fn is_same_person(_: &Stream) -> bool {
    true
}

#[cfg(windows)]
mod windows {
    use std::{
        io,
        os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle},
        ptr::null_mut,
    };

    use windows_sys::Win32::{
        Foundation::{HANDLE, LocalFree},
        Security::{
            Authorization::ConvertSidToStringSidW, GetTokenInformation, TOKEN_QUERY, TOKEN_USER, TokenUser,
        },
        System::Threading::{GetCurrentProcess, OpenProcessToken},
    };

    /// The security identifier of the person who runs this program, as text.
    #[expect(unsafe_code, reason = "the system's own functions")]
    pub fn own_sid() -> io::Result<String> {
        let mut token: HANDLE = null_mut();
        // SAFETY: a pseudo handle, and a place for the answer.
        if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &mut token) } == 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was just opened, and is closed once.
        let token = unsafe { OwnedHandle::from_raw_handle(token) };
        // Room for a TOKEN_USER and the largest identifier after it (68 bytes), aligned for both.
        let mut room = [0u64; 32];
        let mut used = 0;
        let size = u32::try_from(size_of_val(&room)).unwrap_or(0);
        // SAFETY: the room is as large as is said.
        let told = unsafe {
            GetTokenInformation(token.as_raw_handle(), TokenUser, room.as_mut_ptr().cast(), size, &mut used)
        };
        if told == 0 {
            return Err(io::Error::last_os_error());
        }
        let mut text = null_mut();
        // SAFETY: the system has filled the room with a TOKEN_USER, whose pointer is into the room.
        let sid = unsafe { (*room.as_ptr().cast::<TOKEN_USER>()).User.Sid };
        // SAFETY: the identifier is valid, and the text is freed below.
        if unsafe { ConvertSidToStringSidW(sid, &mut text) } == 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the system made a text that ends with a zero.
        let sid = unsafe { widestring::U16CStr::from_ptr_str(text) }.to_string_lossy();
        // SAFETY: it was allocated by the call above.
        unsafe { LocalFree(text.cast()) };
        Ok(sid)
    }
}
