//! A page's source as the text that it shows.

use zeroize::Zeroizing;

/// Elements that begin a line of their own.
const LINES: [&str; 26] = [
    "p", "div", "li", "br", "tr", "ol", "ul", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "section",
    "main", "header", "footer", "nav", "dt", "dd", "body", "title", "button", "label",
];

/// Elements whose content is not shown.
const UNSEEN: [&str; 5] = ["script", "style", "svg", "template", "noscript"];

/// Whether `text` is the source of a page, or a part of one.
pub(super) fn is_html(text: &str) -> bool {
    let mut tags = 0;
    for (at, _) in text.match_indices("</") {
        let name = name(text.get(at + 2..).unwrap_or_default());
        if LINES.contains(&&*name)
            || ["td", "th", "span", "code", "html", "a", "b", "strong"].contains(&&*name)
        {
            tags += 1;
        }
        if tags >= 2 {
            return true;
        }
    }
    false
}

/// The name of a tag, from behind its bracket.
fn name(tag: &str) -> String {
    tag.chars().take(12).take_while(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What the page shows, line by line; columns of tables are parted by tabs, and what is struck out stands between `~~`.
pub(super) fn text(page: &str) -> Zeroizing<String> {
    let mut shown = Zeroizing::new(String::with_capacity(page.len()));
    let mut unseen: Option<String> = None;
    let mut preformatted = 0_usize;
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        if unseen.is_none() {
            show(before, preformatted > 0, &mut shown);
        }
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.find("-->").and_then(|end| comment.get(end + 3..)).unwrap_or_default();
            continue;
        }
        let inside = tag.get(1..).unwrap_or_default();
        let closes = inside.starts_with('/');
        let name = name(inside.trim_start_matches('/'));
        if name.is_empty() && !closes && !inside.starts_with(['!', '?']) {
            // No tag: a bracket that somebody typed.
            shown.push('<');
            rest = inside;
            continue;
        }
        rest = inside.find('>').and_then(|end| inside.get(end + 1..)).unwrap_or_default();
        match &unseen {
            Some(until) => {
                if closes && *until == name {
                    unseen = None;
                }
                continue;
            }
            None if !closes && UNSEEN.contains(&&*name) => {
                unseen = Some(name);
                continue;
            }
            None => {}
        }
        match &*name {
            "pre" if closes => preformatted = preformatted.saturating_sub(1),
            "pre" => preformatted += 1,
            _ => {}
        }
        match &*name {
            // What is within a row stays together.
            "tr" if shown.ends_with('\n') => {}
            name if LINES.contains(&name) => shown.push('\n'),
            "td" | "th" if !closes && !shown.ends_with(['\n', '\t']) => shown.push('\t'),
            "s" | "del" | "strike" => shown.push_str("~~"),
            _ => {}
        }
    }
    if unseen.is_none() {
        show(rest, preformatted > 0, &mut shown);
    }
    shown
}

/// Appends what stands between tags.
fn show(text: &str, preformatted: bool, shown: &mut String) {
    let mut rest = text;
    loop {
        let (plain, entity) = rest.split_at(rest.find('&').unwrap_or(rest.len()));
        for c in plain.chars() {
            match c {
                // A line of the source is none of the page.
                '\n' | '\t' if !preformatted => shown.push(' '),
                c => shown.push(c),
            }
        }
        let Some(entity) = entity.strip_prefix('&') else { return };
        let known = entity.char_indices().take(10).find(|(_, c)| *c == ';').and_then(|(end, _)| {
            let c = entity.get(..end).and_then(character)?;
            Some((c, entity.get(end + 1..)?))
        });
        match known {
            Some((c, after)) => {
                shown.push(c);
                rest = after;
            }
            None => {
                shown.push('&');
                rest = entity;
            }
        }
    }
}

/// The character that an entity stands for.
fn character(entity: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let c = match entity {
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "ndash" | "mdash" | "minus" | "hyphen" | "dash" => '-',
        "bull" | "middot" => '•',
        "check" => '✓',
        "cross" => '✗',
        _ => match entity.strip_prefix('#') {
            Some(hex) if hex.starts_with(['x', 'X']) => number(hex.get(1..)?, 16)?,
            Some(decimal) => number(decimal, 10)?,
            // A letter of some language: which one tells no code.
            None if !entity.is_empty() && entity.chars().all(|c| c.is_ascii_alphanumeric()) => '·',
            None => return None,
        },
    };
    Some(if c.is_control() || c.is_whitespace() { ' ' } else { c })
}
