// The enrollment companion of the deterministic backend, with its state in memory. Of the address's query: `companion` adds accounts
// in further states, `nolock` takes the codes' own passphrase away, `file=picture` and `file=cancel` say what a chosen file is.

import type { AccountId, AccountView, Backend, CodesLockView, CompanionView, DiagnosisView, ErrorCode, ErrorView, EventKind, EventView, FoundCode, FoundCodesView, PreviewView, RecoveryCodeView, TypedCode } from "./backend";
import { books, byId, named } from "./fake.playbooks";
import { companionOf, dressed, playbookOf, todoOf, voided, type Enrollment, type Undo } from "./fake.record";
import { beginnings } from "./fake.scenes";

type Companion = Pick<
  Backend,
  | "playbooks" | "overview" | "companion" | "choosePlaybook" | "goToStep" | "proved" | "notAccepted" | "checkCode" | "setCounter" | "noCodes" | "setGuards" | "pasteCodes" | "findCodes" | "chooseCodesFile"
  | "discardCodes" | "keepCodes" | "showCodes" | "copyRecoveryCode" | "answerCode" | "disabled" | "enrollAgain" | "undoLast" | "timeline" | "exportTimeline" | "codesPrinted"
  | "codesLock" | "setCodesLock" | "openCodesLock" | "closeCodesLock" | "removeCodesLock" | "changeCodesLock"
>;

interface World {
  query: URLSearchParams;
  accounts: () => AccountView[];
  clipboardText: () => string | null;
  checked: <T>(name: string, answer: () => T) => Promise<T>;
  fail: (code: ErrorCode) => ErrorView;
  now: () => number;
  digitsOf: (seed: string, step: number, length: number) => string;
  preview: () => PreviewView | null;
  diagnose: (account: AccountView, typed: TypedCode[]) => DiagnosisView;
}

export interface FakeCompanion {
  ways: Companion;
  /** An account with what its enrollment says of it. */
  dress: (account: AccountView) => AccountView;
}

const PAGE = "Your backup codes. Keep them safe!\n1. k3f9-a2m7\n2. w8x4-b6n1\n3. h5t2-c9p3\n4. r7v1-d4q8\n5. m2z6-e8s5\n6. y9j3-f1u7";

export function fakeCompanion(world: World): FakeCompanion {
  const { query, checked, fail } = world;
  const records = new Map<AccountId, Enrollment>();
  const undos = new Map<AccountId, Undo[]>();
  const lock: CodesLockView = { exists: !query.has("nolock"), open: false, foreign: query.has("foreign"), recovery_key: true, protected: 0, unprotected: 0 };
  const { begin, batch, event, texts } = beginnings({ ...world, locks: lock.exists });
  let found: FoundCodesView | null = null;
  let counted = 0;
  const now = (): number => Math.floor(world.now());
  const named_ = (id: AccountId): AccountView => {
    const one = world.accounts().find((account) => account.id === id);
    if (!one) throw fail("account_not_found");
    return one;
  };

  function recordOf(account: AccountView): Enrollment {
    let record = records.get(account.id);
    if (!record) records.set(account.id, (record = begin(account)));
    return record;
  }

  /** Changes one account, remembers how it was where that can be taken back, and answers with it. */
  function change(name: string, id: AccountId, kind: EventKind | null, how: (record: Enrollment, account: AccountView) => Partial<Enrollment>, more: Partial<EventView> = {}): Promise<CompanionView> {
    return checked(`${name} ${id}`, () => {
      const account = named_(id);
      const before = recordOf(account);
      const after = { ...before, ...how(before, account) };
      if (kind) {
        const happened = event(kind, now(), more);
        after.events = [happened, ...before.events];
        if (UNDOABLE.includes(kind)) undos.set(id, [...(undos.get(id) ?? []), { event: happened.id, before }]);
      }
      records.set(id, after);
      return view(id);
    });
  }

  const view = (id: AccountId): CompanionView => companionOf(named_(id), recordOf(named_(id)), undos.get(id)?.at(-1));

  function nextStep(record: Enrollment, account: AccountView, done: "prove" | "keep"): number | null {
    if (record.step === null) return null;
    const { steps } = playbookOf(account, record);
    const at = steps.findIndex(({ kind }) => kind === done);
    return at < record.step ? record.step : at + 1 < steps.length ? at + 1 : null;
  }

  function find(id: AccountId, text: string): FoundCodesView {
    const account = named_(id);
    const record = recordOf(account);
    const expected = playbookOf(account, record).recovery;
    const { kind, count, length } = expected;
    const bare = (code: string): string => code.replaceAll("-", "").toLowerCase();
    const known = new Map([...(record.live ? [record.live] : []), ...record.past].flatMap((one) => one.codes.map((code) => [bare(texts.get(code.id) ?? ""), code.state] as const)));
    const codes = [...new Set(text.split(/[\s,"'[\]{}:;]+/u))].flatMap((word): FoundCode[] => {
      if (!/^[A-Za-z0-9-]{5,40}$/u.test(word) || !/\d/u.test(word)) return [];
      const state = known.get(bare(word));
      return [{ text: word, sure: length === null ? bare(word).length >= 8 : bare(word).length === length, known: state === undefined ? null : state === "used" || state === "unused" ? state : "void" }];
    });
    if (codes.length === 0) throw fail("codes_none");
    const sure = codes.filter((code) => code.sure).length;
    counted += 1;
    found = {
      id: counted, codes, expected, wrong_count: count !== null && sure !== count, wrong_length: length !== null && codes.some((code) => !code.sure), wrong_alphabet: false,
      kind: kind === "rotating" || (kind === "unknown" && sure === 1) ? "rotating" : "set", replaces: record.live?.codes.filter((code) => code.state === "unused").length ?? 0,
    };
    return found;
  }

  function setState(code: string, state: RecoveryCodeView["state"]): (record: Enrollment) => Partial<Enrollment> {
    return (record) => {
      const old = record.live?.codes.find((one) => one.id === code);
      if (!record.live || !old) throw fail("codes_changed");
      if (old.state === "used" || old.state === "void") throw fail("code_spent");
      return { live: { ...record.live, codes: record.live.codes.map((one) => (one.id === code ? { ...one, state, since: now() } : one)) } };
    };
  }

  const numberOf = (id: AccountId, code: string): Partial<EventView> => ({ number: recordOf(named_(id)).live?.codes.find((one) => one.id === code)?.number ?? null });
  const isShut = (id: AccountId): boolean => recordOf(named_(id)).protected && !lock.open;

  function lockView(): CodesLockView {
    const live = world.accounts().map(recordOf).filter((record) => record.live);
    const count = (sealed: boolean): number => live.filter((record) => record.protected === sealed).reduce((sum, record) => sum + (record.live?.codes.length ?? 0), 0);
    return { ...lock, protected: count(true), unprotected: count(false) };
  }

  function seal(sealed: boolean): CodesLockView {
    for (const account of world.accounts()) records.set(account.id, { ...recordOf(account), protected: sealed && recordOf(account).live !== null });
    Object.assign(lock, { exists: sealed, open: sealed });
    return lockView();
  }

  const ways: Companion = {
    playbooks: async () => ({ playbooks: books.map(named), broken: query.has("broken") ? [{ file: "our-vpn.toml", line: 12, reason: "unknown key `stepz`" }] : [], folder: "/home/zoe/.local/share/keyfob/playbooks" }),
    overview: async () =>
      world.accounts()
        .map((account) => {
          const record = recordOf(account);
          return { account: dressed(account, record), since: record.since, proved_at: record.proved_at, checked_at: null, playbook: playbookOf(account, record).name, todo: todoOf(account, record) };
        })
        .sort((a, b) => b.todo.length - a.todo.length),
    companion: async (id) => view(id),
    choosePlaybook: (id, playbook) => {
      const chosen = byId(playbook);
      return chosen ? change(`choose playbook ${playbook}`, id, "playbook_chosen", () => ({ playbook }), { detail: chosen.name }) : Promise.reject(fail("playbook_unknown"));
    },
    goToStep: (id, step) => change(`go to step ${step}`, id, null, () => ({ step })),
    proved: (id) => change("proved", id, "proved", (record, account) => ({ state: "on", since: record.state === "on" ? record.since : now(), proved_at: now(), former_keys: 0, step: nextStep(record, account, "prove") })),
    notAccepted: (id, typed) =>
      checked(`not accepted ${typed}`, () => {
        const record = recordOf(named_(id));
        record.events = [event("not_accepted", now()), ...record.events];
        return { ...world.diagnose(named_(id), [{ code: typed, at: null }]), advice: playbookOf(named_(id), record).advice.filter(({ when }) => when === "not_accepted") };
      }),
    checkCode: (id, typed) =>
      checked(`check code ${typed.map(({ code, at }) => (at === null ? code : `${code}@${at}`)).join(" ")}`, () => {
        if (typed.length > 1 && typed.at(-1)?.code === typed.at(-2)?.code) throw fail("check_same_code");
        const record = recordOf(named_(id));
        const found = world.diagnose(named_(id), typed);
        record.events = [event("checked", now(), { step: found.diagnosis.kind === "right" ? "56666667" : null }), ...record.events];
        return found;
      }),
    setCounter: (id, next) =>
      checked(`set counter ${next}`, () => {
        const account = named_(id);
        if (Number(next) < Number(account.counter)) throw fail("counter_backward");
        account.counter = next;
        const record = recordOf(account);
        record.events = [event("checked", now(), { step: String(BigInt(next) - 1n) }), ...record.events];
        return dressed(account, recordOf(account));
      }),
    noCodes: (id, none) => change(`no codes ${none}`, id, none ? "no_codes" : "codes_expected", (record, account) => ({ no_codes: none, step: none ? nextStep(record, account, "keep") : record.step })),
    setGuards: (id, kit, backup) => change(`guards ${kit} ${backup}`, id, null, () => ({ guards_kit: kit, guards_backup: backup })),
    pasteCodes: (id) => checked("paste codes", () => find(id, world.clipboardText() ?? (playbookOf(named_(id), recordOf(named_(id))).recovery.kind === "rotating" ? "Your backup code\nH7KQ2M9X\nKeep it safe! zoe1985" : PAGE))),
    findCodes: (id, text) => checked("find codes", () => find(id, text)),
    chooseCodesFile: (id) =>
      checked("choose codes file", () => {
        if (query.get("file") === "picture") throw fail("codes_picture");
        return query.get("file") === "cancel" ? null : find(id, '{"object":"recovery_tokens","attributes":{"tokens":["a1b2c3d4e5","f6g7h8i9j0","k1l2m3n4o5"]}}');
      }),
    discardCodes: () => checked("discard codes", () => void (found = null)),
    keepCodes: (id, number, picks, kind) => {
      const kept = found?.id === number ? found.codes.filter((_, n) => picks.includes(n)).map(({ text }) => text) : [];
      if (kept.length === 0) return Promise.reject(fail("codes_changed"));
      const had = recordOf(named_(id)).live !== null;
      return change(`keep codes ${kept.join(" ")} ${kind}`, id, had ? "codes_replaced" : "codes_kept", (record, account) => ({
        live: batch(kind, kept, now()), past: [...(record.live ? [voided(record.live, now(), "replaced")] : []), ...record.past], no_codes: false, protected: lock.exists, step: nextStep(record, account, "keep"),
      }), { count: kept.length });
    },
    showCodes: (id, codes) =>
      checked("show codes", () => {
        if (isShut(id)) throw fail("codes_locked");
        const { live, past } = recordOf(named_(id));
        const all = [...(live ? [live] : []), ...past].flatMap((one) => one.codes).filter((code) => !code.gone && (codes === null || codes.includes(code.id)));
        return all.map((code) => ({ id: code.id, text: texts.get(code.id) ?? "" }));
      }),
    copyRecoveryCode: (id, code) => (isShut(id) ? Promise.reject(fail("codes_locked")) : change(`copy recovery code ${code}`, id, "code_copied", setState(code, "in_doubt"), numberOf(id, code))),
    answerCode: (id, code, answer) => {
      const [state, kind] = ({ worked: ["used", "code_used"], not_used: ["unused", "code_not_used"], refused: ["refused", "code_refused"] } as const)[answer];
      return change(`answer ${code} ${answer}`, id, kind, (record, account) => {
        const changed = setState(code, state)(record);
        const off = answer === "worked" && playbookOf(account, record).using?.after === "off";
        if (!off || !changed.live) return changed;
        return { live: null, past: [voided(changed.live, now(), "disabled"), ...record.past], state: "off", since: now(), step: null };
      }, numberOf(id, code));
    },
    disabled: (id) => change("disabled", id, "disabled", (record) => ({ state: "off", since: now(), step: null, live: null, past: [...(record.live ? [voided(record.live, now(), "disabled")] : []), ...record.past] })),
    enrollAgain: (id, preview, index, shown) => {
      const current = world.preview();
      if (current?.id !== preview || current.candidates.length !== shown || !current.candidates[index]) return Promise.reject(fail("preview_changed"));
      if (current.candidates[index].duplicate_of?.id === id) return Promise.reject(fail("enrolled_same_key"));
      return change("enroll again", id, "enrolled_again", (record) => ({
        state: "pending", since: now(), former_keys: record.former_keys + 1, step: 1, live: null, past: [...(record.live ? [voided(record.live, now(), "enrolled_again")] : []), ...record.past],
      }));
    },
    undoLast: (id) =>
      checked(`undo last ${id}`, () => {
        const last = undos.get(id)?.pop();
        if (!last) throw fail("undo_nothing");
        const events = recordOf(named_(id)).events.map((one) => (one.id === last.event ? { ...one, undone_at: now() } : one));
        records.set(id, { ...last.before, events });
        return view(id);
      }),
    timeline: async (id) => structuredClone(recordOf(named_(id)).events),
    exportTimeline: () => checked("export timeline", () => "keyfob-timeline.json"),
    codesPrinted: (id) => change("codes printed", id, "codes_printed", () => ({})),
    codesLock: async () => lockView(),
    setCodesLock: (passphrase) =>
      checked("set codes lock", () => {
        if (lock.exists) throw fail("codes_lock_exists");
        if (passphrase.length < 8) throw fail("passphrase_short");
        return seal(true);
      }),
    openCodesLock: (typed) =>
      checked("open codes lock", () => {
        if (!lock.exists && !lock.foreign) throw fail("codes_lock_none");
        if (typeof typed === "object" && "passphrase" in typed && typed.passphrase.startsWith("wrong")) throw fail("passphrase_wrong");
        // The person's own first; then the file's.
        if (lock.exists && !lock.open) lock.open = true;
        else lock.foreign = false;
        return lockView();
      }),
    closeCodesLock: () => checked("close codes lock", () => ((lock.open = false), lockView())),
    removeCodesLock: () =>
      checked("remove codes lock", () => {
        if (!lock.open) throw fail("codes_locked");
        return seal(false);
      }),
    changeCodesLock: (passphrase) =>
      checked("change codes lock", () => {
        if (!lock.open) throw fail("codes_locked");
        if (passphrase.length < 8) throw fail("passphrase_short");
        return lockView();
      }),
  };
  return { ways, dress: (account) => dressed(account, recordOf(account)) };
}

const UNDOABLE: EventKind[] = ["proved", "codes_kept", "codes_replaced", "code_used", "code_not_used", "code_refused", "disabled", "no_codes", "codes_expected", "enrolled_again"];
