//! `otpauth://` addresses, as they are met in real life.
//!
//! The form is Google's "Key URI Format" (google/google-authenticator wiki), which every app reads a little
//! differently. What is accepted here: any case of scheme, type, keys and algorithm; raw `#`, spaces and
//! any script; a label with or without its issuer, doubled or contradicting; `+` as a space in the query
//! but not in the label; the first of duplicate keys; unknown keys; the literal `null`; Steam by host, by
//! scheme, by `encoder=steam`, by a bare `&steam`, or by its issuer with 5 digits. What is refused, with the
//! reason: 0 digits or seconds, other types and algorithms, no key.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{Algorithm, Digits, Otp, OtpError, Period};
use crate::{
    account::Names,
    error::{Error, ErrorCode, Explain},
    secret::{Secret, SecretError},
};

/// The longest address that is read, in bytes. A QR code holds at most 4,296 characters.
pub const MAX_BYTES: usize = 64 * 1024;

/// What an address says of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpUri {
    /// Who and which account it is for; an issuer before the label that contradicts is the hint.
    pub names: Names,
    /// The key.
    pub secret: Secret,
    /// How codes are made from it.
    pub otp: Otp,
    /// Issued by Steam, but with settings that are not Steam's: a person should be asked.
    pub maybe_steam: bool,
}

/// Why a text is no such address. Bad keys and numbers have errors of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Another scheme, or none.
    #[error("this is not an otpauth:// address")]
    NotOtpauth,
    /// No `secret=`.
    #[error("the otpauth:// address has no key in it")]
    NoSecret,
    /// Over [`MAX_BYTES`].
    #[error("the address is longer than any real one")]
    TooLarge,
}

impl Explain for UriError {
    fn code(&self) -> ErrorCode {
        match self {
            UriError::NotOtpauth => ErrorCode::NotOtp,
            UriError::NoSecret => ErrorCode::UriNoSecret,
            UriError::TooLarge => ErrorCode::TextTooLarge,
        }
    }
}

/// Whether `text` claims to be such an address, right or wrong.
pub fn is_otp_uri(text: &str) -> bool {
    scheme_of(text).is_some()
}

/// Reads one address.
///
/// # Errors
/// [`UriError`], and [`SecretError`] and [`OtpError`] for a key or a parameter that is wrong.
pub fn parse(text: &str) -> Result<OtpUri, Error> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return Err(UriError::TooLarge.into());
    }
    match scheme_of(text).ok_or(UriError::NotOtpauth)? {
        (Scheme::Steam, rest) => parse_steam(rest),
        (Scheme::Otpauth, rest) => parse_otpauth(rest),
    }
}

/// Writes an address that every app reads: issuer both before the label and as a key, all parameters said.
pub fn print(issuer: &str, label: &str, secret: &Secret, otp: &Otp) -> Zeroizing<String> {
    let (host, last) = match *otp {
        Otp::Totp { period, .. } => ("totp", format!("&period={}", period.seconds())),
        Otp::Hotp { counter, .. } => ("hotp", format!("&counter={counter}")),
        Otp::Steam => ("steam", format!("&period={}", super::DEFAULT_PERIOD)),
    };
    let label = encode(label);
    let path = match (issuer.is_empty(), label.contains("%3A")) {
        (false, _) => format!("{}:{label}", encode(issuer)),
        // A leading colon says that what follows is all label, so that no part of it is read as an issuer.
        (true, true) => format!(":{label}"),
        (true, false) => label,
    };
    let issuer = if issuer.is_empty() { String::new() } else { format!("&issuer={}", encode(issuer)) };
    Zeroizing::new(format!(
        "otpauth://{host}/{path}?secret={}{issuer}&algorithm={}&digits={}{last}",
        *secret.to_base32(),
        otp.algorithm().name(),
        otp.digits(),
    ))
}

enum Scheme {
    Otpauth,
    Steam,
}

fn scheme_of(text: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = text.trim_start().split_once("://")?;
    match scheme.to_ascii_lowercase().as_str() {
        "otpauth" | "apple-otpauth" => Some((Scheme::Otpauth, rest)),
        "steam" => Some((Scheme::Steam, rest)),
        _ => None,
    }
}

/// `steam://KEY`, as Bitwarden and Proton keep it: Base32, or the Base64 that Steam itself uses.
fn parse_steam(rest: &str) -> Result<OtpUri, Error> {
    let key = rest.split(['?', '#']).next().unwrap_or("").trim_matches('/');
    if key.is_empty() {
        return Err(UriError::NoSecret.into());
    }
    let key = Zeroizing::new(percent_decode_str(key).decode_utf8_lossy().into_owned());
    let secret = Secret::from_base32(&key).or_else(|e| Secret::from_base64(&key).map_err(|_| e))?;
    Ok(OtpUri {
        names: Names { issuer: "Steam".into(), ..Names::default() },
        secret,
        otp: Otp::Steam,
        maybe_steam: false,
    })
}

fn parse_otpauth(rest: &str) -> Result<OtpUri, Error> {
    // `#` stands raw in names that apps do not encode. No OTP address has a fragment, so it is plain text.
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = before.split_once('/').unwrap_or((before, ""));
    let query = Query::parse(query);

    let secret = match query.raw("secret") {
        None => return Err(UriError::NoSecret.into()),
        Some(raw) => read_secret(raw)?,
    };
    let (issuer, period_in_issuer) = cut_period(query.text("issuer").unwrap_or_default());
    let names = names(&percent_decode_str(path).decode_utf8_lossy(), &issuer);

    let given_digits = query.number::<u8>("digits").map_err(|()| OtpError::DigitsOutOfRange)?;
    let otp = match host.to_ascii_lowercase().as_str() {
        "steam" => Otp::Steam,
        "totp" | "hotp" if query.says_steam() => Otp::Steam,
        "totp" if names.issuer == "Steam" && given_digits == Some(5) => Otp::Steam,
        kind @ ("totp" | "hotp") => {
            let algorithm = match query.text("algorithm") {
                Some(name) => Algorithm::from_name(&name)?,
                None => Algorithm::default(),
            };
            let digits = given_digits.map_or(Ok(Digits::SIX), Digits::try_from)?;
            if kind == "totp" {
                let period = query.number("period").map_err(|()| OtpError::NumberInvalid("period"))?;
                let period = period.or(period_in_issuer).map_or(Ok(Period::default()), Period::try_from)?;
                Otp::Totp { algorithm, digits, period }
            } else {
                let counter = query.number("counter").map_err(|()| OtpError::NumberInvalid("counter"))?;
                Otp::Hotp { algorithm, digits, counter: counter.unwrap_or(0) }
            }
        }
        _ => return Err(OtpError::TypeUnknown.into()),
    };
    Ok(OtpUri { maybe_steam: matches!(otp, Otp::Totp { .. }) && names.issuer == "Steam", names, secret, otp })
}

fn read_secret(raw: &str) -> Result<Secret, SecretError> {
    let text = Zeroizing::new(percent_decode_str(raw).decode_utf8_lossy().into_owned());
    Secret::from_base32(&text).or_else(|error| match text.split_once('#') {
        Some((before, _)) => Secret::from_base32(before),
        None => Err(error),
    })
}

/// Ente and others have written `issuer=Name?period=30` and `issuer=Nameperiod=30`.
fn cut_period(issuer: String) -> (String, Option<u64>) {
    match issuer.to_ascii_lowercase().rfind("period=") {
        Some(at) => {
            let seconds = issuer[at + "period=".len()..].parse().ok();
            (issuer[..at].trim_end_matches(['?', '&', ' ']).to_owned(), seconds)
        }
        None => (issuer, None),
    }
}

/// The names in a decoded label, which may have an issuer before it, and an issuer given apart, which may
/// be empty. A different issuer before the label is kept as a hint.
pub(crate) fn names(label: &str, issuer: &str) -> Names {
    let (path, issuer) = (clean(label), clean(issuer));
    if issuer.is_empty() {
        let (issuer, label) = match path.split_once(':') {
            Some(("", label)) => ("", label),
            Some((before, after))
                if !after.trim().is_empty() && before.trim() == before && !after.starts_with("//") =>
            {
                (before, after)
            }
            _ => ("", path.as_str()),
        };
        return Names { issuer: issuer.to_owned(), label: label.trim().to_owned(), hint: None };
    }
    let mut label = path.as_str();
    let mut stripped = false;
    for _ in 0..2 {
        if let Some(rest) = strip_issuer(label, &issuer) {
            (label, stripped) = (rest, true);
        }
    }
    let mut hint = None;
    if !stripped && let Some((before, after)) = path.split_once(':') {
        hint = Some(before.trim().to_owned()).filter(|h| !h.is_empty());
        label = after;
    }
    Names { label: label.trim().to_owned(), issuer, hint }
}

/// `label` without `issuer:` before it, whatever the case.
fn strip_issuer<'a>(label: &'a str, issuer: &str) -> Option<&'a str> {
    let (before, after) =
        label.split_at_checked(label.find(':').filter(|_| !issuer.contains(':')).or_else(|| {
            // An issuer with colons of its own: as many characters as it has.
            let end = issuer.len();
            (label.get(end..)?.starts_with(':')).then_some(end)
        })?)?;
    (before.trim().to_lowercase() == issuer.trim().to_lowercase()).then(|| after[1..].trim_start())
}

/// Query keys and values, in order, still encoded.
struct Query<'a>(Vec<(String, &'a str)>);

impl<'a> Query<'a> {
    fn parse(query: &'a str) -> Query<'a> {
        Query(
            query
                .split('&')
                .map(|pair| pair.strip_prefix("amp;").unwrap_or(pair))
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(key, value)| (key.trim().to_ascii_lowercase(), value))
                .collect(),
        )
    }

    /// The first value of `key` that says something.
    fn raw(&self, key: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(k, _)| k == key)?;
        Some(*value).filter(|v| !v.trim().is_empty())
    }

    /// Decoded, `+` as a space; the literal `null` is nothing.
    fn text(&self, key: &str) -> Option<String> {
        let spaced = self.raw(key)?.replace('+', " ");
        let text = clean(&percent_decode_str(&spaced).decode_utf8_lossy());
        Some(text).filter(|t| !t.is_empty() && t != "null")
    }

    fn number<N: std::str::FromStr>(&self, key: &str) -> Result<Option<N>, ()> {
        self.text(key).map(|text| text.parse().map_err(|_| ())).transpose()
    }

    fn says_steam(&self) -> bool {
        self.0.iter().any(|(key, _)| key == "steam")
            || self.text("encoder").is_some_and(|e| e.eq_ignore_ascii_case("steam"))
    }
}

/// Without control characters (also those that turn the direction of text) and space at the ends.
pub(crate) fn clean(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let kept: String =
        text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    kept.trim().to_owned()
}

/// What stands as itself in a path or query: letters, digits, and `-._~@`.
fn encode(text: &str) -> String {
    const ESCAPED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[cfg(test)]
mod tests;
