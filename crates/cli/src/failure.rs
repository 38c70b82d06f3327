//! What `fob` says when it cannot do what it was asked, and the status it exits with.

use keyfob_core::{Error, app::views::ErrorView, error::Explain};
use serde::Serialize;

/// An error with its exit status.
#[derive(Debug, Serialize)]
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

    /// A file that was named and cannot be read.
    pub fn file(path: &str, cause: &std::io::Error) -> Failure {
        Failure {
            code: "file_unreadable".into(),
            message: format!("could not read {path}: {cause}"),
            remedy: "Check the name of the file, and that you may read it.".into(),
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
        let ErrorView { code, message, remedy } = ErrorView::of(&error);
        let name = serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned));
        Failure { code: name.unwrap_or_default(), message, remedy, exit: error.code().class() as u8 }
    }
}
