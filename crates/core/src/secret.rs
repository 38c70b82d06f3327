//! The shared key of an account, and the Base32 that people meet it in.
//!
//! A [`Secret`] is never `Debug`-printed, never `Serialize`d by accident, compared in constant time and
//! wiped when dropped. Text is accepted as leniently as the apps that handed it out were (RFC 4648 §6, with
//! what people add around it), because a key that was typed with spaces is still the right key.

use data_encoding::{BASE32_NOPAD, BASE64, BASE64_NOPAD, Encoding, Specification};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{ErrorCode, Explain};

/// The most bytes a key may have. The longest useful HMAC key is one block (128 bytes for SHA-512); what
/// is longer is hashed first (RFC 2104 §3). Far above both, and far below what could hurt.
pub const MAX_BYTES: usize = 1024;

/// The fewest bits RFC 4226 §4 R6 asks of a shared secret. Many services hand out 80.
pub const RECOMMENDED_BITS: usize = 128;

/// A shared key: 1 to [`MAX_BYTES`] bytes.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<[u8]>>);

/// Why a text is no key. None of them carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing is left after spaces, dashes and padding.
    #[error("the setup key is empty")]
    Empty,
    /// A character that Base32 does not have, at this position (counted from 1, in characters as given).
    #[error("the setup key is no Base32: character {position} is none of A–Z and 2–7")]
    NotBase32 {
        /// Counted from 1.
        position: usize,
    },
    /// Fewer characters than one byte needs.
    #[error("the setup key is too short to be one")]
    TooShort,
    /// More than [`MAX_BYTES`].
    #[error("the setup key is longer than any service uses")]
    TooLong,
}

impl Explain for SecretError {
    fn code(&self) -> ErrorCode {
        match self {
            SecretError::Empty => ErrorCode::KeyEmpty,
            SecretError::NotBase32 { .. } => ErrorCode::KeyNotBase32,
            SecretError::TooShort => ErrorCode::KeyTooShort,
            SecretError::TooLong => ErrorCode::KeyTooLong,
        }
    }
}

impl Secret {
    /// Takes the bytes as they are.
    ///
    /// # Errors
    /// [`SecretError::Empty`] and [`SecretError::TooLong`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Secret, SecretError> {
        let bytes = Zeroizing::new(bytes.into_boxed_slice());
        match bytes.len() {
            0 => Err(SecretError::Empty),
            n if n > MAX_BYTES => Err(SecretError::TooLong),
            _ => Ok(Secret(bytes)),
        }
    }

    /// Reads Base32 as people have it: any case, with white space, `-` and `_` anywhere, `=` at the end, of
    /// any length, with left-over bits dropped. `0`, `1` and `8` are **not** guessed to be `O`, `I` and `B`.
    ///
    /// # Errors
    /// [`SecretError`], by what is wrong.
    pub fn from_base32(text: &str) -> Result<Secret, SecretError> {
        let mut symbols = Zeroizing::new(String::with_capacity(text.len().min(MAX_BYTES * 2)));
        let end = text.trim_end_matches(|c: char| c == '=' || is_filler(c)).len();
        for (index, (at, c)) in text.char_indices().enumerate() {
            if is_filler(c) || (c == '=' && at >= end) {
                continue;
            }
            match c.to_ascii_uppercase() {
                c @ ('A'..='Z' | '2'..='7') if symbols.len() < MAX_BYTES * 2 => symbols.push(c),
                'A'..='Z' | '2'..='7' => return Err(SecretError::TooLong),
                _ => return Err(SecretError::NotBase32 { position: index + 1 }),
            }
        }
        if symbols.is_empty() {
            return Err(SecretError::Empty);
        }
        // 1, 3 and 6 symbols over a group of eight hold no whole byte more than 0, 2 and 5 do (RFC 4648 §6).
        if matches!(symbols.len() % 8, 1 | 3 | 6) {
            symbols.pop();
        }
        let mut bytes = vec![0; base32_lenient().decode_len(symbols.len()).unwrap_or(0)];
        match base32_lenient().decode_mut(symbols.as_bytes(), &mut bytes) {
            Ok(0) => Err(SecretError::TooShort),
            Ok(_) => Secret::from_bytes(bytes),
            Err(failed) => {
                bytes.zeroize();
                Err(SecretError::NotBase32 { position: failed.error.position + 1 })
            }
        }
    }

    /// Reads Base64, with or without padding (Steam's `shared_secret`).
    ///
    /// # Errors
    /// [`SecretError`]; what is not Base64 is said to be no Base32, which is what a person was asked for.
    pub fn from_base64(text: &str) -> Result<Secret, SecretError> {
        BASE64
            .decode(text.as_bytes())
            .or_else(|_| BASE64_NOPAD.decode(text.as_bytes()))
            .map_err(|failed| SecretError::NotBase32 { position: failed.position + 1 })
            .and_then(Secret::from_bytes)
    }

    /// Upper-case Base32 without padding, as every service and app reads it.
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// The key itself, for the one place that computes a code and the one that seals a vault.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether the key has fewer bits than RFC 4226 §4 R6 asks for.
    pub fn is_short(&self) -> bool {
        self.0.len() * 8 < RECOMMENDED_BITS
    }
}

/// Overwrites what functions called before this one, from the same place, have left on the stack: hashes keep parts
/// of a key in buffers of their own, which nothing wipes.
#[inline(never)]
pub fn wipe_stack() {
    let mut room = [0u64; 1024];
    room.zeroize();
    std::hint::black_box(&room);
}

/// What people and apps put between the symbols: white space (also no-break), `-`, `_`, and the invisible
/// characters that web pages carry along.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Base32 without padding that ignores non-zero left-over bits, as the apps that let people type keys do.
fn base32_lenient() -> &'static Encoding {
    static ENCODING: std::sync::OnceLock<Encoding> = std::sync::OnceLock::new();
    ENCODING.get_or_init(|| {
        let mut specification: Specification = BASE32_NOPAD.specification();
        specification.check_trailing_bits = false;
        specification.encoding().unwrap_or(BASE32_NOPAD)
    })
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(text: &str) -> String {
        Secret::from_base32(text)
            .map_or_else(|e| e.to_string(), |s| data_encoding::HEXLOWER.encode(s.expose()))
    }

    #[test]
    fn spaces_dashes_case_and_padding_do_not_matter() {
        for text in [
            "JBSWY3DPEHPK3PXP",
            "jbsw y3dp-ehpk_3pxp",
            " JBSWY3DP\u{a0}EHPK3PXP====\n",
            "JBSWY3DPEHPK3PXP= =",
        ] {
            assert_eq!(hex(text), "48656c6c6f21deadbeef", "{text}");
        }
    }

    #[test]
    fn odd_lengths_and_left_over_bits_are_read_as_the_apps_read_them() {
        // 7 symbols are 35 bits, so 4 bytes; 1, 3 and 6 over a group carry nothing more.
        assert_eq!(hex("DFDFDEF"), "19465190");
        assert_eq!(hex("DFDFDEA"), "19465190");
        assert_eq!(hex("MZXW6YTBO"), "666f6f6261");
        assert_eq!(hex("MZX"), "66");
    }

    #[test]
    fn a_wrong_character_is_named_by_its_place_and_nothing_else() {
        assert_eq!(Secret::from_base32("JBSW 1DP"), Err(SecretError::NotBase32 { position: 6 }));
        assert_eq!(Secret::from_base32("JBSW=Y3D"), Err(SecretError::NotBase32 { position: 5 }));
        assert_eq!(Secret::from_base32("ÄBSW"), Err(SecretError::NotBase32 { position: 1 }));
    }

    #[test]
    fn nothing_one_symbol_and_too_much_are_three_errors() {
        assert_eq!(Secret::from_base32(" -= "), Err(SecretError::Empty));
        assert_eq!(Secret::from_base32("A"), Err(SecretError::TooShort));
        assert_eq!(Secret::from_base32(&"A".repeat(10_000_000)), Err(SecretError::TooLong));
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::from_base32("JBSWY3DPEHPK3PXP").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn eighty_bits_are_short_and_a_hundred_and_twenty_eight_are_not() {
        assert!(Secret::from_bytes(vec![1; 10]).unwrap().is_short());
        assert!(!Secret::from_bytes(vec![1; 16]).unwrap().is_short());
    }

    proptest! {
        #[test]
        fn base32_round_trips(bytes in prop::collection::vec(any::<u8>(), 1..=MAX_BYTES)) {
            let secret = Secret::from_bytes(bytes).unwrap();
            prop_assert_eq!(&Secret::from_base32(&secret.to_base32()).unwrap(), &secret);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,64}") {
            let _ = Secret::from_base32(&text);
            let _ = Secret::from_base64(&text);
        }
    }
}
