// The passphrase of their own that recovery codes can have: how it stands, and everything that changes it. What is under way and
// what went wrong is said where the settings say it of keys, so it is kept there.

import type { Backend, CodesLockView, Typed } from "./ipc/backend";
import { t } from "./i18n";
import { asError, type State } from "./state.svelte";

export class CodesLockState {
  view = $state<CodesLockView | null>(null);

  readonly #app: State;
  readonly #backend: Backend;
  /** It was opened only in order to change it, and is closed again afterwards. */
  #openedForThis = false;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
  }

  forget(): void {
    this.view = null;
    this.#openedForThis = false;
  }

  async load(): Promise<void> {
    await this.#do("", () => this.#backend.codesLock());
  }

  async open(typed: Typed): Promise<void> {
    if (await this.#do(t.vault.stretching, () => this.#backend.openCodesLock(typed))) this.#openedForThis = true;
    this.left();
  }

  /** Opens those that came sealed by a file's own passphrase; where the person's own is asked for first, that. */
  async openForeign(typed: Typed): Promise<void> {
    const done = await this.#do(t.vault.stretching, () => this.#backend.openCodesLock(typed));
    if (done && this.view?.exists) this.#openedForThis = true;
    if (done && !this.view?.foreign) {
      this.#app.closeSheet();
      await this.#app.reload();
      this.#app.say(t.codesLock.foreignOpened);
    }
    this.left();
  }

  async close(): Promise<void> {
    if (await this.#do("", () => this.#backend.closeCodesLock())) this.#app.say(t.codesLock.closed);
  }

  /** Closes it again where no sheet of it is shown any more, whether something was changed or not. */
  left(): void {
    const shown = this.#app.sheet.startsWith("codes_lock");
    if (!this.#openedForThis || shown || this.#app.vault.working) return;
    this.#openedForThis = false;
    void this.#do("", () => this.#backend.closeCodesLock());
  }

  async set(passphrase: string): Promise<void> {
    await this.#change(() => this.#backend.setCodesLock(passphrase), t.codesLock.wasSet);
  }

  async change(passphrase: string): Promise<void> {
    await this.#change(() => this.#backend.changeCodesLock(passphrase), t.codesLock.wasChanged);
  }

  async remove(): Promise<void> {
    await this.#change(() => this.#backend.removeCodesLock(), t.codesLock.removed);
  }

  async #change(change: () => Promise<CodesLockView>, said: string): Promise<void> {
    if (!(await this.#do(t.vault.stretching, change))) {
      this.left();
      return;
    }
    if (!this.view?.exists) this.#openedForThis = false;
    this.#app.closeSheet();
    await this.#app.reload();
    this.#app.say(said);
  }

  async #do(working: string, what: () => Promise<CodesLockView>): Promise<boolean> {
    const { vault } = this.#app;
    if (vault.working) return false;
    vault.working = working;
    vault.error = null;
    try {
      this.view = await what();
      return true;
    } catch (failed) {
      vault.error = asError(failed);
      return false;
    } finally {
      vault.working = "";
    }
  }
}
