// A check of an account with another device: the codes of that device that were given so far, and what came of them. Who makes one
// says whom it asks, so that a change of device checks its accounts in the same way.

import { t } from "./i18n";
import type { AccountId, AccountView, DiagnosisView, ErrorView, TypedCode } from "./ipc/backend";
import { nameOf } from "./names";
import { asError, type State } from "./state.svelte";

export class CheckState {
  /** The account that is checked; nothing where none is. */
  id = $state<AccountId | null>(null);
  /** The codes that were given so far, each with when it was. */
  typed = $state.raw<TypedCode[]>([]);
  found = $state.raw<DiagnosisView | null>(null);
  error = $state.raw<ErrorView | null>(null);
  busy = $state(false);
  /** How often the field was asked for: the focus goes there. */
  wanted = $state(0);

  readonly #app: State;
  readonly #compare: (id: AccountId, typed: TypedCode[]) => Promise<DiagnosisView>;
  #checks = 0;

  constructor(app: State, compare: (id: AccountId, typed: TypedCode[]) => Promise<DiagnosisView>) {
    this.#app = app;
    this.#compare = compare;
  }

  /** A check of that account begins, or goes on; what was given for another is forgotten. */
  begin(id: AccountId): void {
    if (this.id !== id) this.forget();
    this.id = id;
    this.wanted += 1;
  }

  /** A code that the other device shows. After an answer that cannot tell, it is taken together with those before. */
  async ask(code: string): Promise<void> {
    const { id } = this;
    if (id === null || this.busy) return;
    const before = this.found?.needs_second ? this.typed : [];
    const check = ++this.#checks;
    this.busy = true;
    this.error = null;
    try {
      const found = await this.#compare(id, [...before, { code, at: null }]);
      if (check !== this.#checks) return;
      this.typed = [...before, { code, at: found.at }];
      this.found = found;
    } catch (failed) {
      const error = asError(failed);
      if (error.code === "vault_locked") await this.#app.open();
      else if (check === this.#checks) this.#refuse(error);
    } finally {
      if (check === this.#checks) this.busy = false;
    }
  }

  /** What an earlier code was says nothing of this one; one that cannot tell still asks for a second. */
  #refuse(error: ErrorView): void {
    this.error = error;
    if (!this.found?.needs_second) this.found = null;
  }

  /** Another code is to be checked, and those before count no more. */
  again(): void {
    this.typed = [];
    this.found = this.error = null;
  }

  /** The check is left. What is still asked is answered to nobody. */
  forget(): void {
    this.#checks += 1;
    this.id = null;
    this.busy = false;
    this.again();
  }

  /** HOTP: the counter goes forward to where the other device stands. Why not, where it did not. */
  async setCounter(account: AccountView, next: string): Promise<ErrorView | null> {
    try {
      await this.#app.backend.setCounter(account.id, next);
      await this.#app.reload();
      this.#app.say(t.check.counterSet(nameOf(account), next));
      return null;
    } catch (failed) {
      const error = asError(failed);
      if (error.code === "vault_locked") await this.#app.open();
      return error;
    }
  }
}
