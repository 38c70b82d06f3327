// The ways in of the deterministic backend. The address's query chooses what they find: `parts` makes everything that is
// looked at the next part of an export of 7 (`parts=3,1` says in which order), `screen` and `camera` say what is met, `wide` gives the camera 16:9.

import type { AccountView, Backend, CandidateView, ErrorCode, ErrorView, ExportView, FrameView, PreviewView } from "./backend";

type Ways = Pick<
  Backend,
  "paste" | "choosePictures" | "previewKey" | "previewed" | "discardPreview" | "screenView" | "scanScreen" | "cameras" | "startCamera" | "cameraFrame" | "stopCamera"
>;
type Corners = FrameView["codes"][number];

interface World {
  query: URLSearchParams;
  clipboardText: () => string | null;
  checked: <T>(name: string, answer: () => T) => Promise<T>;
  fail: (code: ErrorCode) => ErrorView;
  now: () => number;
  digitsOf: (seed: string, step: number, length: number) => string;
  first: () => AccountView | undefined;
}

const PARTS = 7;
const FRAME_MS = 60;
/** Frames in which a camera only looks, before it sees something. */
const LOOKS = 6;
const CODE: Corners = [[0.4, 0.27], [0.66, 0.31], [0.62, 0.66], [0.36, 0.62]];
const DEVICES = [
  { id: "/dev/video0", name: "Integrated Camera" },
  { id: "/dev/video2", name: "USB Document Camera with a long name (1920 × 1080)" },
];
/** Rows of a part: what an export of some years looks like. */
const EXPORTED = ["GitHub", "GitLab", "Hetzner", "Mastodon", "Nextcloud", "PyPI", "Proton"];

export interface FakeAdding {
  ways: Ways;
  current: () => PreviewView | null;
  /** Picture files that were read. */
  files: () => string[];
  /** What a test drops on the window. */
  nextPart: () => PreviewView;
}

export function fakeAdding(world: World): FakeAdding {
  const { query, checked, fail } = world;
  let preview: PreviewView | null = null;
  let previews = 0;
  let files: string[] = [];
  const order = (query.get("parts") || "3,1,4,2,7,5,6").split(",").map(Number);
  let shown = 0;
  let run = 0;
  let frames = 0;
  /** The runs of the camera of which a frame is being waited for. */
  const waiting = new Set<number>();

  function candidate(issuer: string, label: string, more: Partial<CandidateView> = {}): CandidateView {
    const step = Math.floor(world.now() / 30);
    return {
      issuer, label, hint: null, type: "totp", algorithm: "SHA1", digits: 6, period: 30, counter: null, short_key: false,
      code: world.digitsOf(issuer + label, step, 6), valid_from: step * 30, valid_until: step * 30 + 30,
      duplicate_of: null, same_names: false, maybe_steam: false, steam_code: null, from_other_app: false, ...more,
    };
  }

  function show(candidates: CandidateView[], more: Partial<PreviewView> = {}): PreviewView {
    previews += 1;
    preview = { id: previews, candidates, rejected: [], exports: [], ...more };
    return preview;
  }

  /** Collects the next part. A preview that lacks none is complete, and something new begins. */
  function nextPart(): PreviewView {
    const part = order[shown % order.length] ?? 1;
    shown += 1;
    const { candidates = [], exports = [], ...rest } = preview?.exports.some((one) => one.missing.length > 0) ? preview : {};
    const seen = [...new Set([...(exports[0]?.seen ?? []), part])].sort((a, b) => a - b);
    const whole: ExportView = { parts: PARTS, seen, missing: Array.from({ length: PARTS }, (_, n) => n + 1).filter((n) => !seen.includes(n)) };
    const issuer = EXPORTED[part - 1] ?? "Service";
    const more = [candidate(issuer, "zoe@example.org", { from_other_app: true }), candidate(issuer, `work-${part}`, { from_other_app: true })];
    if (part === 4) more.push(candidate("GitHub", "zoe", { from_other_app: true, duplicate_of: world.first() ?? null }));
    if (exports.length === 0) return show(more, { exports: [whole] });
    const isNew = (one: CandidateView): boolean => !candidates.some(({ issuer: i, label: l }) => i === one.issuer && l === one.label);
    preview = { id: previews, rejected: [], ...rest, candidates: [...candidates, ...more.filter(isNew)], exports: [whole] };
    return preview;
  }

  const several = (): PreviewView =>
    show(
      [candidate("Google", "zoe@example.com", { from_other_app: true }), candidate("GitHub", "zoe", { duplicate_of: world.first() ?? null }), candidate("Plato", "LIVE", { same_names: true, short_key: true })],
      { rejected: [{ index: 3, reason: fail("algorithm_unknown") }, { index: 4, reason: { ...fail("not_otp"), kind: "web_address" } }] },
    );
  const one = (): PreviewView => show([candidate("Mirox", "zoe@plant-8", { short_key: true })]);
  const found = (otherwise: () => PreviewView): PreviewView => (query.has("parts") ? nextPart() : otherwise());

  /** What the camera of the query sees in its frame of this number. */
  function seen(frame: number): Omit<FrameView, "picture"> {
    const nothing = { codes: [], preview: null, problem: null };
    const code = { ...nothing, codes: [CODE] };
    switch (query.get("camera")) {
      case "looks":
        return { ...nothing, preview };
      case "reads":
        return frame < LOOKS ? nothing : code;
      case "web":
        return frame < LOOKS ? nothing : { ...code, problem: { ...fail("not_otp"), kind: "web_address" } };
      case "parts": {
        // One part after the other, and none of them twice; the rest is out of sight.
        const few = Number(query.get("few") ?? PARTS);
        if (frame % LOOKS === LOOKS - 1 && frame < LOOKS * few) nextPart();
        return { ...(frame < LOOKS * few ? code : nothing), preview };
      }
      case "breaks":
        if (frame >= LOOKS) throw fail("camera_unavailable");
        return nothing;
      default:
        return frame < LOOKS ? nothing : frame < LOOKS * 4 ? code : { ...code, preview: one() };
    }
  }

  const ways: Ways = {
    paste: () => checked("paste", () => (world.clipboardText() === null ? { preview: found(several), text: null } : { preview: null, text: world.clipboardText() })),
    choosePictures: () =>
      checked("choose", () => {
        files = ["screenshot.png"];
        return found(one);
      }),
    previewKey: (typed) =>
      checked("preview key", () => {
        if (/[^a-z2-7\s=-]/i.test(typed.key)) throw fail("key_not_base32");
        return show([candidate(typed.issuer, typed.label, typed.kind === "hotp" ? { type: "hotp", period: null, counter: typed.counter, code: null, valid_from: null, valid_until: null } : {})]);
      }),
    previewed: async () => preview,
    discardPreview: () => checked("discard preview", () => void (preview = null)),
    screenView: async () => {
      const screen = query.get("screen");
      return { asks: screen === "portal" || screen === "system" ? screen : "nobody", region: screen !== "system" };
    },
    scanScreen: (region) =>
      checked(`scan screen${region ? " region" : ""}`, () => {
        const screen = query.get("screen") ?? "";
        if (screen === "cancel") return null;
        if (screen.startsWith("screen_") || screen.startsWith("picture_")) throw fail(screen as ErrorCode);
        return found(one);
      }),
    cameras: () =>
      checked("cameras", () => {
        if (query.get("camera") === "none") throw fail("camera_none");
        return query.has("devices") ? DEVICES : DEVICES.slice(0, 1);
      }),
    startCamera: (id) =>
      checked(`start camera ${id}`, () => {
        if (query.get("camera") === "refused") throw fail("camera_refused");
        if (query.get("camera") === "busy") throw fail("camera_unavailable");
        run += 1;
        frames = 0;
      }),
    cameraFrame: async () => {
      const asked = run;
      if (waiting.has(asked)) throw fail("internal");
      waiting.add(asked);
      await new Promise((done) => setTimeout(done, FRAME_MS));
      if (query.get("camera") === "starts") await new Promise(() => {});
      waiting.delete(asked);
      if (asked !== run) throw fail("camera_stopped");
      frames += 1;
      return { picture: picture(frames >= LOOKS, query.has("wide") ? 853 : 640), ...seen(frames) };
    },
    stopCamera: () => checked("stop camera", () => void (run += 1)),
  };
  return { ways, current: () => preview, files: () => files, nextPart };
}

/** A hand's breadth of desk, and a telephone whose code is covered, as Rust covers it. */
function picture(phone: boolean, width: number): string {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, 480];
  const draw = canvas.getContext("2d");
  if (!draw) return "";
  const wall = draw.createLinearGradient(0, 0, width, 480);
  wall.addColorStop(0, "#56606b");
  wall.addColorStop(1, "#2b2f36");
  draw.fillStyle = wall;
  draw.fillRect(0, 0, width, 480);
  draw.fillStyle = "#6d5a48";
  draw.fillRect(0, 390, width, 90);
  if (phone) {
    const path = (corners: [number, number][], fill: string): void => {
      draw.fillStyle = fill;
      draw.beginPath();
      corners.forEach(([x, y]) => draw.lineTo(x * width, y * 480));
      draw.fill();
    };
    path([[0.38, 0.1], [0.74, 0.16], [0.64, 0.93], [0.28, 0.86]], "#14161a");
    path([[0.395, 0.15], [0.72, 0.2], [0.63, 0.88], [0.305, 0.82]], "#e8eaee");
    path(CODE, "#9aa0a8");
  }
  return canvas.toDataURL("image/jpeg", 0.8);
}
