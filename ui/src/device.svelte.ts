// The change of device: the table of all accounts, and everything that is done about each. All of it is kept in the vault, so it
// can be left and gone on with. What brings keys to the other device is in transfer.svelte.ts.

import { CheckState } from "./check.svelte";
import { t } from "./i18n";
import type { Theirs } from "./i18n/check.en";
import type { AccountId, Backend, ChangeRowView, DeviceChangeView, Diagnosis, DiagnosisView, ErrorView, Here, MovedBy, TypedCode } from "./ipc/backend";
import { nameOf } from "./names";
import { asError, type State } from "./state.svelte";

/** Both devices make the same codes. */
export const IN_SYNC: Diagnosis["kind"][] = ["right", "used"];

/** What of the page is shown. */
export type Part = "change" | "compare";

/** Where the focus goes once it is in the page: an account's row, or what is said of all. */
export type Wanted = { row: AccountId } | "end" | "start";

interface Refusal {
  /** The account that it was asked for; none, where it is about the whole change. */
  of: AccountId | null;
  error: ErrorView;
}

export class DeviceState {
  part = $state<Part>("change");
  /** The one under way, or the last that ended; undefined until the answer has come. */
  change = $state.raw<DeviceChangeView | null | undefined>(undefined);
  error = $state.raw<ErrorView | null>(null);
  refusal = $state.raw<Refusal | null>(null);
  /** Something is being saved. */
  busy = $state(false);
  /** Another is begun, though the last that ended is still known. */
  anew = $state(false);
  /** Accounts came from another device just now: the person is asked whether to check them. */
  arrived = $state(false);

  query = $state("");
  onlyLeft = $state(false);
  chosenId = $state<AccountId | null>(null);
  /** The account whose row is open. */
  openId = $state<AccountId | null>(null);
  /** Where the focus goes next. */
  wanted = $state.raw<Wanted | null>(null);

  /** What a person has picked to be moved together; where they have not, those that are ready to be moved. */
  #picked = $state.raw<Set<AccountId> | null>(null);

  underWay = $derived(this.change?.ended_at === null ? this.change : null);
  rows = $derived(this.underWay?.rows ?? []);
  left = $derived(this.rows.filter(isLeft));
  waived = $derived((this.change?.rows ?? []).filter(({ state }) => state === "waived"));
  picked = $derived.by(() => {
    const { rows } = this;
    if (this.#picked === null) return idsOf(ready(rows));
    const known = idsOf(rows);
    return new Set([...this.#picked].filter((id) => known.has(id)));
  });
  // What a row is found by, written once and not at every key.
  #found = $derived(this.rows.map((row) => [row, wordsOf(row)] as const));
  shown = $derived.by(() => {
    const words = this.query.trim().toLowerCase().split(/\s+/u);
    return this.#found.filter(([row, text]) => (!this.onlyLeft || isLeft(row) || row.account.id === this.openId) && words.every((word) => text.includes(word))).map(([row]) => row);
  });
  /** Where the chosen row stands among those that are shown. */
  at = $derived(Math.max(0, this.shown.findIndex(({ account }) => account.id === this.chosenId)));
  chosen = $derived(this.shown[this.at] ?? null);

  /** The check of the account whose row is open. */
  readonly check: CheckState;
  readonly #app: State;
  readonly #backend: Backend;
  #loads = 0;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
    this.check = new CheckState(app, (id, typed) => this.#checkMoved(id, typed));
  }

  /** Nothing of a vault that is closed stays in the page. */
  forget(): void {
    this.#loads += 1;
    this.change = undefined;
    this.error = this.refusal = this.wanted = this.#picked = null;
    this.query = "";
    this.onlyLeft = this.anew = this.arrived = false;
    this.part = "change";
    this.chosenId = null;
    this.close();
  }

  // The page.

  /** Goes there, or back to the codes. */
  toggle(): void {
    if (this.#app.page === "device") this.leave();
    else this.go("change");
  }

  /** Back to the codes; held once while something is shown that is not shown again. */
  leave(): void {
    if (!this.#app.compare.holds()) this.#app.page = "codes";
    else this.part = "compare";
  }

  go(part: Part): void {
    this.#app.sheetError = null;
    this.anew = false;
    this.part = part;
    this.#app.page = "device";
  }

  /** What was shown before stays until the answer is there. */
  async load(): Promise<void> {
    const load = ++this.#loads;
    try {
      const change = await this.#backend.deviceChange();
      if (load === this.#loads) [this.change, this.error] = [change, null];
    } catch (failed) {
      if (load === this.#loads) this.error = asError(failed);
    }
  }

  refusalOf(id: AccountId | null): ErrorView | null {
    return this.refusal?.of === id ? this.refusal.error : null;
  }

  // The table.

  move(by: number): void {
    const to = Math.max(0, Math.min(this.shown.length - 1, this.at + by));
    this.chosenId = this.shown[to]?.account.id ?? null;
  }

  clear(): void {
    this.query = "";
    this.onlyLeft = false;
  }

  open(id: AccountId): void {
    if (this.openId !== id) {
      this.refusal = null;
      this.check.begin(id);
    }
    this.chosenId = this.openId = id;
    this.wanted = { row: id };
  }

  close(): void {
    this.openId = null;
    this.check.forget();
  }

  pick(id: AccountId, is: boolean): void {
    const picked = new Set(this.picked);
    if (is) picked.add(id);
    else picked.delete(id);
    this.#picked = picked;
  }

  /** All those that are shown, or none of them. */
  pickShown(is: boolean): void {
    const picked = new Set(this.picked);
    for (const { account } of this.shown) {
      if (is) picked.add(account.id);
      else picked.delete(account.id);
    }
    this.#picked = picked;
  }

  // What is done.

  async begin(other: string, here: Here): Promise<void> {
    await this.#do(null, () => this.#backend.beginDeviceChange(other, here), () => {
      this.anew = this.arrived = false;
      this.#picked = null;
      this.clear();
      this.close();
      const [first] = this.left;
      if (first) this.chosenId = first.account.id;
      this.wanted = "start";
    });
  }

  /** Not another after all: back to the one that has ended. */
  notAnew(): void {
    this.anew = this.arrived = false;
    this.refusal = null;
    this.wanted = "end";
  }

  /** Accounts are on the other device, as the person says. */
  async moved(ids: AccountId[], by: MovedBy): Promise<boolean> {
    return this.#do(ids.length === 1 ? (ids[0] ?? null) : null, () => this.#backend.moved(ids, by), () => (this.#picked = null));
  }

  async notMoved(id: AccountId): Promise<void> {
    await this.#do(id, () => this.#backend.notMoved([id]), () => (this.wanted = { row: id }));
  }

  async waive(id: AccountId, why: string): Promise<void> {
    await this.#do(id, () => this.#backend.waive(id, why), () => this.#goOn(id));
  }

  async unwaive(id: AccountId): Promise<void> {
    await this.#do(id, () => this.#backend.unwaive(id), () => (this.wanted = { row: id }));
  }

  /** Its recovery codes can stay behind, or not after all. */
  async letCodesStay(id: AccountId, stay: boolean): Promise<void> {
    await this.#do(stay ? null : id, () => this.#backend.letCodesStay(id, stay), () => (this.wanted = stay ? "end" : { row: id }));
  }

  async #checkMoved(id: AccountId, typed: TypedCode[]): Promise<DiagnosisView> {
    const { found, change } = await this.#backend.checkMoved(id, typed);
    // The vault may have been closed, or another row opened.
    if (this.#app.phase !== "ready") return found;
    this.#take(change);
    // A counter may be set forward to the other's, so it stays to be looked at.
    const counted = this.rows.find(({ account }) => account.id === id)?.account.type === "hotp";
    if (this.openId === id && IN_SYNC.includes(found.diagnosis.kind) && !counted) this.#goOn(id);
    return found;
  }

  /** From one that is done, on to the next that is left. */
  next(id: AccountId): void {
    this.#goOn(id);
  }

  async finish(): Promise<void> {
    await this.#do(null, () => this.#backend.finishDeviceChange(), () => (this.wanted = "end"));
  }

  async drop(): Promise<void> {
    await this.#do(null, () => this.#backend.dropDeviceChange(), () => {
      this.#app.closeSheet();
      this.wanted = "end";
    });
  }

  async reopen(): Promise<void> {
    await this.#do(null, () => this.#backend.reopenDeviceChange(), () => {
      this.anew = this.arrived = false;
      this.wanted = "start";
    });
  }

  /** One is done: on to the next that is left, in the order of the table, from there round to the start. */
  #goOn(id: AccountId): void {
    const done = this.rows.find(({ account }) => account.id === id);
    if (!done || isLeft(done)) return;
    this.#app.say(done.state === "waived" ? t.device.saidWaived(nameOf(done.account)) : t.device.saidChecked(nameOf(done.account)));
    const shown = new Set(this.shown);
    const from = this.rows.indexOf(done);
    const next = [...this.rows.slice(from), ...this.rows.slice(0, from)].find((row) => isLeft(row) && shown.has(row));
    if (next) {
      this.open(next.account.id);
    } else {
      this.close();
      this.wanted = "end";
    }
  }

  #take(change: DeviceChangeView): void {
    // What was asked for before is older.
    this.#loads += 1;
    this.change = change;
    if (this.#app.status) this.#app.status = { ...this.#app.status, device_change: change.ended_at === null };
  }

  /** Does one thing, and then what follows from it; why it did not work is said where it was asked for. */
  async #do(of: AccountId | null, what: () => Promise<DeviceChangeView>, then: () => void): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.refusal = this.#app.sheetError = null;
    try {
      const change = await what();
      // The vault may have been closed meanwhile.
      if (this.#app.phase !== "ready") return false;
      this.#take(change);
      then();
      return true;
    } catch (failed) {
      const error = asError(failed);
      if (error.code === "vault_locked") await this.#app.open();
      else if (this.#app.sheet !== "none") this.#app.sheetError = error;
      else this.refusal = { of, error };
      // Another program has changed it.
      if (error.code.startsWith("change_")) await this.load();
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Rows whose key does on another device as it is; all that are to be moved, where that is none. */
function ready(rows: ChangeRowView[]): ChangeRowView[] {
  const all = rows.filter(({ state }) => state === "to_move");
  const fit = all.filter(({ account, second_device: second }) => account.state === "on" && second !== "set_up_again");
  return fit.length > 0 ? fit : all;
}

function idsOf(rows: ChangeRowView[]): Set<AccountId> {
  return new Set(rows.map(({ account }) => account.id));
}

/** Which key the other device has been seen to have, by the change that is under way. */
export function theirsOf(change: DeviceChangeView | null, row: ChangeRowView | undefined): Theirs {
  if (!change || !row) return "unknown";
  return change.here === "new" ? "old" : row.moved?.by === "enrolled_again" ? "own" : "unknown";
}

export function isLeft({ state }: ChangeRowView): boolean {
  return state === "to_move" || state === "to_check";
}

function wordsOf(row: ChangeRowView): string {
  return [nameOf(row.account), t.device.states[row.state], row.waived?.why ?? ""].join(" ").toLowerCase();
}
