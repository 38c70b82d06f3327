//! `otpauth-migration://`: the QR codes of Google Authenticator's export.
//!
//! A percent-encoded Base64 protobuf of up to ten accounts, one of `batch_size` parts. Undocumented by
//! Google; the fields are those that every reader of it agrees on. The period is not in it and is 30 s.

use percent_encoding::percent_decode_str;
use prost::Message;
use zeroize::{Zeroize, Zeroizing};

use super::{Candidate, ImportError, Origin};
use crate::{
    account::Key,
    error::Error,
    otp::{Algorithm, Digits, Otp, OtpError, Period, uri},
    secret::Secret,
};

/// Which part of an export this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The same in all parts of one export.
    pub id: i32,
    /// From 0.
    pub index: u32,
    /// How many parts there are.
    pub size: u32,
}

/// The most parts that an export is believed to have, of ten accounts each.
const MAX_PARTS: u32 = 1000;

impl Batch {
    /// The part that the numbers say, where they make sense and there are several.
    fn of(id: i32, index: i32, size: i32) -> Option<Batch> {
        let (index, size) = (u32::try_from(index).ok()?, u32::try_from(size).ok()?);
        (size > 1 && size <= MAX_PARTS && index < size).then_some(Batch { id, index, size })
    }
}

/// What one such code holds.
#[derive(Debug)]
pub struct Migration {
    /// Its entries, each read or refused.
    pub entries: Vec<Result<Candidate, Error>>,
    /// Which part of the export it is, where there are several.
    pub batch: Option<Batch>,
}

/// Reads one such code.
///
/// # Errors
/// [`ImportError::MigrationDamaged`] where there is nothing to be read; a single bad entry is refused alone.
pub fn read(text: &str) -> Result<Migration, ImportError> {
    if text.len() > uri::MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    let bytes = payload(text).ok_or(ImportError::MigrationDamaged)?;
    let payload = Payload::decode(&bytes[..]).map_err(|_| ImportError::MigrationDamaged)?;
    if payload.otp_parameters.is_empty() {
        return Err(ImportError::MigrationDamaged);
    }
    Ok(Migration {
        batch: Batch::of(payload.batch_id, payload.batch_index, payload.batch_size),
        entries: payload.otp_parameters.into_iter().map(entry).collect(),
    })
}

/// The bytes behind `data=`, whichever Base64 they are in.
fn payload(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, query) = text.trim().split_once('?')?;
    let data = query.split('&').find_map(|pair| pair.strip_prefix("data="))?;
    let decoded = Zeroizing::new(percent_decode_str(data).decode_utf8_lossy().into_owned());
    let plain: Zeroizing<String> = Zeroizing::new(
        decoded
            .chars()
            .filter(|c| !matches!(c, '=' | '\n' | '\r'))
            .map(|c| match c {
                ' ' | '-' => '+',
                '_' => '/',
                c => c,
            })
            .collect(),
    );
    data_encoding::BASE64_NOPAD.decode(plain.as_bytes()).ok().map(Zeroizing::new)
}

fn entry(mut read: OtpParameters) -> Result<Candidate, Error> {
    let secret = Secret::from_bytes(std::mem::take(&mut read.secret))?;
    let algorithm = match read.algorithm {
        0 | 1 => Algorithm::Sha1,
        2 => Algorithm::Sha256,
        3 => Algorithm::Sha512,
        _ => return Err(OtpError::AlgorithmUnknown.into()),
    };
    let digits = match read.digits {
        0 | 1 => Digits::SIX,
        2 => Digits::try_from(8)?,
        _ => return Err(OtpError::DigitsOutOfRange.into()),
    };
    let otp = match read.kind {
        0 | 2 => Otp::Totp { algorithm, digits, period: Period::default() },
        1 => Otp::Hotp {
            algorithm,
            digits,
            counter: u64::try_from(read.counter).map_err(|_| OtpError::NumberInvalid("counter"))?,
        },
        _ => return Err(OtpError::TypeUnknown.into()),
    };
    let names = uri::names(&read.name, &read.issuer);
    Ok(Candidate {
        maybe_steam: names.issuer == "Steam" && matches!(otp, Otp::Totp { .. }),
        names,
        key: Key { secret, otp },
        origin: Origin::OtherApp,
    })
}

/// What is in one code.
#[derive(Message)]
#[prost(skip_debug)]
pub(crate) struct Payload {
    #[prost(message, repeated, tag = "1")]
    pub(crate) otp_parameters: Vec<OtpParameters>,
    #[prost(int32, tag = "2")]
    pub(crate) version: i32,
    #[prost(int32, tag = "3")]
    pub(crate) batch_size: i32,
    #[prost(int32, tag = "4")]
    pub(crate) batch_index: i32,
    #[prost(int32, tag = "5")]
    pub(crate) batch_id: i32,
}

/// One account in it.
#[derive(Message)]
#[prost(skip_debug)]
pub(crate) struct OtpParameters {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) secret: Vec<u8>,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) issuer: String,
    #[prost(int32, tag = "4")]
    pub(crate) algorithm: i32,
    #[prost(int32, tag = "5")]
    pub(crate) digits: i32,
    #[prost(int32, tag = "6")]
    pub(crate) kind: i32,
    #[prost(int64, tag = "7")]
    pub(crate) counter: i64,
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payload({} accounts)", self.otp_parameters.len())
    }
}

impl std::fmt::Debug for OtpParameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OtpParameters(…)")
    }
}

impl Drop for OtpParameters {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorCode, Explain};
    use proptest::prelude::*;

    fn uri_of(payload: &Payload) -> String {
        let data = data_encoding::BASE64.encode(&payload.encode_to_vec());
        let data = data.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        format!("otpauth-migration://offline?data={data}")
    }

    fn parameters(name: &str, issuer: &str) -> OtpParameters {
        OtpParameters {
            secret: b"Hello!\xde\xad\xbe\xef".to_vec(),
            name: name.into(),
            issuer: issuer.into(),
            algorithm: 1,
            digits: 1,
            kind: 2,
            counter: 0,
        }
    }

    #[test]
    fn entries_are_read_with_their_settings_and_a_bad_one_is_refused_alone() {
        let mut eight = parameters("Acme:zoe", "Acme");
        (eight.algorithm, eight.digits) = (3, 2);
        let mut counted = parameters("zoe", "");
        (counted.kind, counted.counter) = (1, 41);
        let mut md5 = parameters("x", "");
        md5.algorithm = 4;
        let otp_parameters = vec![eight, counted, md5];
        let payload = Payload { otp_parameters, version: 1, batch_size: 7, batch_index: 2, batch_id: -5 };
        let read = read(&uri_of(&payload)).unwrap();
        assert_eq!(read.batch, Some(Batch { id: -5, index: 2, size: 7 }));
        let [Ok(eight), Ok(counted), Err(md5)] = &read.entries[..] else { panic!("{read:?}") };
        assert_eq!((eight.names.issuer.as_str(), eight.names.label.as_str()), ("Acme", "zoe"));
        assert_eq!((eight.key.otp.digits(), eight.key.otp.algorithm()), (8, Algorithm::Sha512));
        assert_eq!((counted.key.otp.counter(), counted.origin), (Some(41), Origin::OtherApp));
        assert_eq!(md5.code(), ErrorCode::AlgorithmUnknown);
    }

    #[test]
    fn base64_is_read_unescaped_url_safe_unpadded_and_with_spaces_for_plus() {
        let otp_parameters = vec![parameters("~~~???>>>", "ÿÿÿ")];
        let payload = Payload { otp_parameters, version: 1, batch_size: 1, batch_index: 0, batch_id: 0 };
        let data = data_encoding::BASE64.encode(&payload.encode_to_vec());
        assert!(data.contains('+') || data.contains('/'), "the case needs one of them: {data}");
        for data in [
            data.clone(),
            data.replace('+', " "),
            data.replace('+', "-").replace('/', "_"),
            data.trim_end_matches('=').to_owned(),
        ] {
            let read = read(&format!("otpauth-migration://offline?data={data}")).unwrap();
            assert_eq!(read.entries.len(), 1, "{data}");
        }
    }

    #[test]
    fn numbers_of_parts_that_make_no_sense_are_left_aside() {
        assert_eq!(Batch::of(1, 6, 7), Some(Batch { id: 1, index: 6, size: 7 }));
        for (index, size) in [(0, 1), (7, 7), (-1, 7), (0, -7), (0, i32::MAX)] {
            assert_eq!(Batch::of(1, index, size), None, "{index} of {size}");
        }
    }

    #[test]
    fn an_empty_or_broken_one_is_damaged() {
        for text in [
            "otpauth-migration://offline",
            "otpauth-migration://offline?data=",
            "otpauth-migration://offline?data=%%%",
            "otpauth-migration://offline?data=AAAA",
        ] {
            assert_eq!(read(text).unwrap_err(), ImportError::MigrationDamaged, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&format!("otpauth-migration://offline?data={}", data_encoding::BASE64.encode(&bytes)));
        }
    }
}
