// This machine's clock: what is known of it, what a host answers that a person names, and the seconds that codes are set off by.

import { t } from "./i18n";
import type { Backend, ClockView, ErrorView } from "./ipc/backend";
import { asError, type State } from "./state.svelte";

/** What is said of the clock above the list. */
export type ClockNotice = "alarm" | "warn" | "jumped";

export class ClockState {
  /** Nothing until it has come. */
  view = $state.raw<ClockView | null>(null);
  error = $state.raw<ErrorView | null>(null);
  /** Whom a click would ask. */
  host = $state("time.cloudflare.com");
  /** Who is being asked. */
  asking = $state<string | null>(null);
  /** Why a host was not asked, or does not answer. */
  askError = $state.raw<ErrorView | null>(null);
  offsetError = $state.raw<ErrorView | null>(null);
  /** Codes are being set off. */
  busy = $state(false);
  /** Which notice a person has seen and put away. */
  #seen = $state<string | null>(null);

  /** Seconds that codes are set off by. */
  offset = $derived.by(() => this.view?.offset ?? this.#app.status?.clock_offset ?? 0);
  notice = $derived.by(() => {
    const kind = this.view && noticeOf(this.view);
    return kind && (kind === "alarm" || this.#seen !== markOf(kind, this.view)) ? kind : null;
  });

  readonly #app: State;
  readonly #backend: Backend;
  #loads = 0;
  #asks = 0;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
  }

  async load(): Promise<void> {
    const load = ++this.#loads;
    try {
      const view = await this.#backend.clock();
      if (load === this.#loads) [this.view, this.error] = [view, null];
    } catch (failed) {
      if (load === this.#loads) this.error = asError(failed);
    }
  }

  /** The clock was set, or the computer has slept: what was computed for a time is old. */
  async changed(): Promise<void> {
    void this.#app.adding.renew();
    if (this.#app.phase !== "ready") return;
    await Promise.all([this.#app.refreshCodes().catch(() => undefined), this.load()]);
  }

  /** Asks the host that stands there, and no other. */
  async ask(): Promise<void> {
    const host = this.host.trim();
    if (host === "" || this.asking !== null) return;
    const ask = ++this.#asks;
    this.asking = host;
    this.askError = null;
    try {
      const view = await this.#backend.askClock(host);
      if (ask === this.#asks) this.#take(view);
    } catch (failed) {
      if (ask === this.#asks) this.askError = asError(failed);
    } finally {
      if (ask === this.#asks) this.asking = null;
    }
  }

  /** What is being asked is waited for no longer. */
  leave(): void {
    this.#asks += 1;
    this.asking = null;
  }

  /** Codes are made for so many seconds after what the clock shows; 0: for what it shows. True where that is so now. */
  async setOffset(seconds: number): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.offsetError = null;
    try {
      this.#take(await this.#backend.setClockOffset(seconds));
      await this.#app.reload();
      this.#app.say(t.clock.offsetSaid(seconds));
      return true;
    } catch (failed) {
      this.offsetError = asError(failed);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The notice was read. An alarm stays. */
  dismiss(): void {
    if (this.notice && this.view) this.#seen = markOf(this.notice, this.view);
  }

  /** Nothing of a vault that is closed stays in the page: when it was last saved is known here, too. */
  forget(): void {
    this.#loads += 1;
    this.leave();
    this.view = this.error = this.askError = this.offsetError = null;
  }

  /** An answer that is newer than what was being looked up. */
  #take(view: ClockView): void {
    this.#loads += 1;
    [this.view, this.error] = [view, null];
  }
}

function noticeOf({ verdict, jumped }: ClockView): ClockNotice | null {
  if (verdict === "alarm" || verdict === "warn") return verdict;
  // Once a host has vouched for the clock, how it came there is of no interest.
  return jumped && verdict !== "good" ? "jumped" : null;
}

/** Names one notice, so that the next one is shown again. */
function markOf(kind: ClockNotice, view: ClockView | null): string {
  return `${kind} ${kind === "jumped" ? view?.jumped?.at : view?.online?.at}`;
}
