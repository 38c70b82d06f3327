// All state of the page, and everything that changes it. Views show it and call it.

import type {
  AccountId,
  AccountView,
  Backend,
  CodeView,
  ErrorCode,
  ErrorView,
  StatusView,
  Stop,
  WaysView,
} from "./ipc/backend";
import { AddingState } from "./adding.svelte";
import { CheckState } from "./check.svelte";
import { ClockState } from "./clock.svelte";
import { CodesLockState } from "./codeslock.svelte";
import { CompanionState } from "./companion.svelte";
import { CompareState } from "./compare.svelte";
import { DeviceState } from "./device.svelte";
import { explain, t } from "./i18n";
import { nameOf } from "./names";
import { OverviewState } from "./overview.svelte";
import { TransferState } from "./transfer.svelte";
import { VaultState } from "./vault.svelte";

export type Phase = "opening" | "first_run" | "locked" | "trouble" | "ready";
export type Page = "codes" | "overview" | "settings" | "device";
export type Sheet =
  | "none"
  | "add"
  | "preview"
  | "screen"
  | "camera"
  | "rename"
  | "recovery_key"
  | "prove_key"
  | "passphrase"
  | "remove_key"
  | "rekey"
  | "past"
  | "empty_trash"
  | "found_codes"
  | "playbook"
  | "paper"
  | "codes_lock"
  | "codes_lock_remove"
  | "codes_lock_foreign"
  | "beside"
  | "restore"
  | "device_code"
  | "device_google"
  | "device_file"
  | "device_take_in"
  | "device_drop";

export interface Toast {
  text: string;
  kind: "done" | "error";
  undo?: () => void;
}

/** A trouble that may end by itself, so it is worth looking again when the person comes back. */
const MAY_PASS: ErrorCode[] = ["keychain_missing", "keychain_no_key", "vault_missing"];
/** How often it is looked whether the clock has jumped or an unreachable vault is back. */
const LOOK_MS = 2_000;
const TOAST_MS = 6_000;
const UNDO_MS = 15_000;
/** Characters that take longer to read than a toast of what was done stays. */
const LONG_TOAST = 80;
/** Longer than this and a browser's timer wraps around. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class State {
  phase = $state<Phase>("opening");
  page = $state<Page>("codes");
  /** The heading in the settings that is to be brought into sight. */
  settingsAt = $state<string | null>(null);
  trouble = $state<ErrorView | null>(null);
  place = $state("");
  status = $state<StatusView | null>(null);
  /** The vault cannot be read or saved now, though it was open. */
  unreachable = $state<ErrorView | null>(null);

  accounts = $state.raw<AccountView[]>([]);
  query = $state("");
  /** What matches the query; all, where there is none. */
  matching = $state.raw<Set<AccountId> | null>(null);
  selected = $state<AccountId | null>(null);
  /** In a narrow window: the account is shown instead of the list. */
  detailsOpen = $state(false);
  codes = $state.raw<Map<AccountId, CodeView>>(new Map());

  sheet = $state<Sheet>("none");
  /** Why the last thing did not work, beside where it was asked for. */
  sheetError = $state<ErrorView | null>(null);
  busy = $state(false);
  dragging = $state(false);
  toast = $state<Toast | null>(null);
  /** What was deleted since the start, the last at the end. */
  deleted = $state<AccountView[]>([]);

  shown = $derived(
    this.matching === null ? this.accounts : this.accounts.filter((a) => this.matching?.has(a.id)),
  );
  current = $derived(this.accounts.find((a) => a.id === this.selected) ?? null);

  readonly backend: Backend;
  readonly vault: VaultState;
  readonly adding: AddingState;
  readonly overview: OverviewState;
  readonly codesLock: CodesLockState;
  readonly companion: CompanionState;
  readonly device: DeviceState;
  readonly transfer: TransferState;
  readonly compare: CompareState;
  readonly check: CheckState;
  readonly clock: ClockState;
  #visible: AccountId[] = [];
  #codeTimer: ReturnType<typeof setTimeout> | undefined;
  #toastTimer: ReturnType<typeof setTimeout> | undefined;
  #searches = 0;
  #lastLook = 0;
  /** How often it was locked since the page was opened. */
  locks = 0;

  constructor(backend: Backend) {
    this.backend = backend;
    this.vault = new VaultState(this);
    this.adding = new AddingState(this);
    this.overview = new OverviewState(this);
    this.codesLock = new CodesLockState(this);
    this.companion = new CompanionState(this);
    this.device = new DeviceState(this);
    this.transfer = new TransferState(this);
    this.compare = new CompareState(this);
    this.clock = new ClockState(this);
    this.check = new CheckState(this, (id, typed) => backend.checkCode(id, typed));
  }

  start(): Stop {
    const stops = [
      this.backend.onVault(() => void this.reload()),
      this.backend.onLocked((ways) => void this.locked(ways)),
      this.backend.onClock(() => void this.clock.changed()),
      this.backend.onDrag((over) => (this.dragging = over)),
      this.backend.onDropped((dropped) => this.adding.dropped(dropped)),
    ];
    // After a suspend, or when the clock is set, timers are late: the codes on the screen may be old, even if nobody tells.
    const around = setInterval(() => this.#lookAround(), LOOK_MS);
    stops.push(() => clearInterval(around));
    void this.open();
    return () => stops.forEach((stop) => stop());
  }

  /** Every now and then: has the clock jumped, is a vault back that could not be read? */
  #lookAround(): void {
    const now = this.backend.now();
    const passed = now - this.#lastLook;
    this.#lastLook = now;
    const expected = LOOK_MS / 1000;
    // It may have been away for less time than others take to tell of it.
    if (this.unreachable) void this.reload();
    if (this.phase === "ready" && Math.abs(passed - expected) > expected) void this.refreshCodes();
  }

  async open(): Promise<void> {
    // A lock screen stays until something better is known: the vault may not answer.
    if (this.phase !== "first_run" && this.phase !== "locked") this.phase = "opening";
    const locks = this.locks;
    try {
      this.status = await this.backend.openVault();
      this.place = this.status.place;
      this.unreachable = this.trouble = null;
      await this.#takeAccounts();
      if (locks !== this.locks) return this.#forget();
      this.phase = "ready";
      void this.clock.load();
    } catch (failed) {
      const error = asError(failed);
      if (locks !== this.locks && error.code === "vault_locked") return;
      // Behind a lock screen, what hangs is no news.
      if (this.phase === "locked" && error.code === "still_running") return;
      await this.meet(error);
    }
  }

  /** It was locked: shown at once, without asking a vault that may not answer. */
  async locked(ways: WaysView | null): Promise<void> {
    if (ways) this.vault.ways = ways;
    // Where the file is missing, say, that comes after.
    if (this.showLocked()) await this.open();
  }

  /** The lock screen, and nothing behind it. False where there was nothing to lock. */
  showLocked(): boolean {
    this.locks += 1;
    if (this.phase === "first_run" || this.phase === "trouble") return false;
    this.#forget();
    this.unreachable = null;
    this.vault.working = "";
    this.phase = "locked";
    return true;
  }

  /** The vault does not open: the screen for why. */
  async meet(error: ErrorView): Promise<void> {
    this.place = await this.backend.vaultPlace().catch(() => "");
    this.#forget();
    await this.vault.lookForWays();
    this.trouble = error;
    const phases: Partial<Record<ErrorCode, Phase>> = { vault_none: "first_run", vault_locked: "locked" };
    this.phase = phases[error.code] ?? "trouble";
  }

  /** Nothing of a vault that is closed stays in the page. */
  #forget(): void {
    clearTimeout(this.#codeTimer);
    this.accounts = [];
    this.codes = new Map();
    this.deleted = [];
    this.status = this.selected = this.matching = null;
    this.query = "";
    this.sheet = "none";
    this.page = "codes";
    this.detailsOpen = false;
    this.dismissToast();
    this.adding.forget();
    this.vault.forget();
    this.overview.forget();
    this.codesLock.forget();
    this.companion.forget();
    this.device.forget();
    this.transfer.forget();
    this.compare.forget();
    this.check.forget();
    this.clock.forget();
  }

  /** At their top, or at the section whose heading has that id. */
  openSettings(at: string | null = null): void {
    this.sheetError = null;
    this.page = "settings";
    const loads = [this.vault.load(), this.codesLock.load(), this.overview.loadBooks(), this.clock.load()];
    // Before all has come, what comes in above would push the section away again.
    if (at !== null) void Promise.all(loads).then(() => (this.settingsAt = at));
  }

  /** The person has come back to the window. */
  async lookAgain(): Promise<void> {
    if (this.phase === "trouble" && this.trouble && MAY_PASS.includes(this.trouble.code)) await this.open();
    if (this.phase === "ready") await this.refreshCodes();
  }

  /** Takes in what another program has saved; keeps showing what is known where that fails. */
  async reload(): Promise<void> {
    if (this.phase !== "ready") return;
    const locks = this.locks;
    try {
      const status = await this.backend.openVault();
      // What was asked before a lock does not come to be shown after it.
      if (locks !== this.locks) return;
      this.status = status;
      this.unreachable = null;
      await this.#takeAccounts();
    } catch (failed) {
      const error = asError(failed);
      if (locks !== this.locks) return;
      if (error.code === "vault_locked") await this.open();
      else this.unreachable = error;
    }
  }

  async #takeAccounts(): Promise<void> {
    const locks = this.locks;
    const accounts = await this.backend.accounts();
    if (locks !== this.locks) return;
    this.accounts = accounts;
    await this.search(this.query);
    if (!this.current) this.selected = this.shown[0]?.id ?? null;
    await Promise.all([this.refreshCodes(), this.companion.refresh()]);
  }

  async search(query: string): Promise<void> {
    this.query = query;
    const search = ++this.#searches;
    const matching = query.trim() === "" ? null : new Set(await this.backend.search(query));
    // A later search may have been answered first.
    if (search !== this.#searches) return;
    this.matching = matching;
    if (!this.shown.some((a) => a.id === this.selected)) this.selected = this.shown[0]?.id ?? null;
  }

  move(by: number): void {
    const at = this.shown.findIndex((a) => a.id === this.selected);
    const to = Math.max(0, Math.min(this.shown.length - 1, at + by));
    this.selected = this.shown[to]?.id ?? null;
  }

  // Codes: asked for once a period, and only for the rows that are on the screen.

  async see(accounts: AccountView[]): Promise<void> {
    this.#visible = accounts.map((a) => a.id);
    if (accounts.some((a) => a.type !== "hotp" && !this.codes.has(a.id))) await this.refreshCodes();
  }

  async refreshCodes(): Promise<void> {
    clearTimeout(this.#codeTimer);
    const ids = [...new Set([...this.#visible, ...(this.selected ? [this.selected] : [])])];
    const locks = this.locks;
    const fresh = ids.length === 0 ? [] : await this.backend.codes(ids).catch((failed: unknown) => this.#later(failed));
    if (!fresh || locks !== this.locks) return;
    // A counted code holds until another program has counted on.
    const counters = new Map(this.accounts.map((a) => [a.id, a.counter]));
    const counted = [...this.codes].filter(([id, code]) => isLastOf(code.counter, counters.get(id)));
    this.codes = new Map([...counted, ...fresh.map((code) => [code.id, code] as const)]);
    const ends = fresh.flatMap((code) => (code.valid_until === null ? [] : [code.valid_until]));
    if (ends.length > 0) this.#codeTimer = this.at(Math.min(...ends), () => void this.refreshCodes());
  }

  /** Codes are asked for again where something else is still running. */
  #later(failed: unknown): null {
    if (asError(failed).code !== "still_running") throw failed;
    this.#codeTimer = setTimeout(() => void this.refreshCodes(), LOOK_MS);
    return null;
  }

  /** Does something at a second of the clock. */
  at(second: number, then: () => void): ReturnType<typeof setTimeout> {
    const wait = (second - this.backend.now()) * 1000 + 20;
    return setTimeout(then, Math.max(50, Math.min(wait, LONGEST_TIMER_MS)));
  }

  async copy(account: AccountView): Promise<void> {
    this.selected = account.id;
    try {
      if (account.type === "hotp") {
        const shown = this.codes.get(account.id) ?? (await this.#advance(account));
        await this.backend.copyShown(shown.code);
      } else {
        await this.backend.copyCode(account.id);
      }
      this.say(t.copied(nameOf(account)));
    } catch (failed) {
      this.complain(failed);
    }
  }

  /** HOTP: the next code, shown and copied. */
  async next(account: AccountView): Promise<void> {
    this.selected = account.id;
    try {
      const shown = await this.#advance(account);
      await this.backend.copyShown(shown.code);
      this.say(t.copied(nameOf(account)));
    } catch (failed) {
      this.complain(failed);
    }
  }

  async #advance(account: AccountView): Promise<CodeView> {
    const code = await this.backend.advance(account.id);
    await this.reload();
    this.codes = new Map([...this.codes, [account.id, code]]);
    return code;
  }

  // Sheets.

  show(sheet: Sheet): void {
    this.vault.error = this.sheetError = null;
    this.sheet = sheet;
  }

  closeSheet(): void {
    if (this.sheet === "screen" || this.sheet === "camera") {
      this.adding.back();
      return;
    }
    if (this.sheet === "preview") this.adding.discard();
    if (this.sheet === "found_codes") this.companion.discard();
    if (this.sheet.startsWith("device_")) this.transfer.forget();
    this.adding.again = null;
    if (this.vault.newKey) this.vault.discardRecoveryKey();
    this.show("none");
    this.codesLock.left();
  }

  /** The list, with what was just added. */
  async showAdded(chosen: AccountId | null): Promise<void> {
    this.query = "";
    this.selected = chosen ?? this.selected;
    await (this.phase === "ready" ? this.reload() : this.open());
  }

  // Changing.

  openRename(): void {
    if (this.current) this.show("rename");
  }

  /** The account's page, with the field for another device's code. */
  openCheck(account: AccountView): void {
    this.check.begin(account.id);
    this.detailsOpen = true;
  }

  async rename(account: AccountView, issuer: string, label: string): Promise<void> {
    this.busy = true;
    try {
      await this.backend.rename(account.id, issuer, label);
      this.closeSheet();
      await this.reload();
    } catch (failed) {
      this.sheetError = asError(failed);
    } finally {
      this.busy = false;
    }
  }

  async delete(account: AccountView): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const at = this.shown.findIndex((a) => a.id === account.id);
      await this.backend.deleteAccount(account.id);
      this.detailsOpen = false;
      this.selected = (this.shown[at + 1] ?? this.shown[at - 1])?.id ?? null;
      this.deleted.push(account);
      await this.reload();
      this.say(t.deleted(nameOf(account)), () => this.undo());
    } catch (failed) {
      this.complain(failed);
    } finally {
      this.busy = false;
    }
  }

  /** Takes the last deletion back; the one before it after that. */
  undo(): void {
    const last = this.deleted.pop();
    if (last) void this.#restore(last);
  }

  async #restore(account: AccountView): Promise<void> {
    try {
      await this.backend.restoreAccount(account.id);
      this.selected = account.id;
      await this.reload();
      this.say(t.restored(nameOf(account)));
    } catch (failed) {
      this.complain(failed);
    }
  }

  // Saying.

  say(text: string, undo?: () => void): void {
    this.#toast(undo ? { text, kind: "done", undo } : { text, kind: "done" });
  }

  complain(failed: unknown): void {
    const error = asError(failed);
    // What a lock has cut off is said by the lock screen.
    if (this.phase === "locked" && error.code === "vault_locked") return;
    this.toastError(error);
  }

  toastError(error: ErrorView): void {
    this.#toast({ text: explain(error), kind: "error" });
  }

  dismissToast(): void {
    clearTimeout(this.#toastTimer);
    this.toast = null;
  }

  #toast(toast: Toast): void {
    clearTimeout(this.#toastTimer);
    this.toast = toast;
    const takesTime = toast.undo || toast.kind === "error" || toast.text.length > LONG_TOAST;
    const stays = takesTime ? UNDO_MS : TOAST_MS;
    this.#toastTimer = setTimeout(() => (this.toast = null), stays);
  }
}

/** Whether a code of this counter was the last before the counter of the next code. */
function isLastOf(counter: string | null, next: string | null | undefined): boolean {
  return counter !== null && next != null && BigInt(counter) + 1n === BigInt(next);
}

export function asError(failed: unknown): ErrorView {
  if (typeof failed === "object" && failed !== null && "code" in failed) return failed as ErrorView;
  return { code: "internal", message: String(failed), remedy: "" };
}
