// The state of all ways in: what was found in a picture, on the screen, by a camera or in a text, until it is kept.

import { innerWidth } from "svelte/reactivity/window";

import { CameraState } from "./camera.svelte";
import { choicesOf, unfinished, type Choice } from "./collected";
import { t } from "./i18n";
import type { AccountId, Backend, Dropped, ErrorView, Pick, PreviewView, ScreenView, TypedKey } from "./ipc/backend";
import { nameOf } from "./names";
import { asError, type Sheet, type State } from "./state.svelte";

/** Where the ways in, and what came of them, are on the screen: there is said what did not work. */
const WAYS: Sheet[] = ["add", "preview", "screen", "camera"];
const ONLY_WORDS: ErrorView = { code: "not_otp", message: "", remedy: "", kind: "text" };

export class AddingState {
  preview = $state.raw<PreviewView | null>(null);
  /** What is to become of each candidate, in their order. */
  choices = $state<Choice[]>([]);
  /** Something is being looked at or chosen. */
  reading = $state(false);
  /** How the screen is looked at here. */
  screen = $state.raw<ScreenView | null>(null);
  /** Picture files whose accounts were added, and which still hold the keys. */
  leftovers = $state.raw<string[]>([]);
  /** The account that is being enrolled again: what is found becomes its new key. */
  again = $state<AccountId | null>(null);
  againFor = $derived.by(() => this.#app.accounts.find(({ id }) => id === this.again) ?? null);
  readonly camera: CameraState;

  readonly #app: State;
  readonly #backend: Backend;
  /** What was open before the sheet of the screen or of the camera. */
  #before: Sheet = "none";
  /** The person was told what scanning the screen does. */
  #told = false;
  #finds = 0;
  /** Counts the times that the vault was closed: what was found before is not shown after. */
  #closings = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
    this.camera = new CameraState(app.backend, (preview) => this.#collect(preview));
  }

  /** Nothing of a vault that is closed stays in the page. */
  forget(): void {
    this.#closings += 1;
    this.#hold(null);
    this.leftovers = [];
    this.again = null;
    void this.camera.stop().catch(() => undefined);
  }

  /** Takes the clipboard: accounts are previewed, words are handed back where they can be searched for. */
  async paste(): Promise<string | null> {
    return this.#find(async () => {
      const { preview, text } = await this.#backend.paste();
      if (preview) return this.#shown(preview);
      if (text !== null && (this.#app.phase !== "ready" || this.#app.sheet !== "none")) throw ONLY_WORDS;
      return text;
    });
  }

  async choose(): Promise<void> {
    if (this.reading) return;
    await this.#find(async () => this.#shown(await this.#backend.choosePictures()));
  }

  dropped(dropped: Dropped): void {
    if ("Ok" in dropped) this.#shown(dropped.Ok);
    else this.refuse(dropped.Err);
  }

  async type(typed: TypedKey): Promise<void> {
    await this.#find(async () => this.#shown(await this.#backend.previewKey(typed)));
  }

  /** Says first what will happen; while parts are collected, only where a person was not told yet who will ask. */
  async openScreen(): Promise<void> {
    const before = this.#app.sheet;
    try {
      this.screen = await this.#backend.screenView();
    } catch (failed) {
      this.refuse(asError(failed));
      return;
    }
    if (this.#app.sheet !== before) return;
    const collects = before === "preview" && unfinished(this.preview).length > 0;
    if (collects && (this.#told || this.screen.asks === "nobody")) await this.scan(false);
    else this.#cover("screen");
    this.#told = true;
  }

  async scan(region: boolean): Promise<void> {
    if (this.reading) return;
    await this.#find(async () => this.#shown(await this.#backend.scanScreen(region)));
  }

  openCamera(): void {
    // What is there to be added would be let go, with the names that were typed.
    if (this.#app.sheet === "preview" && unfinished(this.preview).length === 0) return;
    this.#cover("camera");
  }

  #cover(sheet: "screen" | "camera"): void {
    const { sheet: open } = this.#app;
    if (open !== "screen" && open !== "camera") this.#before = open;
    // A camera adds to what is being collected; anything else is let go when it starts.
    if (sheet === "camera" && unfinished(this.preview).length === 0) {
      if (this.#before === "preview") this.#before = "none";
      this.#hold(null);
    }
    this.#app.show(sheet);
  }

  /** From the screen or the camera to where the person came from, with what was collected there. */
  back(): void {
    if (this.#before === "preview" && this.preview) {
      this.goOn();
      return;
    }
    this.discard();
    const before = this.#before === "preview" ? "none" : this.#before;
    // Nothing of it is left that could be an account's new key.
    if (before === "none") this.again = null;
    this.#app.show(before);
  }

  /** From the camera on with what it has read. */
  goOn(): void {
    if (!this.preview) return;
    this.#show(this.preview);
    // It may have seen more since the last frame that arrived.
    void this.camera.stop().then(() => this.renew()).catch(() => undefined);
  }

  discard(): void {
    this.#hold(null);
    // A camera that is on would go on collecting.
    void this.camera.stop().catch(() => undefined).then(() => this.#backend.discardPreview());
  }

  async #find<T>(find: () => Promise<T>): Promise<T | null> {
    const closings = this.#closings;
    this.#finds += 1;
    this.reading = true;
    this.#app.sheetError = null;
    try {
      return await find();
    } catch (failed) {
      if (closings === this.#closings) this.refuse(asError(failed));
      return null;
    } finally {
      this.#finds -= 1;
      this.reading = this.#finds > 0;
    }
  }

  #shown(preview: PreviewView | null): null {
    const isOpen = this.#app.phase === "ready" || this.#app.phase === "first_run";
    if (preview && isOpen) this.#show(preview);
    return null;
  }

  #show(preview: PreviewView): void {
    this.#hold(preview);
    this.#app.show("preview");
  }

  #collect(preview: PreviewView): void {
    if (this.#app.sheet !== "camera") return;
    this.#hold(preview);
    if (unfinished(preview).length > 0) return;
    void this.camera.stop().catch(() => undefined);
    this.#show(preview);
  }

  /** What the person has chosen stays, unless it is another preview. */
  #hold(preview: PreviewView | null): void {
    if (preview && preview.id === this.preview?.id) this.choices.push(...choicesOf(preview.candidates.slice(this.choices.length)));
    else this.choices = preview ? choicesOf(preview.candidates) : [];
    this.preview = preview;
    this.#keepLive();
  }

  #keepLive(): void {
    clearTimeout(this.#timer);
    const ends = this.preview?.candidates.flatMap((c) => c.valid_until ?? []) ?? [];
    if (ends.length > 0) this.#timer = this.#app.at(Math.min(...ends), () => void this.renew());
  }

  /** The codes in the preview are made anew. */
  async renew(): Promise<void> {
    const { id } = this.preview ?? {};
    if (id === undefined) return;
    const preview = await this.#backend.previewed();
    if (preview && preview.id === id && this.preview?.id === id) this.#hold(preview);
  }

  refuse(error: ErrorView): void {
    const { sheet, phase, accounts } = this.#app;
    if (WAYS.includes(sheet) || phase === "first_run" || accounts.length === 0) this.#app.sheetError = error;
    else this.#app.toastError(error);
  }

  async keep(picks: Pick[]): Promise<void> {
    if (!this.preview) return;
    this.#app.busy = true;
    this.#app.sheetError = null;
    try {
      const missing = unfinished(this.preview);
      const { added, duplicates, deletable } = await this.#backend.add(this.preview.id, this.preview.candidates.length, picks);
      this.#hold(null);
      this.leftovers = deletable;
      this.#app.sheet = "none";
      const [first] = added;
      const said = added.length === 0 ? t.nothingNew : added.length === 1 && first ? t.addedOne(nameOf(first)) : t.addedSome(added.length);
      this.#app.say([missing.length > 0 ? `${said}.` : said, ...missing.map(t.adding.stillMissing)].join(" "));
      await this.#app.showAdded(first?.id ?? duplicates[0]?.id ?? null);
      // What was just scanned is to be proved: in a narrow window the list would hide how.
      if (added.length === 1 && first?.state === "pending" && (innerWidth.current ?? 0) < 720) this.#app.detailsOpen = true;
    } catch (failed) {
      const error = asError(failed);
      if (error.code === "preview_changed") await this.renew().catch(() => undefined);
      this.#app.sheetError = error;
    } finally {
      this.#app.busy = false;
    }
  }

  /** The usual ways in, for a new key of an account that is there. */
  enrollAgain(id: AccountId): void {
    this.again = id;
    this.#app.show("add");
  }

  /** The key of one candidate takes the place of the account's old one. */
  async takeAgain(index: number): Promise<void> {
    const { preview, again } = this;
    if (!preview || again === null) return;
    this.#app.busy = true;
    this.#app.sheetError = null;
    try {
      const view = await this.#backend.enrollAgain(again, preview.id, index, preview.candidates.length);
      this.#hold(null);
      this.again = null;
      this.#app.sheet = "none";
      await this.#app.showAdded(again);
      this.#app.companion.take(view);
      this.#app.companion.focus("guide");
    } catch (failed) {
      const error = asError(failed);
      if (error.code === "preview_changed") await this.renew().catch(() => undefined);
      this.#app.sheetError = error;
    } finally {
      this.#app.busy = false;
    }
  }

  async deleteLeftovers(): Promise<void> {
    this.leftovers = [];
    try {
      await this.#backend.deletePictures();
      this.#app.say(t.pictureDeleted);
    } catch (failed) {
      this.#app.complain(failed);
    }
  }
}
