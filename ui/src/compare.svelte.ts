// Two Keyfobs compared without moving a secret: the file that this one makes, and what the file of the other tells.

import { t } from "./i18n";
import type { Backend, ComparisonView, ErrorView, SavedFingerprints } from "./ipc/backend";
import { asError, type State } from "./state.svelte";

export class CompareState {
  /** The file that was made here, and its code, which is shown this once. */
  made = $state.raw<SavedFingerprints | null>(null);
  /** The name of the other's file, until it was compared. */
  chosen = $state<string | null>(null);
  found = $state.raw<ComparisonView | null>(null);
  /** What is under way and takes time, said to the person. */
  working = $state("");
  /** Why the last thing did not work, and which of the two it was. */
  refusal = $state.raw<{ of: "make" | "read"; error: ErrorView } | null>(null);

  /** It was about to be left while the short code is shown: that is asked once. */
  leaving = $state(false);

  readonly #app: State;
  readonly #backend: Backend;
  #visits = 0;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
  }

  /** The page is left, or the vault closed. */
  forget(): void {
    this.#visits += 1;
    this.made = this.chosen = this.found = this.refusal = null;
    this.working = "";
    this.leaving = false;
  }

  /** Whether the page is not to be left yet, as its short code would be gone. Asked again, it is. */
  holds(): boolean {
    if (this.made === null || this.leaving) return false;
    this.leaving = true;
    return true;
  }

  errorOf(of: "make" | "read"): ErrorView | null {
    return this.refusal?.of === of ? this.refusal.error : null;
  }

  async make(): Promise<void> {
    await this.#do("make", t.compare.making, () => this.#backend.saveFingerprints(), (made) => {
      this.made = made ?? this.made;
      this.leaving = false;
    });
  }

  async choose(): Promise<void> {
    await this.#do("read", t.device.moment, () => this.#backend.chooseFingerprints(), (file) => {
      if (file === null) return;
      this.chosen = file;
      this.found = null;
      // Rust keeps one chosen file.
      this.#app.transfer.chosen = null;
    });
  }

  /** Another file was chosen since. */
  unchoose(): void {
    this.chosen = null;
  }

  async compare(code: string): Promise<boolean> {
    return this.#do("read", t.compare.comparing, () => this.#backend.compare(code), (found) => ([this.found, this.chosen] = [found, null]));
  }

  async #do<T>(of: "make" | "read", working: string, what: () => Promise<T>, then: (answer: T) => void): Promise<boolean> {
    if (this.working) return false;
    const visit = this.#visits;
    this.working = working;
    this.refusal = null;
    try {
      const answer = await what();
      if (visit !== this.#visits) return false;
      then(answer);
      return true;
    } catch (failed) {
      const error = asError(failed);
      if (error.code === "vault_locked") await this.#app.open();
      else if (visit === this.#visits) this.refusal = { of, error };
      return false;
    } finally {
      if (visit === this.#visits) this.working = "";
    }
  }
}
