// What brings keys to another device: QR codes on the screen, and transfer files. The codes are keys, so they are here only while
// they are looked at.

import { t } from "./i18n";
import type { AccountId, Backend, ErrorView, RestoredView, TransferCodesView } from "./ipc/backend";
import { asError, type Sheet, type State } from "./state.svelte";

/** The sheets that show keys. A file's passphrase is none, and with it gone a file that was written would be lost. */
const KEYS: Sheet[] = ["device_code", "device_google"];

export class TransferState {
  /** The accounts that the open sheet is about. */
  ids = $state.raw<AccountId[]>([]);
  /** The codes, once the person has asked to see them. */
  codes = $state.raw<TransferCodesView | null>(null);
  /** Which of them is shown, from 0. */
  at = $state(0);
  /** One after the other is shown by itself. */
  playing = $state(false);

  /** The passphrase that was drawn for the file. */
  passphrase = $state("");
  /** The name of the file that was written. */
  written = $state<string | null>(null);
  /** It was about to be closed while the passphrase is shown: that is said once. */
  leaving = $state(false);

  /** The name of the file that was chosen to be taken in. */
  chosen = $state<string | null>(null);
  received = $state.raw<RestoredView | null>(null);

  /** What is under way and takes time, said to the person. */
  working = $state("");
  error = $state.raw<ErrorView | null>(null);

  shown = $derived(this.codes?.codes[this.at] ?? null);
  isLast = $derived(this.codes !== null && this.at === this.codes.codes.length - 1);

  readonly #app: State;
  readonly #backend: Backend;
  /** Answers to what was asked before the sheet was closed are thrown away. */
  #sheets = 0;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
  }

  /** Nothing of a sheet stays once it is closed, nor of a vault. */
  forget(): void {
    this.#sheets += 1;
    this.ids = [];
    this.codes = this.written = this.chosen = this.received = this.error = null;
    this.passphrase = this.working = "";
    this.at = 0;
    this.playing = this.leaving = false;
  }

  /** Which opening of a sheet it is; to be given when that sheet goes. */
  get visit(): number {
    return this.#sheets;
  }

  /** A sheet is gone, however. Another may have been opened already. */
  leave(visit: number): void {
    if (visit === this.#sheets) this.forget();
  }

  /** The window cannot be seen: nobody scans what is in it. */
  hidden(): void {
    if (KEYS.includes(this.#app.sheet)) this.#app.closeSheet();
  }

  #show(sheet: Sheet, ids: AccountId[]): void {
    this.forget();
    this.ids = ids;
    this.#app.show(sheet);
  }

  // Codes on the screen.

  openCode(id: AccountId): void {
    this.#show("device_code", [id]);
    // Whom it goes to, where a change is under way.
    if (this.#app.status?.device_change && this.#app.device.change === undefined) void this.#app.device.load();
  }

  openGoogle(ids: AccountId[]): void {
    this.#show("device_google", ids);
  }

  async draw(): Promise<void> {
    const google = this.#app.sheet === "device_google";
    await this.#do("", () => this.#backend.transferCodes(this.ids, google), (codes) => (this.codes = codes));
  }

  step(by: number): void {
    const last = (this.codes?.codes.length ?? 1) - 1;
    this.at = Math.max(0, Math.min(last, this.at + by));
    if (this.isLast) this.playing = false;
  }

  /** From the start again, where all were shown. */
  play(): void {
    if (this.isLast) this.at = 0;
    this.playing = true;
  }

  /** The other device has read what was shown. */
  async scanned(): Promise<void> {
    const ids = this.codes?.codes.flatMap(({ accounts }) => accounts) ?? [];
    const [id] = ids;
    const alone = this.#app.sheet === "device_code";
    if (ids.length === 0 || !(await this.#app.device.moved(ids, alone ? "qr" : "google_qr"))) return;
    this.#app.closeSheet();
    this.#app.say(t.device.saidMoved(ids.length));
    if (alone && id !== undefined && this.#app.page === "device") this.#app.device.open(id);
  }

  // A file to another Keyfob.

  async openFile(ids: AccountId[]): Promise<void> {
    this.#show("device_file", ids);
    await this.#do("", () => this.#backend.transferPassphrase(), (drawn) => (this.passphrase = drawn));
  }

  async write(passphrase: string): Promise<void> {
    await this.#do(t.device.writing, () => this.#backend.saveTransfer(this.ids, passphrase), (file) => {
      if (file === null) return;
      this.passphrase = passphrase;
      this.written = file;
    });
  }

  /** Escape, once the file is written: its passphrase is shown only now, so it closes at the second. */
  closeFile(): void {
    if (this.written === null || this.leaving) this.#app.closeSheet();
    else this.leaving = true;
  }

  async takenIn(): Promise<void> {
    const { ids } = this;
    if (!(await this.#app.device.moved(ids, "file"))) return;
    this.#app.closeSheet();
    this.#app.say(t.device.saidMoved(ids.length));
  }

  // A file from another Keyfob.

  openTakeIn(): void {
    this.#show("device_take_in", []);
  }

  async choose(): Promise<void> {
    await this.#do("", () => this.#backend.chooseTransfer(), (file) => {
      if (file === null) return;
      [this.chosen, this.received] = [file, null];
      // Rust keeps one chosen file.
      this.#app.compare.unchoose();
    });
  }

  async takeIn(passphrase: string): Promise<boolean> {
    const wasFirst = this.#app.phase === "first_run";
    let received: RestoredView | null = null;
    const done = await this.#do(t.device.takingIn, () => this.#backend.receiveTransfer(passphrase), (taken) => (received = taken));
    if (!done) return false;
    if (wasFirst) {
      await this.#app.open();
      this.#app.device.arrived = true;
      this.#app.show("device_take_in");
    } else {
      await this.#app.reload();
    }
    [this.chosen, this.received] = [null, received];
    return true;
  }

  /** On to the check of what came. */
  checkThem(): void {
    this.#app.closeSheet();
    if (!this.#app.device.underWay) this.#app.device.arrived = true;
    this.#app.device.go("change");
  }

  /** Does one thing that may take time; what it answers is dropped where the sheet was closed meanwhile. */
  async #do<T>(working: string, what: () => Promise<T>, then: (answer: T) => void): Promise<boolean> {
    if (this.working) return false;
    const sheet = this.#sheets;
    this.working = working || t.device.moment;
    this.error = null;
    try {
      const answer = await what();
      if (sheet !== this.#sheets) return false;
      then(answer);
      return true;
    } catch (failed) {
      const error = asError(failed);
      if (error.code === "vault_locked") await this.#app.open();
      else if (sheet === this.#sheets) this.error = error;
      return false;
    } finally {
      if (sheet === this.#sheets) this.working = "";
    }
  }
}
