//! Finds recovery codes in whatever a person pastes: a downloaded file, a page, a mail, a table, JSON, a note.
//!
//! No playbook is needed, though what it says of its service's codes settles most doubts. Without one, codes give
//! themselves away: several of them are built alike (`shape`) and stand where a list has its items (`place`), or words
//! say what they are (`words`). What could as well be a date, a word or somebody's number is offered as unsure, and
//! what is named as something else, a telephone's number or the key of a set-up, is not offered at all.
//!
//! Nothing here knows a service. A person looks at what was found before any of it is kept.

mod clean;
mod html;
mod json;
mod judge;
mod line;
mod mend;
mod parts;
mod pieces;
mod place;
mod runs;
mod sentence;
mod shape;
mod table;
mod ticks;
mod verdict;
mod words;

use zeroize::Zeroizing;

use crate::{
    playbook::{Alphabet, Recovery, RecoveryKind},
    recovery::BatchKind,
};

/// A code that was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// As it is printed: any blank in it is one space, any dash is `-`, and what cannot be seen is left out.
    pub text: Zeroizing<String>,
    /// It fits the playbook, or stands in a list of its like, or the text names it.
    pub sure: bool,
    /// The text marks it as used.
    pub used: bool,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("sure", &self.sure).field("used", &self.used).finish_non_exhaustive()
    }
}

/// What the playbook says of the codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// One that is replaced at each use, or several that are used once each.
    pub kind: Option<BatchKind>,
    /// How many.
    pub count: Option<usize>,
    /// Letters and digits of each, without dashes and spaces.
    pub length: Option<usize>,
    /// What each is made of.
    pub alphabet: Option<Alphabet>,
}

impl Expected {
    /// What a playbook says.
    pub fn of(recovery: &Recovery) -> Expected {
        Expected {
            kind: match recovery.kind {
                RecoveryKind::Rotating => Some(BatchKind::Rotating),
                RecoveryKind::Set => Some(BatchKind::Set),
                RecoveryKind::None | RecoveryKind::Unknown => None,
            },
            count: recovery.count.and_then(|count| usize::try_from(count).ok()),
            length: recovery.length.and_then(|length| usize::try_from(length).ok()),
            alphabet: recovery.alphabet,
        }
    }

    /// Whether `text` has as many letters and digits as expected; true where nothing is.
    pub fn fits_length(&self, text: &str) -> bool {
        self.length.is_none_or(|length| text.chars().filter(|c| c.is_alphanumeric()).count() == length)
    }

    /// Whether the letters and digits of `text` are of those expected; true where nothing is.
    pub fn fits_alphabet(&self, text: &str) -> bool {
        self.alphabet.is_none_or(|all| text.chars().filter(|c| c.is_alphanumeric()).all(|c| all.has(c)))
    }
}

/// A line, and what the form that it came in says of it.
struct Line {
    text: Zeroizing<String>,
    /// Whether its codes were used. None: it does not say.
    used: Option<bool>,
    /// What the heading of its column says.
    column: Option<sentence::Sense>,
}

impl Line {
    fn plain(text: &str) -> Line {
        Line { text: Zeroizing::new(text.to_owned()), used: None, column: None }
    }
}

/// The most places at which something is looked for that may be long and in vain.
const MAX_TRIES: usize = 16;

/// The codes in `text`, in its order.
pub fn find(text: &str, expected: &Expected) -> Vec<Found> {
    let mut cleaned = clean::clean(text);
    if html::is_html(&cleaned) {
        cleaned = html::text(&cleaned);
    }
    judge::judge(&lines(&cleaned), expected, &cleaned)
}

/// The lines of `text`; JSON and tables in it are made lines that say the same.
fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut rest = text;
    let (mut jsons, mut tables) = (0, 0);
    while !rest.is_empty() {
        let start = rest.trim_start_matches([' ', '\t']);
        let mut read = None;
        if start.starts_with(['{', '[']) && jsons < MAX_TRIES {
            read = json::lines(start).map(|(lines, length)| (lines, length, start));
            jsons += usize::from(read.is_none());
        }
        if read.is_none() && tables < MAX_TRIES {
            read = table::lines(rest).map(|(lines, length)| (lines, length, rest));
            if read.as_ref().is_some_and(|(_, length, _)| *length == 0) {
                tables += 1;
                read = None;
            }
        }
        if let Some((found, length, from)) = read {
            lines.extend(found);
            rest = from.get(length..).unwrap_or_default();
            continue;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        lines.push(Line::plain(line));
        rest = after;
    }
    lines
}

/// A code without what only separates: dashes and spaces. Capitals stay what they are.
pub fn plain(text: &str) -> Zeroizing<String> {
    let clean = clean::clean(text);
    Zeroizing::new(clean.chars().filter(|c| *c != '-' && !c.is_whitespace()).collect())
}

/// The text of a downloaded file: UTF-8, UTF-16 with its mark, or Latin-1 where it is plainly text. None, where it is a
/// picture, a PDF, or anything else that is none.
pub fn text_of(bytes: &[u8]) -> Option<Zeroizing<String>> {
    clean::text_of(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(found: &[Found]) -> Vec<(&str, bool, bool)> {
        found.iter().map(|one| (one.text.as_str(), one.sure, one.used)).collect()
    }

    #[test]
    fn a_table_and_json_say_which_codes_were_used() {
        let wanted = [("ab3d-e9f1", true, true), ("c8d7-11aa", true, false)];
        for text in [
            "Code\tUsed\nab3d-e9f1\tyes\nc8d7-11aa\tno",
            "Code       Status\nab3d-e9f1  used\nc8d7-11aa  unused",
            "{\"ab3d-e9f1\": true, \"c8d7-11aa\": false}",
            "[{\"code\": \"ab3d-e9f1\", \"redeemed\": true}, {\"code\": \"c8d7-11aa\", \"redeemed\": false}]",
            "<ul><li><del>ab3d-e9f1</del><li>c8d7-11aa</li></ul>",
            "Used:\nab3d-e9f1\n\nUnused:\nc8d7-11aa",
            "a\u{336}b\u{336}3\u{336}d\u{336}-\u{336}e\u{336}9\u{336}f\u{336}1\u{336}\nc8d7-11aa",
        ] {
            assert_eq!(texts(&find(text, &Expected::default())), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_named_as_something_else_is_not_offered() {
        for text in [
            "Your one-time code is 482913. Do not share it.",
            "Setup key: JBSW Y3DP EHPK 3PXP",
            "Order 48219931, ticket 77102384, tel. 0664 1234567",
            "Product key: VK7JG-NPHTM-C97JM-9MPGT-3V66T",
            "00-1A-2B-3C-4D-5E\n00-1A-2B-3C-4D-5F",
            "Recovery codes look like abcd-1234-efgh.",
            "Recovery codes\nDownload\nPrint\nContinue",
        ] {
            assert!(find(text, &Expected::default()).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_code_that_comes_twice_is_found_once_and_stays_used() {
        let text = "ab3d-e9f1 (used)\nc8d7-11aa\n\nab3d-e9f1\nc8d7 11aa";
        let found = find(text, &Expected { length: Some(8), ..Expected::default() });
        assert_eq!(texts(&found), [("ab3d-e9f1", true, true), ("c8d7-11aa", true, false)]);
    }

    #[test]
    fn the_playbook_says_where_a_row_of_groups_is_parted() {
        let text = "Backup codes\n7418 7243 9338 9188\n7773 6529 8802 3078";
        let found = |length| find(text, &Expected { length: Some(length), ..Expected::default() }).len();
        assert_eq!((found(8), found(4), found(16)), (4, 8, 2));
    }

    #[test]
    fn files_of_text_are_read_in_their_encoding_and_others_are_not() {
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("zoë".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in ["zoë".as_bytes(), b"\xef\xbb\xbfzo\xc3\xab", b"zo\xeb", &utf16] {
            // Three letters are few for the West.
            let long = [bytes, if bytes.starts_with(b"\xff") { b"" } else { b"      " }].concat();
            assert_eq!(text_of(&long).unwrap().trim(), "zoë");
        }
        for bytes in [
            b"%PDF-1.7\n".as_slice(),
            b"\x89PNG\r\n\x1a\n",
            b"ab\0cd",
            b"\xff\xd8\xff\xe0",
            b"\x01\x02\x03\x04",
        ] {
            assert_eq!(text_of(bytes), None);
        }
    }

    #[test]
    fn nothing_of_a_code_is_printed() {
        let found = find("Backup code: 35QDDEDM", &Expected::default());
        assert_eq!(format!("{found:?}"), "[Found { sure: true, used: false, .. }]");
    }

    /// Texts that are likely to mean something here.
    fn pasted() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-z0-9]{4}-[a-z0-9]{4}",
            "[0-9]{4} [0-9]{4}",
            "[A-Z0-9]{1,12}",
            "[ \t\n\r]{1,3}",
            "[0-9]{1,2}[.):]",
            "[-•*#>|,;:()\\[\\]{}\"'`~✓✗☐?=&<]{1,3}",
            prop_oneof![
                "Recovery codes:?",
                "used",
                "nicht",
                "code",
                "Tel. ",
                "secret=",
                "</p>",
                "<td>",
                "~~",
                "code,used\n",
                "&nbsp;",
                "\\{\"code\": \"",
                "2024-03-01 14:02",
                "\u{200b}",
                "\u{336}",
                "–",
                "\u{a0}"
            ],
            "\\PC{1,3}",
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    /// Whether the letters and digits of `code` come in `text`, in this order.
    fn is_within(code: &str, text: &str) -> bool {
        let mut text = text.chars();
        code.chars().filter(char::is_ascii_alphanumeric).all(|c| text.any(|other| other == c))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn whatever_is_found_stands_in_the_text(text in pasted(), length in prop::option::of(4_usize..20)) {
            let expected = Expected { length, ..Expected::default() };
            let cleaned = clean::clean(&text);
            for found in find(&text, &expected) {
                prop_assert!(is_within(&found.text, &cleaned));
                prop_assert!(found.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == ' '));
            }
        }

        #[test]
        fn the_ends_of_lines_make_no_difference(text in pasted()) {
            let lf = text.replace("\r\n", "\n").replace('\r', "\n");
            let crlf = lf.replace('\n', "\r\n");
            prop_assert!(find(&lf, &Expected::default()) == find(&crlf, &Expected::default()));
        }

        #[test]
        fn any_text_and_any_bytes_are_looked_through(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            find(&text, &Expected::default());
            if let Some(text) = text_of(&bytes) {
                find(&text, &Expected::default());
            }
        }
    }
}
