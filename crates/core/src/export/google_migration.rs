//! `otpauth-migration://`: accounts as the QR codes of Google Authenticator's export, up to ten in each.
//!
//! The fields are those that [`crate::import::google_migration`] reads. What they cannot say is not put into them: another
//! period than 30 s, other numbers of digits than 6 and 8, and Steam's codes are left out and told.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prost::Message;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    account::{Account, AccountId},
    import::google_migration::{OtpParameters, Payload},
    otp::{Algorithm, DEFAULT_PERIOD, Otp},
};

/// The most accounts in one code, as Google's app has it.
const MOST: usize = 10;
/// The most bytes in one code: beyond that its modules get too small for cameras. Ten usual accounts take about 600.
const MOST_BYTES: usize = 900;
const VERSION: i32 = 1;

/// One of several codes.
pub struct Part {
    /// What is in it, to be drawn.
    pub text: Zeroizing<String>,
    /// Whose keys are in it.
    pub accounts: Vec<AccountId>,
}

/// Why an account is in none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum LeftOut {
    /// Steam's codes.
    Steam,
    /// Neither 6 nor 8 digits.
    Digits,
    /// Another period than 30 s.
    Period,
    /// A counter over 2^63 - 1.
    Counter,
    /// Names, or a key, that are too long for any QR code.
    Long,
}

/// The accounts, in order, in as many codes as they need; and those that are left out. `id` tells the codes of one export
/// from those of another.
pub fn write(accounts: &[&Account], id: i32) -> (Vec<Part>, Vec<(AccountId, LeftOut)>) {
    let mut left_out = Vec::new();
    let mut parts: Vec<(Vec<OtpParameters>, Vec<AccountId>)> = Vec::new();
    let mut bytes = 0;
    for account in accounts {
        let one = match parameters(account) {
            Ok(one) => one,
            Err(why) => {
                left_out.push((account.id, why));
                continue;
            }
        };
        let more = one.encoded_len() + 4;
        match parts.last_mut().filter(|(some, _)| some.len() < MOST && bytes + more <= MOST_BYTES) {
            Some((some, ids)) => {
                some.push(one);
                ids.push(account.id);
                bytes += more;
            }
            None => {
                parts.push((vec![one], vec![account.id]));
                bytes = more;
            }
        }
    }
    let size = i32::try_from(parts.len()).unwrap_or(i32::MAX);
    let part = |((otp_parameters, accounts), batch_index)| {
        let payload =
            Payload { otp_parameters, version: VERSION, batch_size: size, batch_index, batch_id: id };
        Part { text: text(&payload), accounts }
    };
    (parts.into_iter().zip(0..).map(part).collect(), left_out)
}

/// Why an account fits into no such code; none where it does.
pub fn why_left_out(account: &Account) -> Option<LeftOut> {
    parameters(account).err()
}

fn text(payload: &Payload) -> Zeroizing<String> {
    // Room for all of it at once: growing would leave copies behind that are not wiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(payload.encoded_len()));
    #[expect(clippy::expect_used, reason = "there is room for it")]
    payload.encode(&mut *bytes).expect("a buffer that is large enough");
    let data = Zeroizing::new(data_encoding::BASE64.encode(&bytes));
    /// What Base64 has and a query escapes.
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let mut text = Zeroizing::new(String::with_capacity(64 + 3 * data.len()));
    text.push_str("otpauth-migration://offline?data=");
    text.extend(utf8_percent_encode(&data, ESCAPED));
    text
}

fn parameters(account: &Account) -> Result<OtpParameters, LeftOut> {
    let (key, names) = (&account.key.value, &account.names.value);
    let (algorithm, digits) = match key.otp {
        Otp::Totp { period, .. } if period.seconds() != DEFAULT_PERIOD => return Err(LeftOut::Period),
        Otp::Steam => return Err(LeftOut::Steam),
        Otp::Totp { algorithm, digits, .. } | Otp::Hotp { algorithm, digits, .. } => {
            (algorithm, digits.get())
        }
    };
    // With the issuer before it, as Google writes it: so readers take off what is not part of the label.
    let name = match (names.issuer.as_str(), names.label.as_str()) {
        // A colon in it would be taken for the end of an issuer.
        ("", label) if label.contains(':') => format!(":{label}"),
        ("", label) => label.to_owned(),
        (issuer, label) => format!("{issuer}:{label}"),
    };
    let counter = key.otp.counter();
    let one = OtpParameters {
        secret: key.secret.expose().to_vec(),
        name,
        issuer: names.issuer.clone(),
        algorithm: match algorithm {
            Algorithm::Sha1 => 1,
            Algorithm::Sha256 => 2,
            Algorithm::Sha512 => 3,
        },
        digits: match digits {
            6 => 1,
            8 => 2,
            _ => return Err(LeftOut::Digits),
        },
        kind: if counter.is_some() { 1 } else { 2 },
        counter: i64::try_from(counter.unwrap_or(0)).map_err(|_| LeftOut::Counter)?,
    };
    if one.encoded_len() + 32 > MOST_BYTES { Err(LeftOut::Long) } else { Ok(one) }
}

#[cfg(test)]
mod tests;
