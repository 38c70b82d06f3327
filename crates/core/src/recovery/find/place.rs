//! Where in its line a code stands.

use super::parts::{Part, Said};

/// Where in its line a code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// There is nothing else but what numbers it, and what says whether it was used.
    List,
    /// It is first, and something is remarked behind it.
    First,
    /// It is last, and something stands before it.
    Labelled,
    /// Words are around it.
    Prose,
}

/// Where in the line its codes stand.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub place: Place,
    /// Words stand before the first.
    pub before: bool,
    /// Words stand behind the last.
    pub behind: bool,
    /// How many runs there are.
    pub runs: usize,
    /// How many words that are no codes.
    pub words: usize,
}

impl Places {
    pub(super) fn of(parts: &[Said<'_>]) -> Places {
        let is_run = |part: &Part<'_>| matches!(part, Part::Run(_));
        let is_text = |part: &Part<'_>| matches!(part, Part::Text | Part::Label);
        let kinds = || parts.iter().map(|(part, ..)| part);
        let runs = kinds().filter(|part| is_run(part)).count();
        let words = kinds().filter(|part| is_text(part)).count();
        let (Some(first), Some(last)) = (kinds().position(is_run), kinds().rposition(is_run)) else {
            return Places { place: Place::Prose, before: false, behind: false, runs, words };
        };
        let before = kinds().take(first).any(is_text);
        let between = kinds().skip(first).take(last - first).any(is_text);
        // What says that it was used makes a remark of all that follows; so does whatever parts it from the code.
        let behind =
            kinds().skip(last + 1).find(|part| !matches!(part, Part::Sign(_) | Part::Strike | Part::Number));
        let after = behind.is_some_and(is_text);
        let many = runs >= 3 && !between;
        let place = match (before, between, after) {
            (false, false, false) => Place::List,
            (false, false, true) if kinds().skip(last).any(|part| matches!(part, Part::Used(..))) => {
                Place::List
            }
            (false, false, true) => Place::First,
            // Several behind one name are a list.
            (true, false, false) if runs >= 2 => Place::List,
            (true, false, false) => Place::Labelled,
            _ if many => Place::List,
            _ => Place::Prose,
        };
        Places { place, before, behind: kinds().skip(last + 1).any(is_text), runs, words }
    }
}
