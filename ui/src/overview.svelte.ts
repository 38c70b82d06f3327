// The state of what is looked up about accounts rather than done with them: the overview of all, the timeline of one, and the
// playbooks that there are. Codes and recovery codes are not in here.

import { tick } from "svelte";

import type { AccountId, Backend, ErrorView, EventKind, EventView, OverviewRow, PlaybooksView } from "./ipc/backend";
import { t } from "./i18n";
import { nameOf } from "./names";
import { asError, type State } from "./state.svelte";

/** What of a timeline is shown. */
export type Group = "all" | "codes" | "state";

/** What has to do with recovery codes; everything else is about the account's state. */
const ABOUT_CODES: EventKind[] = [
  "codes_kept", "codes_replaced", "code_copied", "code_used", "code_not_used", "code_refused", "no_codes", "codes_expected", "codes_printed", "codes_shown",
];

export function isIn(group: Group, { kind }: EventView): boolean {
  return group === "all" || ABOUT_CODES.includes(kind) === (group === "codes");
}

export class OverviewState {
  /** Sorted by what needs doing; null until they have come for the first time. */
  rows = $state.raw<OverviewRow[] | null>(null);
  error = $state<ErrorView | null>(null);
  query = $state("");
  onlyTodo = $state(false);
  chosenId = $state<AccountId | null>(null);
  /** All rows are in the page, for paper. */
  printing = $state(false);

  /** The timeline of one account, and whose it is. */
  events = $state.raw<{ of: AccountId; events: EventView[] } | null>(null);
  eventsError = $state<ErrorView | null>(null);

  books = $state.raw<PlaybooksView | null>(null);
  booksError = $state<ErrorView | null>(null);

  // What a row is found by, written once and not at every key.
  #found = $derived((this.rows ?? []).map((row) => [row, wordsOf(row)] as const));
  needy = $derived((this.rows ?? []).filter(needs).length);
  shown = $derived.by(() => {
    const words = this.query.trim().toLowerCase().split(/\s+/u);
    return this.#found.filter(([row, text]) => (!this.onlyTodo || needs(row)) && words.every((word) => text.includes(word))).map(([row]) => row);
  });
  /** Where the chosen row stands among those that are shown. */
  at = $derived(Math.max(0, this.shown.findIndex(({ account }) => account.id === this.chosenId)));
  chosen = $derived(this.shown[this.at] ?? null);

  readonly #app: State;
  readonly #backend: Backend;
  #loads = 0;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
  }

  /** Nothing of a vault that is closed stays in the page. */
  forget(): void {
    this.#loads += 1;
    this.rows = this.events = this.books = null;
    this.error = this.eventsError = this.booksError = null;
    this.query = "";
    this.onlyTodo = this.printing = false;
    this.chosenId = null;
  }

  // The overview.

  /** Goes there, or back to the codes. */
  toggle(): void {
    this.#app.page = this.#app.page === "overview" ? "codes" : "overview";
  }

  /** What was shown before stays until the answer is there. */
  async load(): Promise<void> {
    const load = ++this.#loads;
    try {
      const rows = await this.#backend.overview();
      if (load === this.#loads) [this.rows, this.error] = [rows, null];
    } catch (failed) {
      if (load === this.#loads) this.error = asError(failed);
    }
  }

  move(by: number): void {
    const to = Math.max(0, Math.min(this.shown.length - 1, this.at + by));
    this.chosenId = this.shown[to]?.account.id ?? null;
  }

  clear(): void {
    this.query = "";
    this.onlyTodo = false;
  }

  /** The page of one account. */
  async open(id: AccountId): Promise<void> {
    this.chosenId = id;
    // The list may be searched for something else.
    if (this.#app.matching && !this.#app.matching.has(id)) await this.#app.search("");
    this.#app.selected = id;
    this.#app.page = "codes";
    this.#app.detailsOpen = true;
  }

  async print(): Promise<void> {
    this.printing = true;
    await tick();
    await this.#backend.printPage().catch((failed: unknown) => this.#app.complain(failed));
  }

  // The timeline of one account.

  async loadEvents(id: AccountId): Promise<void> {
    try {
      const events = await this.#backend.timeline(id);
      // Another account may have been chosen meanwhile.
      if (this.#app.selected === id) [this.events, this.eventsError] = [{ of: id, events }, null];
    } catch (failed) {
      if (this.#app.selected === id) this.eventsError = asError(failed);
    }
  }

  async exportEvents(id: AccountId): Promise<void> {
    try {
      const file = await this.#backend.exportTimeline(id);
      if (file !== null) this.#app.say(t.timeline.exported(file));
    } catch (failed) {
      this.#app.complain(failed);
    }
  }

  // Playbooks.

  async loadBooks(): Promise<void> {
    try {
      [this.books, this.booksError] = [await this.#backend.playbooks(), null];
    } catch (failed) {
      this.booksError = asError(failed);
    }
  }
}

/** Whether something is the matter. What could also be better, as codes without a passphrase of their own, or those that an imported account lacks, is no need. */
function needs({ account }: OverviewRow): boolean {
  return account.todo !== null;
}

function wordsOf({ account, todo }: OverviewRow): string {
  return [nameOf(account), t.overview.stateOf(account), ...todo.map(t.overview.todo)].join(" ").toLowerCase();
}
