//! What `fob` says when it cannot do what it was asked, and the status it exits with.

use keyfob_core::{Error, app::views::ErrorView, error::Explain};
use serde::Serialize;

/// The code of a failure that nobody is told of.
const SILENT: &str = "";

/// An error with its exit status.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    code: String,
    message: String,
    remedy: String,
    #[serde(skip)]
    pub exit: u8,
}

impl Failure {
    /// A way of asking that makes no sense.
    pub fn usage(message: &str) -> Failure {
        Failure { code: "usage".into(), message: message.into(), remedy: "See fob --help.".into(), exit: 2 }
    }

    /// The page for a recovery key could not be written. What it was to be called is not repeated.
    pub fn kit(cause: &std::io::Error) -> Failure {
        Failure {
            code: "kit_unwritable".into(),
            message: format!("could not write the page: {cause}"),
            remedy:
                "Name a file that is not there yet, in a folder that can be written; nothing was changed."
                    .into(),
            exit: 1,
        }
    }

    /// A file that was to be made could not be written. What it was to be called is not repeated.
    pub fn unwritable(cause: &std::io::Error) -> Failure {
        Failure {
            code: "file_unwritable".into(),
            message: format!("could not write the file: {cause}"),
            remedy: "Name a file that is not there yet, in a folder that can be written.".into(),
            exit: 1,
        }
    }

    /// The person chose nothing where something was to be chosen.
    pub fn cancelled() -> Failure {
        Failure {
            code: "cancelled".into(),
            message: "nothing was chosen".into(),
            remedy: "Nothing was changed.".into(),
            exit: 1,
        }
    }

    /// Nothing was held in front of the camera.
    pub fn nothing_seen() -> Failure {
        Failure {
            code: "camera_no_code".into(),
            message: "the camera saw no code of an account".into(),
            remedy: "Hold the code still, flat and evenly lit, so that it fills half of the picture.".into(),
            exit: 5,
        }
    }

    /// A fault of ours, which is told without what it was about.
    pub fn internal() -> Failure {
        let ErrorView { message, remedy, .. } = ErrorView::internal();
        Failure { code: "internal".into(), message, remedy, exit: 1 }
    }

    /// The answer could not be written. A reader that went away (`fob list | head`) is no error.
    pub fn output(cause: &std::io::Error) -> Failure {
        let gone = cause.kind() == std::io::ErrorKind::BrokenPipe;
        Failure {
            code: if gone { SILENT } else { "output_failed" }.into(),
            message: format!("could not write the answer: {cause}"),
            remedy: "Check where the output goes; what was asked for may have been done.".into(),
            exit: u8::from(!gone),
        }
    }

    /// Whether there is nobody to tell.
    pub fn is_silent(&self) -> bool {
        self.code == SILENT
    }

    /// A file that was named and cannot be read. What was named is repeated only where it looks like a file:
    /// it may be a key that was given in a file's place.
    pub fn file(path: &str, cause: &std::io::Error) -> Failure {
        let shown =
            if path.contains(['.', '/', '\\']) && !path.contains("secret") { path } else { "the file" };
        Failure {
            code: "file_unreadable".into(),
            message: format!("could not read {shown}: {cause}"),
            remedy: "Check the name of the file, and that you may read it; hand a setup key over on standard input (-).".into(),
            exit: 5,
        }
    }

    /// The sentence and what to do, on one line.
    pub fn line(&self) -> String {
        format!("{}. {}", self.message, self.remedy)
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        let error = error.into();
        let ErrorView { code, message, remedy, .. } = ErrorView::of(&error);
        let name = serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned));
        Failure { code: name.unwrap_or_default(), message, remedy, exit: error.code().class() as u8 }
    }
}
