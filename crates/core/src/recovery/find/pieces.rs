//! A line in pieces: its words without the quotes around them, and the signs between them.

/// What a sign before or behind a code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// An empty box.
    Open,
    /// A box with something in it.
    Crossed,
    /// A tick: that it is good, or that it is done.
    Tick,
    /// A cross.
    Cross,
    /// A question mark of its own.
    Doubt,
}

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Word(Word<'a>),
    Sign(Sign),
    /// Text begins or ends to be struck out.
    Strike,
    /// `(`, `[`, `{`.
    Opens,
    /// `)`, `]`, `}`.
    Closes,
    /// `,`, `;`, `|`: what follows is something else.
    Parts,
    /// Quotes, bullets, arrows, dashes of their own.
    Other,
}

/// A word, without the stops at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    /// More than a blank stands before it: that of another column.
    pub wide: bool,
    /// Nothing stands between it and the piece before it.
    pub close: bool,
    /// `#` before it.
    pub hash: bool,
    /// `:` or `=` behind it.
    pub colon: bool,
    /// `.` behind it.
    pub stop: bool,
    /// `!` or `?` behind it.
    pub exclaims: bool,
    /// `?` behind it.
    pub asks: bool,
}

fn sign(c: char) -> Option<Sign> {
    match c {
        '☐' | '□' | '▢' | '◻' | '⬜' | '❏' | '❑' | '▫' => Some(Sign::Open),
        '☒' | '☑' | '⊠' | '⌧' | '🗹' | '🗷' => Some(Sign::Crossed),
        '✓' | '✔' | '✅' | '🗸' | '√' => Some(Sign::Tick),
        '✗' | '✘' | '❌' | '✕' | '✖' | '❎' | '×' | '⨯' | '🚫' => Some(Sign::Cross),
        _ => None,
    }
}

/// What stands between words, and is of none.
fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '"' | '`'
            | '*'
            | '>'
            | '<'
            | '“'
            | '”'
            | '„'
            | '‟'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '‘'
            | '’'
            | '‚'
            | '•'
            | '·'
            | '‣'
            | '▪'
            | '●'
            | '○'
            | '◦'
            | '→'
            | '⇒'
            | '←'
            | '…'
            | '\\'
            | '」'
            | '「'
            | '『'
            | '』'
            | '、'
            | '。'
            | '：'
    ) || ('\u{2500}'..='\u{259f}').contains(&c)
}

/// A box that is drawn of letters: `[ ]`, `[x]`, `(x)`. What it says, and how long it is.
fn drawn_box(text: &str) -> Option<(Sign, usize)> {
    let inside = text.strip_prefix(['[', '('])?;
    let mut chars = inside.chars();
    let (first, second) = (chars.next()?, chars.next());
    let closes = |c: Option<char>| matches!(c, Some(']' | ')'));
    match first {
        ']' if text.starts_with('[') => Some((Sign::Open, 2)),
        ' ' | '_' if closes(second) => Some((Sign::Open, 3)),
        'x' | 'X' | '*' if closes(second) => Some((Sign::Crossed, 3)),
        c if sign(c).is_some() && closes(second) => {
            Some((sign(c).filter(|sign| *sign == Sign::Cross).unwrap_or(Sign::Crossed), 2 + c.len_utf8()))
        }
        _ => None,
    }
}

/// The pieces of a line.
pub(super) fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    let (mut wide, mut close) = (false, false);
    while let Some(c) = rest.chars().next() {
        let after = |length: usize| rest.get(length..).unwrap_or_default();
        if c == ' ' || c == '\t' {
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            wide = blank > 1 || c == '\t';
            close = false;
            rest = after(blank);
            continue;
        }
        let before = pieces.len();
        if let Some((sign, length)) = drawn_box(rest) {
            pieces.push(Piece::Sign(sign));
            rest = after(length);
        } else if let Some(sign) = sign(c) {
            pieces.push(Piece::Sign(sign));
            rest = after(c.len_utf8());
        } else if rest.starts_with("~~") {
            pieces.push(Piece::Strike);
            rest = after(2);
        } else if let '(' | '[' | '{' | ')' | ']' | '}' = c {
            pieces.push(if matches!(c, '(' | '[' | '{') { Piece::Opens } else { Piece::Closes });
            rest = after(1);
        } else if let ',' | ';' | '|' | '،' | '；' | '，' = c {
            pieces.push(Piece::Parts);
            rest = after(c.len_utf8());
        } else if is_punctuation(c) {
            pieces.push(Piece::Other);
            rest = after(c.len_utf8());
        } else {
            rest = word(rest, wide, close, &mut pieces);
        }
        // A quote before a word does not make it another column's.
        if !matches!(pieces.get(before..), Some([Piece::Other | Piece::Strike])) {
            wide = false;
        }
        close = true;
    }
    pieces
}

/// Takes the word that `text` begins with; gives what is left.
fn word<'a>(text: &'a str, wide: bool, close: bool, pieces: &mut Vec<Piece<'a>>) -> &'a str {
    let always = |c: char| matches!(c, ' ' | '\t' | '"' | '<' | '>' | '`');
    let ends = |c: char| {
        always(c)
            || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|' | '~' | '，' | '；')
            || is_punctuation(c)
            || sign(c).is_some()
    };
    let first = text.chars().next().map_or(0, char::len_utf8);
    let mut end = text.find(ends).unwrap_or(text.len()).max(first);
    let address = text.get(..end).is_some_and(|word| word.contains("://"));
    if address {
        // An address has its own signs.
        end = text.find(always).unwrap_or(text.len());
    }
    // `code:abc` and `CODES=abc` say what follows.
    let label = text.get(..end).and_then(|word| word.find([':', '=']));
    if let Some(at) = label.filter(|at| *at > 0 && !address) {
        let (name, value) = (text.get(..at).unwrap_or_default(), text.get(at + 1..end).unwrap_or_default());
        let is_name = name.chars().all(|c| c.is_alphabetic() || c == '_' || c == '-');
        if is_name
            && value.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !value.contains(['/', '=', ':', '&'])
        {
            end = at + 1;
        }
    }
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let bare = word.trim_start_matches(['#', '№', '\'', '=', ':', '_']);
    let core = bare.trim_end_matches(['.', ':', '=', '!', '?', '\'', '_', '°']);
    let tail = bare.get(core.len()..).unwrap_or_default();
    let asks = tail.contains('?');
    pieces.push(match core.chars().any(char::is_alphanumeric) {
        false if word.contains('?') => Piece::Sign(Sign::Doubt),
        false => Piece::Other,
        true => Piece::Word(Word {
            text: core,
            wide,
            close,
            hash: word.starts_with(['#', '№']),
            colon: tail.contains([':', '=']),
            stop: tail.contains('.'),
            exclaims: asks || tail.contains('!'),
            asks,
        }),
    });
    rest
}

/// A line without what quotes it, and without when and by whom it was said in a chat.
pub(super) fn unquoted(line: &str) -> &str {
    let mut line = line.trim_matches([' ', '\t']);
    while let Some(rest) = line.strip_prefix('>') {
        line = rest.trim_start_matches([' ', '\t']);
    }
    let Some(said) = past_stamp(line) else { return line };
    let said = said.trim_start_matches([' ', '-', '|']);
    // Who said it: a few words before a colon, or a name in brackets.
    if let Some((_, rest)) = said.strip_prefix('<').and_then(|said| said.split_once('>')) {
        return rest.trim_start();
    }
    match said.split_once(": ").or_else(|| said.strip_suffix(':').map(|name| (name, ""))) {
        Some((name, rest))
            if name.len() < 40 && name.split(' ').count() <= 3 && !name.contains(['"', ',']) =>
        {
            rest.trim_start()
        }
        _ => line,
    }
}

/// What stands behind a day and a time of day. None, where the line begins with no time of day.
fn past_stamp(line: &str) -> Option<&str> {
    let is_stamp = |c: char| {
        c.is_ascii_digit()
            || matches!(c, '.' | ':' | '/' | '-' | ',' | ' ' | 'T' | 'Z' | '[' | ']' | '(' | ')')
    };
    let end = line.find(|c| !is_stamp(c)).unwrap_or(line.len());
    let (stamp, _) = line.split_at_checked(end)?;
    // A name may follow closely, and a clock of twelve hours says which half.
    let clock = stamp.find(':').filter(|at| {
        let digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
        let bytes = stamp.as_bytes();
        digit(bytes.get(at.wrapping_sub(1))) && digit(bytes.get(at + 1)) && digit(bytes.get(at + 2))
    })?;
    let bytes = stamp.as_bytes();
    let closing = stamp.find([']', ')']).filter(|_| stamp.starts_with(['[', '(']));
    let past = closing.map(|at| at + 1).or_else(|| {
        let length = bytes.iter().skip(clock).take_while(|b| b.is_ascii_digit() || **b == b':').count();
        Some(clock + length)
    })?;
    let rest = line.get(past..)?;
    Some(rest.strip_prefix(" AM").or_else(|| rest.strip_prefix(" PM")).unwrap_or(rest))
}
