//! Whether the person is here: asked by the system itself, where it can. Linux: polkit, once its action is installed
//! (`packaging/linux/app.keyfob.policy`). Windows: Hello. macOS: Touch ID, a watch, or the account's password.

use keyfob_core::ports::Presence;

/// Asks this system.
pub struct SystemPresence;

impl Presence for SystemPresence {
    fn can_ask(&self) -> bool {
        native::can_ask()
    }

    fn ask(&self) -> bool {
        native::ask()
    }
}

/// What the person is told where the text is ours to choose.
#[cfg(not(all(unix, not(target_os = "macos"))))]
const WHY: &str = "unlock your codes";

#[cfg(all(unix, not(target_os = "macos")))]
mod native {
    use std::collections::HashMap;

    use zbus::{blocking::Connection, zvariant::Value};

    const ACTION: &str = "app.keyfob.unlock";
    const LOOK: u32 = 0;
    const ALLOW_QUESTIONS: u32 = 1;

    /// polkit answers at once how it would decide. Root is never asked anything, so nothing would be shown by it.
    pub fn can_ask() -> bool {
        let root = rustix::process::geteuid().is_root();
        !root && check(LOOK).is_ok_and(|(authorized, challenge)| !authorized && challenge)
    }

    pub fn ask() -> bool {
        check(ALLOW_QUESTIONS).is_ok_and(|(authorized, _)| authorized)
    }

    /// `org.freedesktop.PolicyKit1.Authority.CheckAuthorization`: authorized, and whether a question could help.
    fn check(flags: u32) -> zbus::Result<(bool, bool)> {
        let bus = Connection::system()?;
        let name = bus.unique_name().ok_or(zbus::Error::Unsupported)?.to_string();
        let subject = ("system-bus-name", HashMap::from([("name", Value::from(name.as_str()))]));
        // Only root may send details.
        let details = HashMap::<&str, &str>::new();
        let answer = bus.call_method(
            Some("org.freedesktop.PolicyKit1"),
            "/org/freedesktop/PolicyKit1/Authority",
            Some("org.freedesktop.PolicyKit1.Authority"),
            "CheckAuthorization",
            &(subject, ACTION, details, flags, ""),
        )?;
        let (authorized, challenge, _): (bool, bool, HashMap<String, String>) =
            answer.body().deserialize()?;
        Ok((authorized, challenge))
    }
}

#[cfg(target_os = "windows")]
#[expect(unsafe_code, reason = "the system's own functions")]
mod native {
    use windows::{
        Security::Credentials::UI::{
            UserConsentVerificationResult as Said, UserConsentVerifier,
            UserConsentVerifierAvailability as Can,
        },
        Win32::{System::WinRT::IUserConsentVerifierInterop, UI::WindowsAndMessaging::GetForegroundWindow},
        core::{HSTRING, factory},
    };
    use windows_future::IAsyncOperation;

    pub fn can_ask() -> bool {
        let available = || UserConsentVerifier::CheckAvailabilityAsync()?.join();
        matches!(available(), Ok(Can::Available | Can::DeviceBusy))
    }

    pub fn ask() -> bool {
        let said = || -> windows::core::Result<Said> {
            let why = HSTRING::from(super::WHY);
            // SAFETY: a plain call.
            let window = unsafe { GetForegroundWindow() };
            let asked: IAsyncOperation<Said> = if window.is_invalid() {
                UserConsentVerifier::RequestVerificationAsync(&why)?
            } else {
                let interop = factory::<UserConsentVerifier, IUserConsentVerifierInterop>()?;
                // SAFETY: the handle is only handed on, and may be one that is gone.
                unsafe { interop.RequestVerificationForWindowAsync(window, &why)? }
            };
            asked.join()
        };
        said() == Ok(Said::Verified)
    }
}

#[cfg(target_os = "macos")]
#[expect(unsafe_code, reason = "the system's own functions")]
mod native {
    use std::{sync::mpsc, time::Duration};

    use block2::RcBlock;
    use objc2::runtime::Bool;
    use objc2_foundation::{NSError, NSString};
    use objc2_local_authentication::{LAContext, LAPolicy};

    const POLICY: LAPolicy = LAPolicy::DeviceOwnerAuthentication;
    const PATIENCE: Duration = Duration::from_secs(120);

    pub fn can_ask() -> bool {
        // SAFETY: a context may be made and asked on any thread.
        unsafe { LAContext::new().canEvaluatePolicy_error(POLICY) }.is_ok()
    }

    pub fn ask() -> bool {
        // A new context for each question, or a former answer is used again.
        // SAFETY: a context may be made on any thread.
        let context = unsafe { LAContext::new() };
        let (tell, told) = mpsc::channel();
        let reply = RcBlock::new(move |here: Bool, _: *mut NSError| drop(tell.send(here.as_bool())));
        // SAFETY: the block holds a `Sender`, which may be used on any thread, and the context lives until the answer.
        unsafe {
            context.evaluatePolicy_localizedReason_reply(POLICY, &NSString::from_str(super::WHY), &reply);
        }
        let here = told.recv_timeout(PATIENCE);
        if here.is_err() {
            // SAFETY: as above.
            unsafe { context.invalidate() };
        }
        here.unwrap_or(false)
    }
}
