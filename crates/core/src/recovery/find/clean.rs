//! A text as it was meant: without what cannot be seen, and with one kind of dash and of blank.

use zeroize::Zeroizing;

/// What is a dash between groups, whatever a word processor made of it.
fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{2043}')
}

/// Marks of direction, joiners and soft hyphens: they come along with what is copied, and nobody typed them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e007f}')
}

/// A line through the character before it.
fn is_stroke(c: char) -> bool {
    matches!(c, '\u{335}'..='\u{338}')
}

/// `text` with line feeds only between lines, blanks and tabs only between words, and `-` for any dash. A tab stays one:
/// it parts columns.
pub(super) fn clean(text: &str) -> Zeroizing<String> {
    let mut clean = Zeroizing::new(String::with_capacity(text.len() + 16));
    let mut chars = text.chars().filter(|c| !is_invisible(*c)).peekable();
    let mut struck = false;
    while let Some(c) = chars.next() {
        if is_stroke(c) {
            continue;
        }
        let strikes = chars.next_if(|next| is_stroke(*next)).is_some() && !c.is_control();
        // A blank within what is struck out is often not struck itself.
        if strikes != struck && !(struck && c == ' ' && chars.peek().is_some_and(|next| *next != '\n')) {
            clean.push_str("~~");
            struck = strikes;
        }
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\t' => clean.push('\t'),
            // Full-width forms of ASCII, as Japanese keyboards type them.
            '\u{ff01}'..='\u{ff5e}' if !is_dash(c) => {
                clean.push(char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c));
            }
            c if is_dash(c) => clean.push('-'),
            c if c.is_whitespace() => clean.push(' '),
            c if c.is_control() => clean.push(' '),
            c => clean.push(c),
        }
    }
    if struck {
        clean.push_str("~~");
    }
    clean
}

/// How a file begins that is no text, even where all of its bytes could be.
const NO_TEXT: [&[u8]; 9] =
    [b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"RIFF", b"II*\0", b"MM\0*", b"\x1f\x8b"];

/// The text of a file; see [`super::text_of`].
pub(super) fn text_of(bytes: &[u8]) -> Option<Zeroizing<String>> {
    if NO_TEXT.iter().any(|magic| bytes.starts_with(magic)) {
        return None;
    }
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit);
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.ok().map(Zeroizing::new)
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => Zeroizing::new(String::from_utf8_lossy(rest).into_owned()),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Zeroizing::new(text.to_owned()),
            // Each byte is the character of that number; a text of the West has few bytes above ASCII.
            Err(_) if bytes.iter().filter(|b| !b.is_ascii()).count() * 4 <= bytes.len() => {
                Zeroizing::new(bytes.iter().copied().map(char::from).collect())
            }
            Err(_) => return None,
        },
    };
    // The terminal's escape and what printers were told are seen in texts; a zero never is.
    let odd = |c: &char| {
        c.is_control()
            && !matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{1b}' | '\u{85}')
    };
    let (odd, all) = (text.chars().filter(odd).count(), text.chars().count());
    (!text.contains('\0') && odd * 50 <= all).then_some(text)
}
