//! Somebody who takes a hostile transfer file in, and what must hold afterwards. The test `hostile` gives the receiver
//! the seeds in `tests/fuzz/seeds/receive`; the fuzz target `receive` gives whatever libFuzzer makes of them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test, which shares this with the fuzz target"
)]

pub mod payload;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use keyfob_core::{
    ErrorCode,
    account::AccountId,
    app::Keyfob,
    companion::Answered,
    ports::*,
    recovery::{BatchKind, CodeId, CodeState},
    vault::key::{Identity, Passphrase, Recipient, Way},
};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::world::*;

/// When the receiver's vault was made.
pub const START: i64 = 1_800_000_000;
const TRANSFER: &str = "transfer passphrase";
const VAULT: &str = "the vault's passphrase";
const CODES: &str = "the codes' passphrase";
const PAGE: &str = "Your recovery codes:\n1. 8f2k-q9zd\n2. m4x7-t1pw\n3. c6j3-r8vn\n4. h5b9-y2gs\n";
const NEW_PAGE: &str = "Your recovery codes:\n1. w3t8-k5mz\n2. p7d2-x9cf\n3. v1n6-j4hq\n";
const T: &str = "otpauth://totp/T:t?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK";
const P: &str = "otpauth://totp/P:p?secret=NBSWY3DPEHPK3PXPNBSWY3DPEHPK3PXP";

/// How the receiver keeps recovery codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// In the vault as everything else.
    Plain,
    /// Under a passphrase of their own, which is closed while the file is taken in.
    Locked,
    /// Under a passphrase of their own, which is open then.
    Open,
}

impl Codes {
    pub const ALL: [Codes; 3] = [Codes::Plain, Codes::Locked, Codes::Open];
}

/// A vault with two accounts that have codes by time, one that counts, one in the trash, and one that was deleted for good;
/// with four recovery codes, of which the second was used; and with a passphrase.
pub struct Receiver {
    codes: Codes,
    files: BTreeMap<String, Vec<u8>>,
    keychain: BTreeMap<(keyfob_core::vault::VaultId, Slot), Identity>,
    seen: Vec<Seen>,
    copies: BTreeMap<String, Copied>,
    settings: Option<Vec<u8>>,
    keys_made: usize,
    random: u8,
    now: i64,
    /// What a hostile file may know: whoever was given a transfer file once knows these.
    pub payload: Value,
    pub ids: BTreeMap<&'static str, AccountId>,
    pub recovery: Vec<(CodeId, CodeState)>,
}

/// What is checked after a file was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was taken in.
    In,
    /// It was refused, as this.
    Refused(ErrorCode),
}

fn phrase(text: &str) -> Passphrase {
    Passphrase::new(text.into())
}

fn by(text: &str) -> Way {
    Way::Passphrase(phrase(text))
}

/// The tests' sealer takes any text for a recipient; a real one does not.
struct Strict(World);

fn is_recipient(recipient: &Recipient) -> bool {
    let rest = recipient.0.strip_prefix("AGE-SECRET-KEY-1");
    rest.is_some_and(|rest| rest.len() == 58 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

impl Sealer for Strict {
    fn beginning(&self) -> &'static [u8] {
        b""
    }
    fn new_identity(&self) -> Identity {
        self.0.new_identity()
    }
    fn recipient_of(&self, identity: &Identity) -> Option<Recipient> {
        self.0.recipient_of(identity).filter(is_recipient)
    }
    fn seal(&self, plain: &[u8], recipients: &[&Recipient]) -> Option<Vec<u8>> {
        recipients.iter().all(|one| is_recipient(one)).then(|| self.0.seal(plain, recipients))?
    }
    fn open(&self, sealed: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        Sealer::open(&self.0, sealed, identity)
    }
    fn wrap(&self, plain: &[u8], passphrase: &Passphrase) -> Option<Vec<u8>> {
        self.0.wrap(plain, passphrase)
    }
    fn unwrap(&self, sealed: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.0.unwrap(sealed, passphrase)
    }
}

fn program(world: &World) -> Keyfob {
    let of = || Box::new(world.clone());
    let host = Host {
        device: "test".into(),
        pin: |_| (),
        fixed_folder: false,
        clock: of(),
        chance: of(),
        keychain: of(),
        sealer: Box::new(Strict(world.clone())),
        folder: Places::folder(world, PLACE),
        memory: of(),
        pictures: Arc::new(world.clone()),
        clipboard: Arc::new(world.clone()),
        playbooks: of(),
        screen: Arc::new(world.clone()),
        cameras: Arc::new(world.clone()),
        places: of(),
        settings: of(),
        running_app: of(),
        presence: of(),
        time_source: Arc::new(world.clone()),
    };
    Keyfob::new(host, Way::Keychain)
}

fn keep(program: &mut Keyfob, id: AccountId, page: &str) {
    let found = program.find_codes(id, page).unwrap();
    let all: Vec<usize> = (0..found.codes.len()).collect();
    program.keep_codes(id, found.id, &all, BatchKind::Set).unwrap();
}

/// The payload of the vault that lies there.
fn payload_of(world: &World) -> Value {
    let sealed = world.file("vault.age").unwrap();
    let at = sealed.iter().position(|b| *b == b'\n').unwrap();
    serde_json::from_slice(&sealed[at + 1..]).unwrap()
}

/// Whom the vault that lies there is sealed to.
fn sealed_to(world: &World) -> BTreeSet<String> {
    let sealed = world.file("vault.age").unwrap();
    let at = sealed.iter().position(|b| *b == b'\n').unwrap();
    std::str::from_utf8(&sealed[..at]).unwrap().split(' ').map(str::to_owned).collect()
}

/// Every account that has or had this key: its id, and the counter where that key has one.
fn holders<'a>(payload: &'a Value, secret: &'a str) -> impl Iterator<Item = (&'a Value, u64)> {
    let accounts = payload["accounts"].as_array().into_iter().flatten();
    accounts.filter_map(move |account| {
        let former = account["former_keys"].as_array().into_iter().flatten();
        let keys = std::iter::once(&account["key"]).chain(former).filter(|key| key["secret"] == secret);
        let counter = |key: &Value| key["counter"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
        keys.map(counter).max().map(|counter| (account, counter))
    })
}

impl Receiver {
    pub fn new(codes: Codes) -> Receiver {
        let world = World::default();
        world.with(|s| s.now = START);
        let mut one = program(&world);
        for uri in [A, H, B, T, P] {
            add(&mut one, uri).unwrap();
        }
        let ids: BTreeMap<&'static str, AccountId> =
            ["A", "H", "B", "T", "P"].map(|name| (name, one.only(name).unwrap().id)).into();
        for _ in 0..5 {
            one.advance(ids["H"]).unwrap();
        }
        keep(&mut one, ids["A"], PAGE);
        one.set_passphrase(&phrase(VAULT)).unwrap();
        if codes != Codes::Plain {
            one.set_codes_lock(&phrase(CODES)).unwrap();
        }
        let (_, used) = one.use_recovery_code(ids["A"], Some(2)).unwrap();
        one.answer_code(ids["A"], used.id, Answered::Worked).unwrap();
        one.delete(ids["T"]).unwrap();
        one.delete(ids["P"]).unwrap();
        one.purge(&[ids["P"]]).unwrap();
        let live = one.companion(ids["A"]).unwrap().live.unwrap();
        let recovery = live.codes.iter().map(|code| (code.id, code.state)).collect();
        let payload = payload_of(&world);
        world.with(|s| Receiver {
            codes,
            files: s.files.clone(),
            keychain: s.keychain.clone(),
            seen: s.seen.clone(),
            copies: s.copies.clone(),
            settings: s.settings.clone(),
            keys_made: s.keys_made,
            random: s.random,
            now: s.now,
            payload,
            ids,
            recovery,
        })
    }

    fn world(&self) -> World {
        let world = World::default();
        world.with(|s| {
            s.files.clone_from(&self.files);
            s.keychain.clone_from(&self.keychain);
            s.seen.clone_from(&self.seen);
            s.copies.clone_from(&self.copies);
            s.settings.clone_from(&self.settings);
            (s.keys_made, s.random, s.now) = (self.keys_made, self.random, self.now);
        });
        world
    }

    /// Takes a file with this payload in, and looks whether everything that must hold does.
    pub fn takes(&self, payload: &[u8]) -> (Taken, World) {
        self.takes_and(payload, true)
    }

    /// As [`Receiver::takes`]; where not `undoes`, nothing is taken back at the end.
    pub fn takes_and(&self, payload: &[u8], undoes: bool) -> (Taken, World) {
        let world = self.world();
        let mut one = program(&world);
        one.open().unwrap();
        if self.codes == Codes::Open {
            one.open_codes_lock(&by(CODES)).unwrap();
        }
        let file = [TRANSFER.as_bytes(), b"\0", payload].concat();
        let taken = match one.receive_transfer(&file, &phrase(TRANSFER)) {
            Ok(_) => Taken::In,
            Err(error) => Taken::Refused(code::<()>(Err(error)).unwrap()),
        };
        if matches!(taken, Taken::Refused(_)) {
            assert_eq!(payload_of(&world)["accounts"], self.payload["accounts"], "nothing was changed");
        }
        look_at_everything(&mut one);
        self.is_sound(&world);
        one.lock();
        assert!(one.is_locked());
        one.unlock(&by(VAULT)).unwrap();
        if self.codes != Codes::Plain {
            one.open_codes_lock(&by(CODES)).unwrap();
        }
        self.keeps_new_codes(&world, &mut one);
        self.is_sound(&world);
        if !undoes {
            return (taken, world);
        }
        // Whatever is undone, a key of one's own is not gone.
        for id in one.accounts("").unwrap().iter().map(|account| account.id).take(20).collect::<Vec<_>>() {
            let _ = one.undo_last(id);
        }
        look_at_everything(&mut one);
        self.holds_own_keys(&world);
        self.goes_on(&world);
        (taken, world)
    }

    /// What must hold of the vault that lies there, whatever was taken in.
    fn is_sound(&self, world: &World) {
        self.holds_own_keys(world);
        let now = payload_of(world);
        for part in ["id", "lineage", "removed_recipients"] {
            assert_eq!(now[part], self.payload[part], "{part} is as before");
        }
        let names = |payload: &Value| {
            let all = payload["recipients"].as_array().unwrap();
            all.iter().map(|one| one["recipient"].to_string()).collect::<BTreeSet<_>>()
        };
        assert_eq!(names(&now), names(&self.payload), "recipients are as before");
        assert_eq!(sealed_to(world).len(), names(&self.payload).len(), "and it is sealed to those");
        // The vault's passphrase opens it, and the passphrase of the codes opens those.
        let mut other = program(world);
        other.unlock(&by(VAULT)).unwrap();
        let lock = other.codes_lock().unwrap();
        assert_eq!(
            lock.exists,
            self.codes != Codes::Plain,
            "whether the codes have a passphrase of their own"
        );
        if self.codes != Codes::Plain {
            other.open_codes_lock(&by(CODES)).unwrap();
        }
        let id = self.id(world, "A");
        let ids: Vec<CodeId> = self.recovery.iter().map(|(id, _)| *id).collect();
        let shown = other.show_codes(id, Some(&ids)).unwrap();
        let texts: Vec<&str> = shown.iter().map(|code| code.text.as_str()).collect();
        assert_eq!(texts, ["8f2k-q9zd", "m4x7-t1pw", "c6j3-r8vn", "h5b9-y2gs"]);
        let view = other.companion(id).unwrap();
        let mut all = view.live.iter().chain(&view.past).flat_map(|batch| &batch.codes);
        let used = self.recovery.iter().find(|(_, state)| *state == CodeState::Used).unwrap();
        assert!(
            all.any(|code| code.id == used.0 && code.state == CodeState::Used),
            "what was used stays used"
        );
    }

    /// How the recovery codes that were there from the start stand by now.
    pub fn states(&self, world: &World) -> Vec<(CodeId, CodeState)> {
        let mut one = program(world);
        one.unlock(&by(VAULT)).unwrap();
        let view = one.companion(self.id(world, "A")).unwrap();
        let all: Vec<_> = view.live.iter().chain(&view.past).flat_map(|batch| &batch.codes).collect();
        let state = |id: CodeId| all.iter().find(|code| code.id == id).unwrap().state;
        self.recovery.iter().map(|(id, _)| (*id, state(*id))).collect()
    }

    /// What the account is called by now: the same, or the other name of one that turned out to be the same.
    fn id(&self, world: &World, name: &str) -> AccountId {
        let payload = payload_of(world);
        let mine = serde_json::json!(self.ids[name]);
        let code = serde_json::json!(self.recovery[0].0);
        let live = holders(&payload, secret(name)).map(|(account, _)| account);
        let live: Vec<&Value> = live.filter(|account| account["deleted"]["at"].is_null()).collect();
        let has_codes = |account: &&&Value| {
            let batches = account["recovery"].as_array().into_iter().flatten();
            batches
                .flat_map(|batch| batch["codes"].as_array().into_iter().flatten())
                .any(|one| one["id"] == code)
        };
        let of = |fits: &dyn Fn(&&&Value) -> bool| live.iter().find(|one| fits(one)).copied();
        let one = of(&|one| one["id"] == mine).or_else(|| of(&has_codes)).or_else(|| of(&|_| true));
        serde_json::from_value(one.unwrap_or_else(|| panic!("{name} is there"))["id"].clone()).unwrap()
    }

    fn holds_own_keys(&self, world: &World) {
        let now = payload_of(world);
        for name in ["A", "B", "H", "T"] {
            let secret = secret(name);
            let before = holders(&self.payload, secret).map(|(_, counter)| counter).max().unwrap();
            let after = holders(&now, secret).map(|(_, counter)| counter).max();
            assert!(after.is_some(), "the key of {name} is there");
            assert!(after >= Some(before), "the counter of {name} fell");
            let live = |(account, _): (&Value, u64)| account["deleted"]["at"].is_null();
            assert!(name == "T" || holders(&now, secret).any(live), "{name} is not in the trash");
        }
    }

    /// New recovery codes are sealed to nobody whom the receiver did not choose.
    fn keeps_new_codes(&self, world: &World, one: &mut Keyfob) {
        let id = self.id(world, "B");
        keep(one, id, NEW_PAGE);
        let mut other = program(world);
        other.unlock(&by(VAULT)).unwrap();
        if self.codes != Codes::Plain {
            assert_eq!(code(other.show_codes(id, None)), Some(ErrorCode::CodesLocked));
            other.open_codes_lock(&by(CODES)).unwrap();
        }
        let shown = other.show_codes(id, None).unwrap();
        let texts: BTreeSet<&str> = shown.iter().map(|code| code.text.as_str()).collect();
        assert!(["w3t8-k5mz", "p7d2-x9cf", "v1n6-j4hq"].iter().all(|new| texts.contains(new)));
    }

    /// The receiver's own accounts can go on to somebody else: no stamp was dragged into the future.
    fn goes_on(&self, world: &World) {
        let mut one = program(world);
        one.unlock(&by(VAULT)).unwrap();
        let id = self.id(world, "H");
        one.rename(id, "Renamed", "h").unwrap();
        let file = one.transfer_file(&[id], &phrase(TRANSFER)).unwrap();
        let other = World::default();
        other.with(|s| s.now = world.with(|s| s.now));
        let taken = program(&other).receive_transfer(&file, &phrase(TRANSFER));
        assert_eq!(code(taken), None, "a later transfer file of another account is taken in");
    }
}

/// Everything that a window shows of a vault.
fn look_at_everything(one: &mut Keyfob) {
    one.open().unwrap();
    one.overview().unwrap();
    for account in one.accounts("").unwrap() {
        one.companion(account.id).unwrap();
        one.timeline(account.id).unwrap();
        one.codes(&[account.id], None).unwrap();
    }
    one.trash().unwrap();
    one.recipients().unwrap();
    one.codes_lock().unwrap();
    one.device_change().unwrap();
    one.doctor();
}

/// The key in one of the addresses above.
pub fn secret(name: &str) -> &'static str {
    let uri = match name {
        "A" => A,
        "B" => B,
        "H" => H,
        "T" => T,
        _ => P,
    };
    uri.split("secret=").nth(1).unwrap()
}
