// The camera that is on while its sheet is open: frame after frame, and what is to be said about them.

import { unfinished } from "./collected";
import { explain, t } from "./i18n";
import type { Backend, CameraView, ErrorView, FrameView, PreviewView } from "./ipc/backend";
import { asError } from "./state.svelte";

/** Something seen is said for so long after it is out of sight, so that it can be read. */
const HOLD_MS = 2_000;

export interface Said {
  kind: "looking" | "read" | "parts" | "problem";
  text: string;
}

export class CameraState {
  phase = $state<"off" | "starting" | "on" | "failed">("off");
  devices = $state.raw<CameraView[]>([]);
  /** The device that is used; the last one stays chosen. */
  chosen = $state("");
  frame = $state.raw<FrameView | null>(null);
  said = $state.raw<Said>({ kind: "looking", text: "" });
  /** Why it is not on. */
  error = $state<ErrorView | null>(null);

  readonly #backend: Backend;
  /** Takes what was collected so far. */
  readonly #collect: (preview: PreviewView) => void;
  /** Counts up with every start and stop: whatever an earlier one was waiting for is of no use any more. */
  #run = 0;
  /** Switching on and off takes time, and must not overtake one another. */
  #switching: Promise<void> = Promise.resolve();
  /** Whether it was switched on, as it is now: what a view reads while it closes is as it was before. */
  #isOn = false;
  #parts = "";
  #saidUntil = 0;

  constructor(backend: Backend, collect: (preview: PreviewView) => void) {
    this.#backend = backend;
    this.#collect = collect;
  }

  async start(): Promise<void> {
    const run = ++this.#run;
    this.#isOn = true;
    this.phase = "starting";
    this.frame = this.error = null;
    this.#parts = "";
    this.#say("looking", t.adding.starting);
    try {
      const devices = await this.#backend.cameras();
      if (run !== this.#run) return;
      this.devices = devices;
      if (!devices.some((one) => one.id === this.chosen)) this.chosen = devices[0]?.id ?? "";
      await this.#switch(() => (run === this.#run ? this.#backend.startCamera(this.chosen) : Promise.resolve()));
      // The next frame is asked for once the former is there, so that none pile up.
      while (run === this.#run) {
        const frame = await this.#backend.cameraFrame();
        if (run === this.#run) this.#take(frame);
      }
    } catch (failed) {
      if (run !== this.#run) return;
      this.phase = "failed";
      this.frame = null;
      this.error = asError(failed);
    }
  }

  async stop(): Promise<void> {
    const wasOn = this.#isOn;
    this.#isOn = false;
    this.#run += 1;
    this.phase = "off";
    this.frame = this.error = null;
    await (wasOn ? this.#switch(() => this.#backend.stopCamera()) : this.#switching);
  }

  async choose(id: string): Promise<void> {
    this.chosen = id;
    await this.start();
  }

  #switch(change: () => Promise<void>): Promise<void> {
    const changed = this.#switching.then(change);
    this.#switching = changed.catch(() => undefined);
    return changed;
  }

  #take(frame: FrameView): void {
    this.phase = "on";
    this.frame = frame;
    const parts = t.adding.progress(unfinished(frame.preview));
    const now = performance.now();
    if (frame.problem) {
      this.#say("problem", explain(frame.problem));
      this.#saidUntil = now + HOLD_MS;
    } else if (parts !== this.#parts) {
      this.#say("parts", parts);
      this.#saidUntil = now;
    } else if (!parts && frame.codes.length > 0) {
      this.#say("read", t.adding.codeRead);
      this.#saidUntil = now + HOLD_MS;
    } else if (now >= this.#saidUntil) {
      this.#say(parts ? "parts" : "looking", parts || t.adding.looking);
    }
    this.#parts = parts;
    if (frame.preview) this.#collect(frame.preview);
  }

  /** Only what is new is said: it is read out. */
  #say(kind: Said["kind"], text: string): void {
    if (text !== this.said.text) this.said = { kind, text };
  }
}
