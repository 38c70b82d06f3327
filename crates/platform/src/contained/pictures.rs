//! Picture files, each read by a child that stays for the next one.

use std::{
    io::{self, Read, Write},
    process::ChildStdin,
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use keyfob_core::{
    ports::Pictures,
    qr::{self, PictureError, Reading},
};
use zeroize::Zeroizing;

use super::{Answer, DEADLINE, Ended, PICTURES, Watch, answer, hear};

/// How much of it the engine may have that may never return.
const LAST_RESORT: Duration = Duration::from_millis(300);
/// How long a thread that is done may take to end.
const SOON: Duration = Duration::from_millis(1);

/// Reads picture after picture from standard input, the length before each, until it ends.
pub(super) fn serve() -> io::Result<()> {
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
            Err(why @ (PictureError::NoCode | PictureError::CodeUnreadable)) => {
                last_resort(picture, &watch, why)?
            }
            read => answer(&read.into())?,
        }
    }
}

/// The engine that may never return is given up after a while; and this process with it.
fn last_resort(picture: Zeroizing<Vec<u8>>, watch: &Watch, why: PictureError) -> io::Result<()> {
    if watch.is_enough() {
        return answer(&Answer::Failed(why));
    }
    let (send, read) = mpsc::sync_channel(1);
    thread::spawn(move || drop(send.send(qr::read_by_rqrr(&picture))));
    match read.recv_timeout(LAST_RESORT) {
        Ok(read) => answer(&read.map_err(|_| why).into()),
        Err(_) => {
            answer(&Answer::Ended(why))?;
            std::process::exit(0);
        }
    }
}

/// Reads pictures in children: as many at once as there are threads that ask.
#[derive(Default)]
pub struct ContainedPictures(Mutex<Vec<Reader>>);

impl Pictures for ContainedPictures {
    fn read(&self, picture: &[u8]) -> Result<Reading, PictureError> {
        if picture.len() > qr::MAX_BYTES {
            return Err(PictureError::TooLarge);
        }
        // One that died after its last picture is no use.
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let idle = idle.and_then(|mut reader| (!reader.child.is_over()).then_some(reader));
        let reader = idle.or_else(Reader::start).ok_or(PictureError::Unreadable)?;
        let (answer, reader) = reader.ask(picture);
        let stays = reader.filter(|_| !matches!(answer, Some(Answer::Ended(_))));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(stays);
        match answer {
            Some(Answer::Codes(read)) => Ok(read),
            Some(Answer::Failed(why) | Answer::Ended(why)) => Err(why),
            _ => Err(PictureError::Unreadable),
        }
    }

    fn unconfined(&self) -> Vec<String> {
        super::confinement()
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

impl Reader {
    fn start() -> Option<Reader> {
        let mut ended = Ended::start(PICTURES)?;
        let child = ended.child()?;
        let (to, mut from) = (child.stdin.take()?, child.stdout.take()?);
        let (send, answers) = mpsc::channel();
        // Ends with the child.
        thread::spawn(move || {
            while let Some(answer) = hear(&mut from) {
                if send.send(answer).is_err() {
                    break;
                }
            }
        });
        Some(Reader { child: ended, to, answers })
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
