//! What a scanned text claims to be, so that a code that is no key can be called by its name.

use crate::otp::uri;

/// What a scanned text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Kind {
    /// `otpauth://` or `steam://`: one account.
    Otpauth,
    /// `otpauth-migration://`: up to ten accounts of a Google export.
    Migration,
    /// A web address.
    WebAddress,
    /// A Wi-Fi network's name and password.
    Wifi,
    /// A card with somebody's address.
    Contact,
    /// An e-mail address.
    Email,
    /// A number to call or to write to.
    Phone,
    /// A place on a map.
    Location,
    /// A date for a calendar.
    Event,
    /// A sign-in with a passkey of another device (CTAP 2.2 §11.5).
    Passkey,
    /// A payment, or an address for one.
    Payment,
    /// An enrollment that only the app of one company understands.
    OtherApp,
    /// Anything else.
    Text,
}

/// How texts of each kind begin, in lower case.
const BEGINNINGS: [(&str, Kind); 28] = [
    ("otpauth-migration:", Kind::Migration),
    ("http://", Kind::WebAddress),
    ("https://", Kind::WebAddress),
    ("www.", Kind::WebAddress),
    ("wifi:", Kind::Wifi),
    ("begin:vcard", Kind::Contact),
    ("mecard:", Kind::Contact),
    ("bizcard:", Kind::Contact),
    ("mailto:", Kind::Email),
    ("matmsg:", Kind::Email),
    ("tel:", Kind::Phone),
    ("sms:", Kind::Phone),
    ("smsto:", Kind::Phone),
    ("geo:", Kind::Location),
    ("begin:vevent", Kind::Event),
    ("begin:vcalendar", Kind::Event),
    ("fido:/", Kind::Passkey),
    ("bitcoin:", Kind::Payment),
    ("ethereum:", Kind::Payment),
    ("lightning:", Kind::Payment),
    // The European Payments Council's code for a transfer.
    ("bcd\n", Kind::Payment),
    ("bcd\r\n", Kind::Payment),
    ("spc\n", Kind::Payment),
    ("spc\r\n", Kind::Payment),
    ("phonefactor:", Kind::OtherApp),
    ("duo:", Kind::OtherApp),
    ("oktaverify:", Kind::OtherApp),
    ("pingidauth:", Kind::OtherApp),
];

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::Otpauth => "an account",
            Kind::Migration => "a Google Authenticator export",
            Kind::WebAddress => "a web address",
            Kind::Wifi => "a Wi-Fi network",
            Kind::Contact => "an address card",
            Kind::Email => "an e-mail address",
            Kind::Phone => "a phone number",
            Kind::Location => "a place on a map",
            Kind::Event => "a calendar entry",
            Kind::Passkey => "a sign-in with a passkey",
            Kind::Payment => "a payment",
            Kind::OtherApp => "an enrollment for another company's own app",
            Kind::Text => "some other text",
        })
    }
}

impl Kind {
    /// Tells what `text` claims to be.
    pub fn of(text: &str) -> Kind {
        let start: String = text.trim_start().chars().take(32).collect::<String>().to_ascii_lowercase();
        if uri::is_otp_uri(text) && !start.starts_with("otpauth-migration:") {
            return Kind::Otpauth;
        }
        let begins = BEGINNINGS.iter().find(|(beginning, _)| start.starts_with(beginning));
        begins.map_or(Kind::Text, |(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_called_by_what_it_begins_with() {
        for (text, kind) in [
            ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", Kind::Otpauth),
            ("OTPAUTH-MIGRATION://offline?data=x", Kind::Migration),
            (" HTTPS://example.org", Kind::WebAddress),
            ("WIFI:T:WPA;S:home;P:x;;", Kind::Wifi),
            ("BEGIN:VCARD\nVERSION:3.0", Kind::Contact),
            ("FIDO:/13086400838107303667332719012595115747", Kind::Passkey),
            ("BCD\n002\n1\nSCT", Kind::Payment),
            ("phonefactor://activate_account?code=1", Kind::OtherApp),
            ("telephone", Kind::Text),
            ("", Kind::Text),
        ] {
            assert_eq!(Kind::of(text), kind, "{text}");
        }
    }
}
