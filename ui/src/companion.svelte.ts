// The enrollment companion of the chosen account: its guide, its recovery codes, and everything that changes them.

import { t } from "./i18n";
import type { AccountId, Answered, Backend, BatchView, CompanionView, DiagnosisView, ErrorView, EventView, FoundCodesView, PlaybooksView, ShownCode } from "./ipc/backend";
import { resumeAt } from "./steps";
import { asError, type State } from "./state.svelte";

/** Where on the account's page something was asked for: there is said why it did not work. */
export type Spot = "guide" | "recovery" | "new_codes" | "answer" | "service" | "guards";

interface Refusal {
  at: Spot;
  error: ErrorView;
}

export class CompanionState {
  /** Of the chosen account; nothing until it has come. */
  view = $state.raw<CompanionView | null>(null);
  refusal = $state.raw<Refusal | null>(null);
  /** Recovery codes that were found in a text, until they are kept. */
  found = $state.raw<FoundCodesView | null>(null);
  /** Why a code was not accepted. */
  diagnosis = $state.raw<DiagnosisView | null>(null);
  books = $state.raw<PlaybooksView | null>(null);
  /** The last step was just taken. */
  finished = $state(false);
  /** New codes of the service are being recorded over those that are there. */
  renewing = $state(false);
  /** What is done once the codes' own passphrase was given. */
  locked = $state.raw<{ again: () => void } | null>(null);
  /** Where the focus goes next. */
  wanted = $state.raw<{ spot: Spot } | null>(null);

  readonly #app: State;
  readonly #backend: Backend;
  #busy = false;
  /** The codes' own passphrase was given here, so it is taken back here. */
  #opened = false;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
  }

  /** The account's page is shown. */
  async look(id: AccountId): Promise<void> {
    if (this.view?.account.id !== id) this.view = null;
    try {
      const view = await this.#backend.companion(id);
      // Meanwhile another account may have been chosen, or the vault closed.
      if (this.#app.selected === id && this.#app.phase === "ready") this.view = view;
    } catch (failed) {
      if (this.#app.selected === id) this.#refuse("guide", asError(failed));
    }
  }

  /** What another program has saved may be about this account. */
  async refresh(): Promise<void> {
    if (this.view) await this.look(this.view.account.id);
  }

  /** The account's page is left: nothing of what was asked there stays, and protected codes are closed again. */
  leave(): void {
    this.diagnosis = this.refusal = this.locked = this.wanted = null;
    this.finished = this.renewing = false;
    if (this.#opened) void this.#backend.closeCodesLock().catch(() => undefined);
    this.#opened = false;
  }

  /** Nothing of a vault that is closed stays in the page. */
  forget(): void {
    // Locking has closed the codes already.
    this.#opened = false;
    this.leave();
    this.view = this.found = this.books = null;
  }

  errorAt(spot: Spot): ErrorView | null {
    return this.refusal?.at === spot ? this.refusal.error : null;
  }

  focus(spot: Spot): void {
    this.#app.detailsOpen = true;
    this.wanted = { spot };
  }

  // The guide.

  async openPlaybooks(): Promise<void> {
    await this.#do("guide", async () => {
      this.books = await this.#backend.playbooks();
      this.#app.show("playbook");
    });
  }

  async choose(playbook: string): Promise<void> {
    await this.#do("guide", (id) => this.#backend.choosePlaybook(id, playbook), () => {
      this.#app.closeSheet();
      this.focus("guide");
    });
  }

  async go(step: number | null): Promise<void> {
    this.finished = false;
    await this.#do("guide", (id) => this.#backend.goToStep(id, step), () => this.focus("guide"));
  }

  async goOn(): Promise<void> {
    if (this.view) await this.go(resumeAt(this.view));
  }

  /** Past a step that is not done; past the last, the guide ends. */
  async skip(): Promise<void> {
    const { step = null, playbook } = this.view ?? {};
    if (step === null || !playbook) return;
    const next = step + 1 < playbook.steps.length ? step + 1 : null;
    await this.#forward("guide", (id) => this.#backend.goToStep(id, next));
  }

  async proved(): Promise<void> {
    await this.#forward("guide", (id) => this.#backend.proved(id));
  }

  async notAccepted(typed: string): Promise<void> {
    await this.#do("guide", async (id) => {
      this.diagnosis = await this.#backend.notAccepted(id, typed);
    });
  }

  /** Does what may be the last step of the guide. */
  async #forward(at: Spot, what: (id: AccountId) => Promise<CompanionView>, said?: string): Promise<void> {
    const stood = this.view?.step ?? null;
    await this.#do(at, what, () => {
      this.diagnosis = null;
      this.renewing = false;
      this.finished = stood !== null && this.view?.step === null;
      if (said) this.#say(said);
      this.focus(stood === null ? at : "guide");
    });
  }

  // Recovery codes.

  async noCodes(none: boolean): Promise<void> {
    await this.#forward("recovery", (id) => this.#backend.noCodes(id, none), none ? t.companion.noneSaved : undefined);
  }

  async paste(at: Spot): Promise<boolean> {
    return this.#find(at, (id) => this.#backend.pasteCodes(id));
  }

  async chooseFile(at: Spot): Promise<boolean> {
    return this.#find(at, (id) => this.#backend.chooseCodesFile(id));
  }

  async find(at: Spot, text: string): Promise<boolean> {
    return this.#find(at, (id) => this.#backend.findCodes(id, text));
  }

  async #find(at: Spot, find: (id: AccountId) => Promise<FoundCodesView | null>): Promise<boolean> {
    return this.#do(at, async (id) => {
      const found = await find(id);
      if (!found || this.#app.selected !== id) return;
      this.found = found;
      this.#app.show("found_codes");
    });
  }

  /** The found codes are not kept. */
  discard(): void {
    if (!this.found) return;
    this.found = null;
    void this.#backend.discardCodes().catch(() => undefined);
  }

  async keep(picks: number[], kind: BatchView["kind"]): Promise<void> {
    const { found } = this;
    if (!found) return;
    await this.#forward("recovery", async (id) => {
      const view = await this.#backend.keepCodes(id, found.id, picks, kind);
      this.found = null;
      this.#app.closeSheet();
      return view;
    }, t.companion.kept(picks.filter((at) => !["used", "void"].includes(found.codes[at]?.known ?? "")).length));
  }

  /** The texts of codes, for who asks to see them; they are not kept here. */
  async show(codes: string[], take: (shown: ShownCode[]) => void): Promise<void> {
    let shown: ShownCode[] = [];
    await this.#do("recovery", async (id) => void (shown = await this.#backend.showCodes(id, codes)), () => take(shown));
  }

  async copy(code: string, number: number): Promise<void> {
    await this.#do("recovery", (id) => this.#backend.copyRecoveryCode(id, code), () => {
      this.#app.say(t.companion.copiedCode(number));
      this.focus("answer");
    });
  }

  async answer(code: string, number: number, answer: Answered): Promise<void> {
    const was = this.view?.account.state;
    await this.#do("recovery", (id) => this.#backend.answerCode(id, code, answer), () => {
      this.#say(t.companion.answered[answer](number));
      this.focus(this.view?.account.state === was ? "recovery" : "guide");
    });
  }

  async printed(): Promise<void> {
    await this.#do("recovery", (id) => this.#backend.codesPrinted(id));
  }

  async open(passphrase: string): Promise<void> {
    const again = this.locked?.again;
    await this.#do("recovery", async () => void (await this.#backend.openCodesLock({ passphrase })), () => {
      this.#opened = true;
      this.locked = null;
      again?.();
    });
  }

  /** The form for what the service has issued anew. */
  renew(): void {
    this.renewing = true;
    this.focus("new_codes");
  }

  // The rest.

  async disabled(): Promise<void> {
    await this.#do("service", (id) => this.#backend.disabled(id), () => {
      this.#say(t.companion.disabledSaid);
      this.focus("guide");
    });
  }

  async setGuards(kit: boolean, backup: boolean): Promise<void> {
    await this.#do("guards", (id) => this.#backend.setGuards(id, kit, backup));
  }

  async undo(): Promise<void> {
    const { undo, account } = this.view ?? {};
    if (undo && account) await this.#takeBack(account.id, undo);
  }

  /** The answer of a command that is not asked for here. */
  take(view: CompanionView): void {
    this.#app.accounts = this.#app.accounts.map((one) => (one.id === view.account.id ? view.account : one));
    if (this.#app.selected === view.account.id) this.view = view;
  }

  /** Does one thing to the chosen account, and then what follows from it. Protected codes ask for their passphrase first, and then it is done again. */
  async #do(at: Spot, what: (id: AccountId) => Promise<CompanionView | void>, then?: () => void): Promise<boolean> {
    const id = this.view?.account.id;
    if (id === undefined || this.#busy) return false;
    this.#busy = true;
    this.refusal = null;
    try {
      const view = await what(id);
      if (view) {
        // What an older message offers to take back is no longer the last thing that was done.
        this.#app.dismissToast();
        this.take(view);
      }
    } catch (failed) {
      const error = asError(failed);
      if (error.code === "codes_locked" && this.#app.selected === id) this.locked = { again: () => void this.#do(at, what, then) };
      else if (error.code === "vault_locked") await this.#app.open();
      else this.#refuse(at, error);
      return false;
    } finally {
      this.#busy = false;
    }
    if (this.#app.selected === id) then?.();
    return true;
  }

  /** Said where it was asked for: in the sheet that is open, or at its place on the page. */
  #refuse(at: Spot, error: ErrorView): void {
    if (this.#app.sheet !== "none") this.#app.sheetError = error;
    else this.refusal = { at, error };
  }

  /** Says what was done; it can be taken back where the backend says so. */
  #say(text: string): void {
    const { undo, account } = this.view ?? {};
    // By then another account may be chosen: it is this one's that is taken back.
    this.#app.say(text, undo && account ? () => void this.#takeBack(account.id, undo) : undefined);
  }

  async #takeBack(id: AccountId, event: EventView): Promise<void> {
    try {
      this.finished = false;
      this.take(await this.#backend.undoLast(id));
      this.#app.say(t.companion.undone(event.kind));
    } catch (failed) {
      this.#app.complain(failed);
    }
  }
}
