// A deterministic backend: the UI tests and their screenshots run on it. Time stands still unless told; the
// address's query chooses the scene: `?scene=list&accounts=1000&at=1700000000`.

import type {
  AccountId,
  AccountView,
  Backend,
  BackupPlaceView,
  CodeView,
  Dropped,
  ErrorCode,
  ErrorView,
  LockSettings,
  RecipientView,
  RestoredView,
  SnapshotView,
  StatusView,
  PreviewView,
  WaitingView,
} from "./backend";
import { fakeAdding } from "./fake.adding";
import { fakeCheck } from "./fake.check";
import { fakeClock } from "./fake.clock";
import { fakeCompanion } from "./fake.companion";
import { fakeDevice } from "./fake.device";
import { FURTHER } from "./fake.scenes";

export interface Fake extends Backend {
  /** What a test does in another program's place. */
  touch(): void;
  /** What the shell tells when it has locked, whatever hangs. */
  lockFromOutside(): void;
  drop(dropped: Dropped): void;
  hover(over: boolean): void;
  nextPart(): PreviewView;
  /** The clock is set by so many seconds; 0: the computer slept. */
  jump(seconds: number): void;
  /** What an account shows at a step, or a counter. */
  codeAt(id: AccountId, step: number): string;
  clipboardText: string | null;
  failWith: ErrorCode | null;
  calls: string[];
}

declare global {
  interface Window {
    fake: Fake;
  }
}

const SERVICES: [string, string][] = [
  ["GitHub", "zoe"],
  ["Mirox", "zoe@plant-7"],
  ["Plato", "Codectomy St Elsewhere LIVE"],
  ["Plato", "Codectomy St Elsewhere Acceptance"],
  ["Pterodactyl", "panel.example.org"],
  ["Plausible", "zoe@example.com"],
  ["Pluton", "backup-nas"],
  ["Steam", "zoe_plays"],
  ["Bank", "zoe, current account with an unusually long description that ends in 4711"],
  ["", "only a label"],
  ["Only an issuer", ""],
];

function account(index: number): AccountView {
  const [issuer, label] = SERVICES[index % SERVICES.length] ?? ["", ""];
  const round = Math.floor(index / SERVICES.length);
  const type = issuer === "Steam" ? "steam" : issuer === "Pluton" ? "hotp" : "totp";
  return {
    id: `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`,
    issuer,
    label: round === 0 ? label : `${label} ${round}`.trim(),
    type,
    algorithm: issuer === "Bank" ? "SHA256" : "SHA1",
    digits: type === "steam" ? 5 : issuer === "Bank" ? 8 : 6,
    period: type === "hotp" ? null : issuer === "Bank" ? 60 : 30,
    counter: type === "hotp" ? "41" : null,
    short_key: issuer === "GitHub",
    state: issuer === "Plausible" ? "pending" : issuer === "Pterodactyl" ? "off" : "on",
    proved: issuer === "Mirox",
    added_at: 1_700_000_000,
    recovery: null,
    todo: null,
  };
}

/** Accounts that the companion's scenes add. */
function further([issuer, label]: [string, string], index: number): AccountView {
  const state = label.includes("half-way") ? "pending" : "on";
  return { ...account(0), id: `00000000-0000-7000-9000-${String(index).padStart(12, "0")}`, issuer, label, short_key: false, state };
}

/** Not a real code: a number that depends on what a code depends on. */
function digitsOf(seed: string, step: number, length: number): string {
  let sum = step % 65_521;
  for (const character of seed) sum = (sum * 131 + character.charCodeAt(0)) % 4_294_967_291;
  return String(sum).padStart(length, "0").slice(-length);
}

function fail(code: ErrorCode): ErrorView {
  return { code, message: `it failed (${code})`, remedy: "Try something else." };
}

export function fake(search: string): Fake {
  const query = new URLSearchParams(search);
  let scene = query.get("scene") ?? "list";
  const at = query.has("at") ? Number(query.get("at")) : null;
  const loaded = performance.now();
  let accounts = Array.from({ length: Number(query.get("accounts") ?? SERVICES.length) }, (_, i) => account(i));
  if (query.has("companion")) accounts.push(...FURTHER.map(further));
  const trash = new Map<string, AccountView>();
  let firstRun = scene === "first_run";
  let onVault: () => void = () => {};
  let onLocked: (ways: import("./backend").WaysView | null) => void = () => {};
  let onDropped: (dropped: Dropped) => void = () => {};
  let onDrag: (over: boolean) => void = () => {};

  const running = (): number => (at === null ? Date.now() / 1000 : at + (performance.now() - loaded) / 1000);
  const now = (): number => running() + clock.skew();

  function codeOf(one: AccountView): CodeView {
    const { id, period, digits, type } = one;
    if (period === null) return { id, code: digitsOf(id, Number(one.counter), digits), next: null, valid_from: null, valid_until: null, counter: one.counter };
    const step = Math.floor((now() + clock.offset()) / period);
    const text = (n: number): string => (type === "steam" ? "FR8RV" : digitsOf(id, n, digits));
    return { id, code: text(step), next: text(step + 1), valid_from: step * period - clock.offset(), valid_until: (step + 1) * period - clock.offset(), counter: null };
  }

  const has = (kind: string): boolean => recipients.some((r) => r.kind === kind);

  let staysBeside = query.has("beside");

  function status(): StatusView {
    return {
      place: "/home/zoe/.local/share/keyfob/vault", accounts: accounts.length, unreadable: 0, generation: 7, older_than_seen: false, replaced_an_old_copy: false,
      taken_in: Number(query.get("takenin") ?? 0), waiting: waiting.length > 0, stays_beside: staysBeside,
      only_one_key: !has("passphrase") && !has("recovery_key"), closes: !has("device"), snapshots_behind: false,
      recovery_key_unproved: query.has("unproved"), failed_backups: places.filter((p) => p.failed).map((p) => p.folder), has_backups: places.length > 0, clock_offset: clock.offset(), device_change: device.isUnderWay(),
    };
  }

  function recipient(kind: string, more: Partial<RecipientView> = {}): RecipientView {
    return { recipient: `age1${kind}${recipients.length}`, kind, name: null, added_at: 1_690_000_000, proved_at: null, this_device: false, in_use: false, only: false, ...more };
  }

  let recipients: RecipientView[] = [];
  recipients.push(recipient("device", { this_device: true, in_use: true, name: "laptop", only: !query.has("keys") }));
  if (query.has("keys")) {
    recipients.push(recipient("device", { name: "old-desktop" }), recipient("passphrase"), recipient("recovery_key", { proved_at: query.has("unproved") ? null : 1_695_000_000 }));
  }
  let lock: LockSettings = { idle_minutes: 0, on_screen_lock: false, on_suspend: false, on_close: false };
  let places: BackupPlaceView[] = query.has("backups")
    ? [
        { folder: "/media/zoe/stick/keyfob", keep: 10, every: 1, last: { at: 1_699_000_000, file: "keyfob-1.zip", generation: 5, accounts: 11 }, failed: null, behind: 2 },
        { folder: "/home/zoe/Sync", keep: 10, every: 5, last: null, failed: { at: 1_699_900_000, message: "the backup in /home/zoe/Sync failed: could not look into the vault's folder: No such file or directory (os error 2)" }, behind: null },
      ]
    : [];
  let waiting: WaitingView[] = query.has("waiting") ? [{ name: "vault.age.waiting-1699900000", saved_at: 1_699_900_000, accounts: 12, new_accounts: 2 }] : [];
  /** What a file of another vault says beyond what is taken of it. */
  const beside = (): Partial<RestoredView> =>
    query.has("differs")
      ? {
          differs: [
            { account: account(1), other_key: true, other_codes: 0, spent: 0, off: false },
            { account: account(5), other_key: false, other_codes: 3, spent: 1, off: true },
          ],
          revived: [account(6)],
          future: 1,
        }
      : {};
  const snapshots: SnapshotView[] = [6, 5, 4, 3, 2, 1].map((n) => ({ name: `snapshot-${n}`, saved_at: 1_699_990_000 - (6 - n) * 90_000, generation: n, accounts: n === 3 ? null : 5 + n }));
  let locked = scene === "locked";
  const ways = (): import("./backend").WaysView => ({
    locked, device: has("device") && !query.has("closes"), presence: false, passphrase: query.has("closes") || has("passphrase"),
    wait_seconds: Number(query.get("wait") ?? 0), snapshots: snapshots.length,
  });
  const KEY = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
  const groups = KEY.slice(16).match(/.{1,4}/gu) ?? [];
  const change = (name: string, made: () => RecipientView[]): Promise<RecipientView[]> =>
    checked(name, () => {
      recipients = made();
      recipients = recipients.map((r) => ({ ...r, only: recipients.length === 1 }));
      return recipients;
    });
  const restored = (more: Partial<RestoredView> = {}): RestoredView => ({ added: [], changed: [account(0)], same: 3, purged: 0, revived: [], differs: [], future: 0, unreadable: 0, created_vault: false, device_added: false, ...more });

  async function checked<T>(name: string, answer: () => T): Promise<T> {
    self.calls.push(name);
    if (self.failWith) throw fail(self.failWith);
    return answer();
  }

  const clock = fakeClock({ query, checked, fail, running });

  const adding = fakeAdding({ query, clipboardText: () => self.clipboardText, checked, fail, now, digitsOf, first: () => accounts[0] });

  const companion = fakeCompanion({ query, accounts: () => accounts, clipboardText: () => self.clipboardText, checked, fail, now, digitsOf, preview: adding.current, diagnose: fakeCheck({ accounts: () => accounts, now, digitsOf, whose: clock.whose }) });

  const byName = (): AccountView[] => [...accounts].sort((a, b) => a.issuer.localeCompare(b.issuer) || a.label.localeCompare(b.label));

  const device = fakeDevice({
    query, checked, fail, now, accounts: () => byName().map(companion.dress), diagnose: fakeCheck({ accounts: () => accounts, now, digitsOf, whose: clock.whose }),
    receive: () => {
      const [created_vault, added] = [firstRun, firstRun ? accounts : [account(1_000_001), account(1_000_003)]];
      firstRun = locked = false;
      if (!created_vault) accounts = [...accounts, ...added];
      return restored({ added, changed: created_vault ? [] : accounts.slice(0, 1), created_vault, device_added: created_vault, ...beside() });
    },
  });

  const self: Fake = {
    clipboardText: null,
    failWith: null,
    calls: [],
    touch: () => onVault(),
    lockFromOutside: () => onLocked({ ...ways(), locked: true }),
    drop: (dropped) => onDropped(dropped),
    hover: (over) => onDrag(over),
    nextPart: adding.nextPart,
    jump: clock.jump,
    codeAt: (id, step) => digitsOf(id, step, accounts.find((a) => a.id === id)?.digits ?? 6),
    openVault: async () => {
      if (firstRun) throw fail("vault_none");
      if (scene.startsWith("trouble-")) throw fail(scene.slice("trouble-".length) as ErrorCode);
      if (locked) throw fail("vault_locked");
      if (scene === "opening") await new Promise(() => {});
      return status();
    },
    vaultPlace: async () => status().place,
    accounts: async () => byName().map(companion.dress),
    search: async (text) => accounts.filter((a) => `${a.issuer} ${a.label}`.toLowerCase().includes(text.trim().toLowerCase())).map((a) => a.id),
    codes: async (ids) => accounts.filter((a) => a.type !== "hotp" && ids.includes(a.id)).map(codeOf),
    copyCode: (id) => checked(`copy ${id}`, () => codeOf(accounts.find((a) => a.id === id) ?? account(0))),
    copyShown: (code) => checked(`copy shown ${code}`, () => undefined),
    advance: (id) =>
      checked(`advance ${id}`, () => {
        const one = accounts.find((a) => a.id === id) ?? account(0);
        const code = codeOf(one);
        one.counter = String(Number(one.counter) + 1);
        return code;
      }),
    rename: (id, issuer, label) =>
      checked(`rename ${id}`, () => {
        accounts = accounts.map((a) => (a.id === id ? { ...a, issuer, label } : a));
        return accounts.find((a) => a.id === id) ?? account(0);
      }),
    deleteAccount: (id) =>
      checked(`delete ${id}`, () => {
        const gone = accounts.find((a) => a.id === id);
        if (gone) trash.set(id, gone);
        accounts = accounts.filter((a) => a.id !== id);
      }),
    restoreAccount: (id) =>
      checked(`restore ${id}`, () => {
        const back = trash.get(id) ?? account(0);
        accounts = [...accounts, back];
        return back;
      }),
    ...adding.ways,
    ...companion.ways,
    ...clock.ways,
    ...device.ways,
    add: (_, _shown, picks) =>
      checked("add", () => {
        firstRun = false;
        const added = picks.map((pick, n) => ({ ...account(1_000_000 + accounts.length + n), ...adding.current()?.candidates[pick.index], issuer: pick.issuer ?? "", label: pick.label ?? "", state: "pending" as const }));
        accounts = [...accounts, ...added];
        return { added, duplicates: [], everything: true, created_vault: false, deletable: adding.files() };
      }),
    deletePictures: () => checked("delete pictures", () => undefined),
    ways: async () => ways(),
    unlock: (typed) =>
      checked(`unlock ${JSON.stringify(typed)}`, () => {
        if (typeof typed === "object" && "passphrase" in typed && typed.passphrase.startsWith("wrong")) throw fail("passphrase_wrong");
        locked = false;
        return status();
      }),
    lock: () => checked("lock", () => void (locked = true)),
    active: async () => undefined,
    acceptVault: () => checked("accept", status),
    lockSettings: async () => lock,
    setLockSettings: (settings) => checked("set lock", () => (lock = settings)),
    moveVault: () => checked("move", status),
    recipients: async () => recipients,
    makeRecoveryKey: (instead) =>
      checked(`make recovery key ${instead}`, () => ({ key: KEY, groups, asked: [1, 6, 11], qr: Array.from({ length: 37 }, (_, y) => Array.from({ length: 37 }, (_, x) => ((x * 7 + y * 3 + x * y) % 5 < 2 ? "1" : "0")).join("")), place: status().place })),
    keepRecoveryKey: (typed) =>
      change(`keep recovery key ${typed.join(" ")}`, () => {
        if (typed.join(" ").toUpperCase() !== [groups[1], groups[6], groups[11]].join(" ")) throw fail("recovery_key_unproved");
        return [...recipients.filter((r) => r.kind !== "recovery_key"), recipient("recovery_key", { proved_at: 1_700_000_000 })];
      }),
    discardRecoveryKey: () => checked("discard recovery key", () => undefined),
    proveRecoveryKey: () => change("prove recovery key", () => recipients.map((r) => (r.kind === "recovery_key" ? { ...r, proved_at: 1_700_000_000 } : r))),
    printPage: () => checked("print", () => undefined),
    setPassphrase: () => change("set passphrase", () => [...recipients, recipient("passphrase")]),
    changePassphrase: (old) => change(`change passphrase ${old === null ? "forgotten" : "known"}`, () => recipients),
    addDevice: () => change("add device", () => [...recipients, recipient("device", { this_device: true })]),
    removeRecipient: (gone, proof) => change(`remove ${gone} ${proof ? "proved" : ""}`.trim(), () => recipients.filter((r) => r.recipient !== gone)),
    rekey: () => change("rekey", () => recipients),
    snapshots: async () => snapshots,
    snapshot: (name) =>
      checked(`look ${name}`, () => ({
        snapshot: snapshots[0] as SnapshotView,
        accounts: [
          { account: account(1), difference: "gone" as const },
          { account: account(5), difference: "in_trash" as const },
          { account: account(0), difference: "changed" as const },
          { account: account(6), difference: "same" as const },
        ],
        newer: [account(3)],
      })),
    restoreSnapshot: (name, ids) => checked(`restore ${name} ${ids ? ids.length : "all"}`, () => restored()),
    offerSnapshot: () => checked("offer", () => snapshots[0] as SnapshotView),
    putSnapshotBack: (name) =>
      checked(`put back ${name}`, () => {
        scene = "list";
        return status();
      }),
    waiting: async () => waiting,
    takePlace: () =>
      checked("take place", () => {
        staysBeside = false;
        return status();
      }),
    endWaiting: (name, take) =>
      checked(`end waiting ${name} ${take ? "take" : "aside"}`, () => {
        waiting = waiting.filter((one) => one.name !== name);
        return restored(take ? { added: [account(1_000_005)], same: 0 } : { changed: [], same: 0 });
      }),
    takeDifferences: (ids) => checked(`take differences ${ids.length}`, () => restored()),
    trash: async () => [...trash.values(), ...(query.has("trash") ? [account(4), account(8)] : [])].map((one) => ({ account: one, deleted_at: 1_699_000_000, until: 1_701_592_000 })),
    purge: (ids) => checked(`purge ${ids.length}`, () => undefined),
    backupPlaces: async () => places,
    addBackupPlace: () =>
      checked("add backup place", () => (places = [...places, { folder: "/media/zoe/disk", keep: 10, every: 1, last: { at: 1_700_000_000, file: "keyfob-2.zip", generation: 7, accounts: accounts.length }, failed: null, behind: 0 }])),
    changeBackupPlace: (folder, keep, every) => checked(`change backup place ${keep} ${every}`, () => (places = places.map((p) => (p.folder === folder ? { ...p, keep, every } : p)))),
    removeBackupPlace: (folder) => checked("remove backup place", () => (places = places.filter((p) => p.folder !== folder))),
    backUp: () => checked("back up", () => (places = places.map((p) => ({ ...p, failed: null, behind: 0, last: { at: 1_700_000_000, file: "keyfob-3.zip", generation: 7, accounts: accounts.length } })))),
    chooseBackup: () => checked("choose backup", () => "keyfob-1a2b3c4d-000000000042-20261122T201504Z.zip"),
    restoreBackup: () =>
      checked("restore backup", () => {
        const created_vault = firstRun || !query.has("differs");
        firstRun = locked = false;
        return restored({ added: created_vault ? accounts : [], changed: [], created_vault, device_added: created_vault, ...beside() });
      }),
    onVault: (listener) => {
      onVault = listener;
      return () => (onVault = () => {});
    },
    onLocked: (listener) => {
      onLocked = listener;
      return () => (onLocked = () => {});
    },
    onDropped: (listener) => {
      onDropped = listener;
      return () => {};
    },
    onDrag: (listener) => {
      onDrag = listener;
      return () => {};
    },
    now,
  };
  window.fake = self;
  return self;
}
