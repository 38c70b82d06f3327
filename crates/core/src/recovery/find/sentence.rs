//! What a sentence says of the codes in it, word by word.

use super::words::{
    self, IS_APP, IS_CODE, IS_KEY, IS_NOT, IS_ONCE, IS_OTHER, IS_OTHER_CODE, IS_RESCUE, IS_SECRET,
};

/// What a sentence has said so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sentence {
    /// How many words were heard.
    heard: u32,
    rescue: Option<u32>,
    once: Option<u32>,
    app: Option<u32>,
    other: Option<u32>,
    /// What a program calls something. It says nothing of what is below it.
    field: Option<u32>,
    /// A code, of which nothing says what it rescues.
    code: Option<u32>,
    /// A key of which nothing does: that of a set-up.
    key: Option<u32>,
    strong: Option<u32>,
    used: Option<bool>,
    not: bool,
}

/// What was said of a code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sense {
    /// That it is one for recovery.
    pub strong: bool,
    /// That it is a code, and no more.
    pub weak: bool,
    /// That it is something else.
    pub other: bool,
    /// That it was used.
    pub used: bool,
    /// That it was not.
    pub unused: bool,
}

impl Sense {
    /// Whether it is called a code, and nothing else.
    pub(super) fn names(self) -> bool {
        self.strong || self.weak && !self.other
    }
}

/// What `text` says as a whole, as a heading.
pub(super) fn heading(text: &str) -> Sense {
    let mut sentence = Sentence::default();
    let long = text.chars().nth(400).is_some();
    if !long {
        text.split(|c: char| c.is_whitespace() || matches!(c, '/' | '(' | ')' | '"' | ':'))
            .for_each(|word| sentence.hear(word));
    }
    sentence.sense(u32::MAX)
}

/// A field of a program's, which would be called a code if it were one.
fn is_field(word: &str) -> bool {
    word.trim_matches('_').contains('_')
}

fn near(then: Option<u32>, now: u32, most: u32) -> bool {
    then.is_some_and(|then| now.saturating_sub(then) <= most)
}

impl Sentence {
    /// One more word.
    pub(super) fn hear(&mut self, word: &str) {
        let small = words::small(word);
        if small.is_empty() {
            return;
        }
        self.heard = self.heard.saturating_add(1);
        let now = self.heard;
        if word.starts_with('+') && small.chars().all(|c| c.is_ascii_digit()) {
            // A country's number.
            self.other = Some(now);
            return;
        }
        // A word with digits is rather a code itself; but the app's have six digits.
        if small.chars().skip(1).any(|c| c.is_ascii_digit())
            || small.starts_with(|c: char| c.is_ascii_digit() && c != '6')
        {
            return;
        }
        let kinds = words::kinds(&small);
        let has = |kind| kinds & kind != 0;
        match words::says_used(kinds) {
            Some(used) => self.used = Some(used != self.not),
            None => self.not = has(IS_NOT),
        }
        if has(IS_OTHER_CODE) || small.contains("qr") && small.len() < 8 {
            self.other = Some(now);
            self.rescue = None;
            return;
        }
        let many = !small.ends_with("code") && !small.ends_with("kod");
        let code = has(IS_CODE);
        let not_keys = ["keyboard", "keyfob", "keychain", "monkey", "donkey"];
        let key = (has(IS_KEY) || small.ends_with("key") || small.ends_with("keys"))
            && !not_keys.contains(&&*small);
        let rescue = has(IS_RESCUE) || has(IS_ONCE) && code && many;
        for (what, then) in [
            (has(IS_APP), &mut self.app),
            (has(IS_ONCE), &mut self.once),
            (has(IS_SECRET), &mut self.key),
            (rescue, &mut self.rescue),
        ] {
            if what {
                *then = Some(now);
            }
        }
        let rescues = near(self.rescue, now, 4);
        let id =
            small.ends_with("id") && small.len() < 12 && !words::ends_in_id(&small) || small.ends_with("nr");
        if (code || key) && (rescues || near(self.once, now, 2) && code && many) {
            self.strong = Some(now);
        } else if rescue && (near(self.code, now, 4) || near(self.key, now, 4)) {
            // `codes de secours`, `clé de récupération`.
            self.strong = Some(now);
            self.key = self.key.filter(|key| !near(Some(*key), now, 4));
        } else if code && (near(self.app, now, 4) || near(self.once, now, 4)) {
            self.other = Some(now);
        } else if code {
            self.code = Some(now);
        } else if key {
            self.key = Some(now);
        } else if has(IS_OTHER) || id {
            self.other = Some(now);
        } else if is_field(word) {
            self.field = Some(now);
        }
    }

    /// A number has taken the label that stood before it.
    pub(super) fn spend(&mut self) {
        (self.other, self.field) = (None, None);
        self.heard = self.heard.saturating_add(1);
    }

    /// What is said of what comes now. A label of something else holds for what follows within `reach` words.
    pub(super) fn sense(&self, reach: u32) -> Sense {
        let latest = self.strong.max(self.key);
        let said = |what: Option<u32>| what.is_some() && what == latest;
        // Once the sentence has named the codes, only what stands right before a number takes it away.
        let reach = if !said(self.strong) { reach } else { u32::from(reach < u32::MAX) };
        let field = reach < u32::MAX && near(self.field, self.heard, reach);
        let label = (field || near(self.other, self.heard, reach)) && (reach > 0 || !said(self.strong));
        let other = label || said(self.key) && !said(self.strong);
        Sense {
            strong: said(self.strong) && !label,
            weak: self.code.is_some() && !other,
            other,
            used: self.used == Some(true),
            unused: self.used == Some(false),
        }
    }
}
