// The change of device and the comparing of two vaults on the deterministic backend, with its state in memory. Of the address's
// query: `device` says how the change stands (`begun`, `way`, `safe`, `finished`, `came`, `dropped`, `new`, `new_safe`, `new_finished`,
// `again`), `elsewhere` that it was begun on another machine, `newer` how many accounts only a newer Keyfob understands, `only_here` that
// recovery codes did not go along; `differ=none` and `differ=many` what the other vault is like, `file=cancel` and `file=wrong` what a
// chosen file is.

import type {
  AccountId, AccountView, Backend, ChangeRowView, Compared, DeviceChangeView, DiagnosisView, ErrorCode, ErrorView, Here, LeftOut, Moved, RestoredView, SecondDevice, TransferCodesView, TypedCode,
  Waived,
} from "./backend";

type Device = Pick<
  Backend,
  | "deviceChange" | "beginDeviceChange" | "moved" | "notMoved" | "waive" | "unwaive" | "letCodesStay" | "checkMoved" | "finishDeviceChange" | "dropDeviceChange" | "reopenDeviceChange" | "transferCodes"
  | "transferPassphrase" | "saveTransfer" | "chooseTransfer" | "receiveTransfer" | "saveFingerprints" | "chooseFingerprints" | "compare"
>;

interface World {
  query: URLSearchParams;
  /** By name. */
  accounts: () => AccountView[];
  checked: <T>(name: string, answer: () => T) => Promise<T>;
  fail: (code: ErrorCode) => ErrorView;
  now: () => number;
  diagnose: (account: AccountView, typed: TypedCode[]) => DiagnosisView;
  /** Takes accounts in that a file holds, into a new vault where there is none. */
  receive: () => RestoredView;
}

export interface FakeDevice {
  ways: Device;
  isUnderWay: () => boolean;
}

interface Row {
  moved: Moved | null;
  checked_at: number | null;
  waived: Waived | null;
  codes_stay: boolean;
}

interface Change {
  other: string;
  here: Here;
  begun_at: number;
  ended: { at: number; safe: boolean } | null;
  rows: Map<AccountId, Row>;
}

const DAY = 86_400;
const BEGUN = 1_699_650_000;
const UNTOUCHED: Row = { moved: null, checked_at: null, waived: null, codes_stay: false };

const SECOND: Record<string, SecondDevice> = { GitHub: "set_up_again", Plato: "same_qr", Plausible: "add" };
const MIROX = { when: "second_device" as const, en: "Set it up on the new device first, then check with “Check 2FA”. Using its backup code switches 2FA off.", de: "Richte es erst auf dem neuen Gerät ein und prüfe es dann mit „Check 2FA“. Wer ihren Backup-Code verwendet, schaltet 2FA aus." };

export function fakeDevice(world: World): FakeDevice {
  const { query, checked, fail } = world;
  let change: Change | null = null;
  const now = (): number => Math.floor(world.now());

  /** How it stands when the page is opened; not before, because the accounts are made up after this. */
  let begun = false;
  function current(): Change | null {
    if (!begun) {
      begun = true;
      change = beginning(query.get("device"), world.accounts());
    }
    return change;
  }

  function underWay(): Change {
    const one = current();
    if (!one || one.ended) throw fail("change_none");
    return one;
  }

  function rowOf(one: Change, account: AccountView): ChangeRowView {
    const row = one.rows.get(account.id) ?? UNTOUCHED;
    const state = row.checked_at !== null ? "checked" : row.waived ? "waived" : row.moved || one.here === "new" ? "to_check" : "to_move";
    return { account, state, ...row, codes_only_here: codesOnlyHere(one, account, row), second_device: SECOND[account.issuer] ?? null, advice: account.issuer === "Mirox" ? [MIROX] : [], not_google: whyNotGoogle(account) };
  }

  function codesOnlyHere({ here }: Change, { issuer }: AccountView, { moved, waived, codes_stay: stay }: Row): number {
    if (!query.has("only_here") || here === "new" || moved?.by === "file" || waived || stay) return 0;
    return issuer === "GitHub" ? 7 : issuer === "Mirox" ? 1 : 0;
  }

  function view(): DeviceChangeView {
    const one = current();
    if (!one) throw fail("change_none");
    const rows = world.accounts().map((account) => rowOf(one, account));
    const unreadable = Number(query.get("newer") ?? 0);
    const left = rows.filter(({ state }) => state === "to_move" || state === "to_check").length + unreadable;
    const codes_left = rows.filter((row) => row.codes_only_here > 0).length;
    const dropped = one.ended !== null && !one.ended.safe;
    return structuredClone({
      other: one.other, here: one.here, begun_here: !query.has("elsewhere"), begun_at: one.begun_at, ended_at: one.ended?.at ?? null, dropped, safe: left === 0 && codes_left === 0 && rows.length > 0 && !dropped, left, codes_left, unreadable, rows,
    });
  }

  function changeRows(name: string, ids: AccountId[], how: Partial<Row>): Promise<DeviceChangeView> {
    return checked(`${name} ${ids.length === 1 ? ids[0] : ids.length}`, () => {
      const { rows } = underWay();
      for (const id of ids) rows.set(id, { ...(rows.get(id) ?? UNTOUCHED), ...how });
      return view();
    });
  }

  function end(safe: boolean): DeviceChangeView {
    const one = underWay();
    if (safe && (view().left > 0 || view().rows.length === 0)) throw fail("change_not_safe");
    if (safe && view().codes_left > 0) throw fail("change_codes_left");
    one.ended = { at: now(), safe };
    return view();
  }

  function diagnose(id: AccountId, typed: TypedCode[]): DiagnosisView {
    const account = world.accounts().find((one) => one.id === id);
    if (!account) throw fail("account_not_found");
    return world.diagnose(account, typed);
  }

  function draw(ids: AccountId[], google: boolean): TransferCodesView {
    const accounts = world.accounts().filter(({ id }) => ids.includes(id));
    const out = accounts.flatMap((account) => {
      const why = google ? whyNotGoogle(account) : null;
      return why ? [{ account, why }] : [];
    });
    const fit = accounts.map(({ id }) => id).filter((id) => !out.some(({ account }) => account.id === id));
    if (fit.length === 0) throw fail("transfer_nothing");
    const each = google ? 10 : 1;
    const parts = Array.from({ length: Math.ceil(fit.length / each) }, (_, n) => fit.slice(n * each, (n + 1) * each));
    return { codes: parts.map((part, n) => ({ qr: squares(google ? 77 : 45, n), accounts: part })), left_out: out };
  }

  function chosen(name: string): string | null {
    if (query.get("file") === "wrong") throw fail(name.includes("transfer") ? "transfer_unreadable" : "compare_unreadable");
    return query.get("file") === "cancel" ? null : name;
  }

  const ways: Device = {
    deviceChange: () => checked("device change", () => (current() ? view() : null)),
    beginDeviceChange: (other, here) =>
      checked(`begin device change ${here} ${other}`, () => {
        const one = current();
        if (one && !one.ended) throw fail("change_under_way");
        change = { other, here, begun_at: now(), ended: null, rows: new Map() };
        return view();
      }),
    moved: (ids, by) => changeRows(`moved by ${by}`, ids, { moved: { at: now(), by }, ...(by === "enrolled_again" ? { checked_at: null } : {}) }),
    notMoved: (ids) => changeRows("not moved", ids, { moved: null, checked_at: null }),
    waive: (id, why) => changeRows(`waive “${why}”`, [id], { waived: { at: now(), why } }),
    unwaive: (id) => changeRows("unwaive", [id], { waived: null }),
    letCodesStay: (id, stay) => changeRows(stay ? "let codes stay" : "let codes not stay", [id], { codes_stay: stay }),
    checkMoved: (id, typed) =>
      checked(`check moved ${typed.map(({ code }) => code).join(" ")} ${id}`, () => {
        const { rows } = underWay();
        const found = diagnose(id, typed);
        const row = rows.get(id) ?? UNTOUCHED;
        if (isOut(found)) rows.set(id, { ...row, checked_at: null });
        else if (["right", "used"].includes(found.diagnosis.kind)) rows.set(id, { ...row, checked_at: now(), moved: row.moved ?? { at: now(), by: "otherwise" } });
        return { found, change: view() };
      }),
    finishDeviceChange: () => checked("finish device change", () => end(true)),
    dropDeviceChange: () => checked("drop device change", () => end(false)),
    reopenDeviceChange: () =>
      checked("reopen device change", () => {
        const one = current();
        if (!one) throw fail("change_none");
        one.ended = null;
        return view();
      }),
    transferCodes: (ids, google) => checked(`transfer codes ${ids.length} ${google ? "google" : "each"}`, () => draw(ids, google)),
    transferPassphrase: () => checked("transfer passphrase", () => "7K2M-QX4D-0HRT-9WVB-E5JN"),
    saveTransfer: (ids, passphrase) =>
      checked(`save transfer ${ids.length} ${passphrase}`, () => {
        if (passphrase.length < 8) throw fail("passphrase_short");
        return query.get("file") === "cancel" ? null : "keyfob-transfer.age";
      }),
    chooseTransfer: () => checked("choose transfer", () => chosen("keyfob-transfer.age")),
    receiveTransfer: (passphrase) =>
      checked(`receive transfer ${passphrase}`, () => {
        if (passphrase.startsWith("wrong")) throw fail("transfer_passphrase_wrong");
        return world.receive();
      }),
    saveFingerprints: () => checked("save fingerprints", () => (query.get("file") === "cancel" ? null : { file: "keyfob-compare.age", code: "4T7K-Q2MX-9VHD" })),
    chooseFingerprints: () => checked("choose fingerprints", () => chosen("keyfob-compare.age")),
    compare: (code) =>
      checked(`compare ${code}`, () => {
        if (code.toLowerCase().startsWith("wrong")) throw fail("compare_code_wrong");
        const accounts = world.accounts();
        const rows = query.get("differ") === "none" ? [] : query.get("differ") === "many" ? accounts.map(missingThere) : differing(accounts);
        return { device: "desktop", made_at: now() - 240, same: accounts.length - rows.filter(({ id }) => id !== null).length, rows, unreadable: Number(query.get("newer") ?? 0) };
      }),
  };
  return { ways, isUnderWay: () => current() !== null && current()?.ended === null };
}

/** A code that takes an earlier check back. */
function isOut({ diagnosis }: DiagnosisView): boolean {
  const { kind } = diagnosis;
  return kind === "not_this_key" || kind === "other_settings" || ((kind === "early" || kind === "expired") && diagnosis.steps > 1);
}

function whyNotGoogle({ type, digits, period }: AccountView): LeftOut | null {
  if (type === "steam") return "steam";
  if (digits !== 6 && digits !== 8) return "digits";
  return period !== null && period !== 30 ? "period" : null;
}

function beginning(scene: string | null, accounts: AccountView[]): Change | null {
  if (scene === null) return null;
  const here = scene.startsWith("new") ? "new" : "old";
  const rows = new Map<AccountId, Row>();
  const moved: Moved = { at: BEGUN + DAY, by: "qr" };
  const isDone = ["safe", "finished", "came", "new_safe", "new_finished"].includes(scene);
  accounts.forEach(({ id }, n) => {
    const part = scene === "begun" ? 1 : n / accounts.length;
    if (n === 4 || (isDone && n === 1)) rows.set(id, { ...UNTOUCHED, waived: { at: BEGUN + 2 * DAY, why: n === 4 ? "the panel is switched off next week" : "" } });
    else if (isDone || part < 0.4) rows.set(id, { moved: here === "old" ? moved : null, checked_at: BEGUN + (n + 1) * 3_600, waived: null, codes_stay: false });
    else if (part < 0.7) rows.set(id, { ...UNTOUCHED, moved: here === "old" ? { ...moved, by: "google_qr" } : null });
  });
  if (scene === "begun" || scene === "again") rows.clear();
  const github = accounts.find(({ issuer }) => issuer === "GitHub");
  if (scene === "again" && github) rows.set(github.id, { ...UNTOUCHED, moved: { ...moved, by: "enrolled_again" } });
  // Two that came after the end.
  if (scene === "came") for (const { id } of accounts.slice(-2)) rows.delete(id);
  const ended = ["finished", "came", "dropped", "new_finished"].includes(scene) ? { at: BEGUN + 3 * DAY, safe: isDone } : null;
  return { other: here === "new" ? "old laptop" : "Zoe’s new phone", here, begun_at: BEGUN, ended, rows };
}

/** Not a real code: squares that look like one, with three eyes and a margin. */
function squares(side: number, seed: number): string[] {
  const inner = side - 8;
  const eye = (x: number, y: number): boolean | null => {
    const [a, b] = [x < 8 ? x : inner - 1 - x, y < 8 ? y : inner - 1 - y];
    if (a > 7 || b > 7 || (x >= 8 && y >= 8)) return null;
    const ring = Math.max(Math.abs(a - 3), Math.abs(b - 3));
    return ring !== 2 && ring < 4;
  };
  const dark = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < inner && y < inner && (eye(x, y) ?? (x * 7 + y * 3 + x * y + seed * 11) % 5 < 2);
  return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => (dark(x - 4, y - 4) ? "1" : "0")).join(""));
}

function missingThere({ id, issuer, label }: AccountView): Compared {
  return { id, issuer, label, differences: [{ kind: "missing", side: "there" }] };
}

/** Each way of differing, once. */
function differing(accounts: AccountView[]): Compared[] {
  const settings = { type: "totp" as const, algorithm: "SHA1" as const, digits: 6, period: 30 };
  const all: Compared["differences"][] = [
    [{ kind: "missing", side: "there" }],
    [{ kind: "key" }],
    [{ kind: "settings", here: settings, there: { ...settings, algorithm: "SHA256", digits: 8 } }, { kind: "names", issuer: "Bank", label: "zoe, savings" }],
    [{ kind: "counter", ahead: "there", by: "12" }],
    [{ kind: "void", side: "here", why: "off" }],
    [{ kind: "void", side: "there", why: "trash" }],
    [{ kind: "recovery_codes", only_here: 10, only_there: 0, used_here: 1, used_there: 2 }],
  ];
  const known = all.flatMap((differences, n): Compared[] => {
    const account = accounts[n];
    return account ? [{ id: account.id, issuer: account.issuer, label: account.label, differences }] : [];
  });
  return [
    ...known,
    { id: null, issuer: "Gitea", label: "zoe", differences: [{ kind: "missing", side: "here" }] },
    { id: null, issuer: "Forum", label: "zoe_1985", differences: [{ kind: "void", side: "here", why: "purged" }] },
  ];
}
