use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    account::Stamped,
    recovery::{BatchKind, merge},
    stamp::WriterId,
    timeline,
    vault::payload::Extra,
};

fn stamp(at: u32) -> Stamp {
    Stamp { at: UnixTime(i64::from(at / 2)), tick: at % 2, by: WriterId(Uuid::from_bytes([1; 16])) }
}

fn id(n: u32) -> Uuid {
    Uuid::from_u128(n.into())
}

fn code(n: u32, text: CodeText, at: u32) -> RecoveryCode {
    RecoveryCode { id: CodeId(id(n)), text: Stamped { value: text, stamp: stamp(at) }, extra: Extra::new() }
}

fn batch(n: u32, at: u32, codes: Vec<RecoveryCode>) -> Batch {
    let (id, stamp, kept_at) = (BatchId(id(n)), stamp(at), UnixTime(i64::from(at) + 100));
    Batch { id, kind: BatchKind::Set, stamp, kept_at, codes, extra: Extra::new() }
}

fn text(kind: u8, n: u8) -> CodeText {
    match kind {
        0..=3 => CodeText::Plain(Zeroizing::new(format!("a{}b{n}", if kind == 0 { "-" } else { "" }))),
        4 => CodeText::Sealed(format!("sealed {n}")),
        _ => CodeText::Gone,
    }
}

/// Few names, few texts and few moments, so that all of them meet.
fn any_batches() -> impl Strategy<Value = Vec<Batch>> {
    let code = (0u32..8, 0u8..6, 0u8..4, 0u32..20).prop_map(|(n, kind, t, at)| code(n, text(kind, t), at));
    let codes = prop::collection::vec(code, 0..5);
    prop::collection::vec((0u32..6, 0u32..20, codes).prop_map(|(n, at, codes)| batch(n, at, codes)), 0..7)
}

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let kinds = prop::sample::select(vec![
        EventKind::CodeUsed,
        EventKind::CodeCopied,
        EventKind::CodeNotUsed,
        EventKind::CodeRefused,
        EventKind::CodesKept,
        EventKind::CodesKept,
        EventKind::Disabled,
        EventKind::EnrolledAgain,
        EventKind::Proved,
    ]);
    let names = (prop::option::of(0u32..8), prop::option::weighted(0.4, 0u32..6));
    let event = (kinds, 0u32..20, 0i64..50, names, prop::option::weighted(0.3, 0u32..40));
    let event = event.prop_map(|(kind, of, at, (code, batch), withdrawn)| Event {
        code: code.map(|n| CodeId(id(n))),
        batch: batch.map(|n| BatchId(id(n))),
        withdrawn: withdrawn.map(stamp),
        ..Event::new(stamp(of), UnixTime(at), kind)
    });
    prop::collection::vec(event, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn it_says_what_looking_at_each_event_for_each_code_says(batches in any_batches(), events in any_events()) {
        let standing = Standing::of(&batches, &events);
        prop_assert_eq!(&standing, &straightforward::of(&batches, &events));
        let by_id = standing.by_id();
        for n in 0..8 {
            let code = CodeId(id(n));
            prop_assert_eq!(by_id.get(&code).copied(), standing.code(code));
        }
    }

    #[test]
    fn two_versions_become_what_looking_for_each_name_makes_of_them(
        ours in any_batches(), theirs in any_batches(), our_events in any_events(), their_events in any_events(),
    ) {
        prop_assert_eq!(merge(&ours, &theirs), straightforward::merge(&ours, &theirs));
        let both = straightforward::merge_events(&our_events, &their_events);
        prop_assert_eq!(timeline::merge(&our_events, &their_events), both);
    }
}

/// With work that grows with the square of this, or its third power, this test does not come to an end.
#[test]
fn a_hundred_thousand_codes_and_events_are_no_more_work_for_each() {
    const MANY: u32 = 100_000;
    let one = |n| batch(n, n, vec![code(n, CodeText::Plain(Zeroizing::new(format!("code {n}"))), n)]);
    let batches: Vec<Batch> = (0..MANY).map(one).collect();
    let kept = (0..MANY).map(|n| Event {
        batch: Some(BatchId(id(n))),
        // All but the first were taken back.
        withdrawn: (n > 0).then(|| stamp(MANY + n)),
        ..Event::new(stamp(n), UnixTime(0), EventKind::CodesKept)
    });
    let used = (0..MANY).step_by(2).map(|n| Event {
        code: Some(CodeId(id(n))),
        ..Event::new(stamp(MANY + n), UnixTime(7), EventKind::CodeUsed)
    });
    let events: Vec<Event> = kept.chain(used).collect();
    let both = merge(&batches, &batches);
    assert_eq!(both.len(), batches.len());
    let events = timeline::merge(&events, &events);
    let standing = Standing::of(&both, &events);
    assert_eq!(standing.live().map(|live| live.batch.id), Some(BatchId(id(0))));
    let used = standing.codes().filter(|(_, state, _)| *state == CodeState::Used).count();
    assert_eq!((used, events.len()), (batches.len() / 2, batches.len() * 3 / 2));
}

/// The same rules, each looked up anew where it is asked for.
mod straightforward {
    use super::*;

    pub(super) fn of<'a>(batches: &'a [Batch], events: &[Event]) -> Standing<'a> {
        let mut order: Vec<&Batch> = batches.iter().collect();
        order.sort_by_key(|batch| (batch.stamp, batch.id));
        let mut holding: Vec<&Event> = events.iter().filter(|event| event.holds()).collect();
        holding.sort_by_key(|event| event.stamp);
        let set_aside = |batch: &Batch| {
            let kept = events.iter().find(|event| event.batch == Some(batch.id));
            kept.and_then(|event| event.withdrawn.map(|stamp| stamp.at))
        };
        let batches = order.iter().enumerate().map(|(n, batch)| {
            let later = order.iter().skip(n + 1).find(|later| set_aside(later).is_none());
            let replaced = later.map(|later| (later.stamp, later.kept_at, VoidWhy::Replaced));
            let ended = holding.iter().filter(|event| event.stamp > batch.stamp).find_map(|event| {
                let why = match event.kind {
                    EventKind::Disabled => VoidWhy::Disabled,
                    EventKind::EnrolledAgain => VoidWhy::EnrolledAgain,
                    _ => return None,
                };
                Some((event.stamp, event.at, why))
            });
            let first = [replaced, ended].into_iter().flatten().min_by_key(|(stamp, ..)| *stamp);
            let void = match set_aside(batch) {
                Some(at) => Some((at, VoidWhy::SetAside)),
                None => first.map(|(_, at, why)| (at, why)),
            };
            let state = |code: &'a RecoveryCode| {
                let (state, since) = state(code.id, &holding);
                match void {
                    Some((at, _)) if state != CodeState::Used => (code, CodeState::Void, Some(at)),
                    _ => (code, state, since),
                }
            };
            BatchStanding { batch, void, codes: batch.codes.iter().map(state).collect() }
        });
        let mut standing = Standing { batches: batches.collect() };
        used_everywhere(&mut standing);
        standing
    }

    fn used_everywhere(standing: &mut Standing<'_>) {
        let text = |code: &RecoveryCode| match &code.text.value {
            CodeText::Plain(text) => Some(find::plain(text)),
            _ => None,
        };
        let used = standing.codes().filter(|(_, state, _)| *state == CodeState::Used);
        let used: Vec<_> = used.filter_map(|(code, _, since)| Some((text(code)?, *since))).collect();
        for (code, state, since) in standing.batches.iter_mut().flat_map(|batch| &mut batch.codes) {
            let found = text(code).and_then(|text| used.iter().find(|(used, _)| *used == text));
            if let Some((_, at)) = found.filter(|_| *state != CodeState::Used) {
                (*state, *since) = (CodeState::Used, *at);
            }
        }
    }

    fn state(id: CodeId, holding: &[&Event]) -> (CodeState, Option<UnixTime>) {
        let mut now = (CodeState::Unused, None);
        for event in holding.iter().filter(|event| event.code == Some(id)) {
            match event.kind {
                EventKind::CodeUsed => return (CodeState::Used, Some(event.at)),
                EventKind::CodeCopied => now = (CodeState::InDoubt, Some(event.at)),
                EventKind::CodeRefused => now = (CodeState::Refused, Some(event.at)),
                EventKind::CodeNotUsed => now = (CodeState::Unused, None),
                _ => {}
            }
        }
        now
    }

    pub(super) fn merge(ours: &[Batch], theirs: &[Batch]) -> Vec<Batch> {
        let mut both = ours.to_vec();
        for batch in theirs {
            let Some(known) = both.iter_mut().find(|one| one.id == batch.id) else {
                both.push(batch.clone());
                continue;
            };
            for code in &batch.codes {
                match known.codes.iter_mut().find(|one| one.id == code.id) {
                    None => known.codes.push(code.clone()),
                    Some(one) => {
                        one.text = crate::recovery::later_text(&one.text, &code.text).clone();
                    }
                }
            }
        }
        both.sort_by_key(|batch| (batch.stamp, batch.id));
        both
    }

    pub(super) fn merge_events(ours: &[Event], theirs: &[Event]) -> Vec<Event> {
        let mut both = ours.to_vec();
        for event in theirs {
            match both.iter_mut().find(|one| one.stamp == event.stamp) {
                None => both.push(event.clone()),
                Some(known) => {
                    known.withdrawn = match (known.withdrawn, event.withdrawn) {
                        (Some(one), Some(other)) => Some(one.min(other)),
                        (one, other) => one.or(other),
                    };
                }
            }
        }
        both.sort_by_key(|event| event.stamp);
        both
    }
}
