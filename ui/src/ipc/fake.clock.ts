// This machine's clock on the deterministic backend. Of the address's query: `clock` says what is known of it when the page is opened
// (`asked`, `warn`, `alarm`, `disagree`, `rough`, `old`, `unsure`, `behind`, `jumped`), `ask` what a host answers (the same, `partial`,
// `fail`, `hang`), `offset` by how many seconds codes are set off, `system` which system it is, `kept` that it says that it keeps the
// clock right whatever else is known.

import type { Backend, ClockView, ErrorCode, ErrorView, Jump, OnlineView, SystemKind, TimeAnswerView, Verdict, WhoseClock } from "./backend";

type Clock = Pick<Backend, "clock" | "askClock" | "setClockOffset" | "onClock">;

interface World {
  query: URLSearchParams;
  checked: <T>(name: string, answer: () => T) => Promise<T>;
  fail: (code: ErrorCode) => ErrorView;
  /** The time, where nobody sets the clock. */
  running: () => number;
}

export interface FakeClock {
  ways: Clock;
  /** Seconds that codes are set off by. */
  offset: () => number;
  /** Seconds that the clock was set by since the page was opened. */
  skew: () => number;
  /** Whose clock is wrong, where a code is early or late. */
  whose: () => WhoseClock;
  /** What a test does in the place of who sets the clock, or of a sleep. */
  jump: (seconds: number) => void;
}

const [WARN, ALARM] = [10_000, 30_000];

export function fakeClock({ query, checked, fail, running }: World): FakeClock {
  const scene = query.get("clock") ?? "good";
  let skew = 0;
  const seconds = (): number => Math.floor(running() + skew);
  let offset = Number(query.get("offset") ?? 0);
  let jumped: Jump | null = scene === "jumped" ? { at: seconds() - 30, seconds: 3_600 } : null;
  let onClock: () => void = () => {};

  const measured = (way: TimeAnswerView["way"], ahead_ms: number, within_ms: number): TimeAnswerView => ({ way, ahead_ms, within_ms, certificate_elsewhen: way === "https" && Math.abs(ahead_ms) > 86_400_000, error: null });
  const failed = (way: TimeAnswerView["way"], code: ErrorCode): TimeAnswerView => ({ way, ahead_ms: null, within_ms: null, certificate_elsewhen: false, error: fail(code) });
  const both = (ahead: number): TimeAnswerView[] => [measured("sntp", ahead, 18), measured("https", ahead - 260, 540)];

  function answers(kind: string): TimeAnswerView[] {
    switch (kind) {
      case "warn": return both(14_210);
      case "alarm": return both(45_120);
      case "years": return both(-315_360_000_000);
      case "disagree": return [measured("sntp", 212, 18), measured("https", 3_601_000, 540)];
      case "rough": return [measured("sntp", 4_000, 12_400), failed("https", "time_timeout")];
      case "partial": return [failed("sntp", "time_timeout"), measured("https", -480, 540)];
      case "fail": return [failed("sntp", "time_unreachable"), failed("https", "time_certificate")];
      default: return both(212);
    }
  }

  let online: OnlineView | null = ["asked", "warn", "alarm", "disagree", "rough", "old"].includes(scene) ? { host: "time.cloudflare.com", at: seconds() - (scene === "old" ? 7_200 : 20), answers: answers(scene) } : null;

  /** What hosts said counts for an hour. */
  const isOld = (): boolean => online !== null && seconds() - online.at > 3_600;
  const behind = (): ClockView["behind"] => (scene === "behind" ? { than: query.has("program") ? "program" : "vault", seconds: 200_000 } : null);

  function ahead(): number | null {
    if (isOld()) return null;
    const found = online?.answers.flatMap(({ ahead_ms }) => (ahead_ms === null ? [] : [ahead_ms])) ?? [];
    return found[0] !== undefined && Math.max(...found) - Math.min(...found) < 2_000 ? found[0] : null;
  }

  function verdict(): Verdict {
    const by = ahead();
    if (behind()?.than === "program") return "alarm";
    if (by !== null && online?.answers.every(({ within_ms }) => within_ms === null || within_ms > WARN)) return "unsure";
    if (by === null && !isOld() && online?.answers.some((one) => one.ahead_ms !== null)) return "disagree";
    if (by !== null) return Math.abs(by + offset * 1_000) > ALARM ? "alarm" : Math.abs(by + offset * 1_000) > WARN ? "warn" : "good";
    if (behind()) return "warn";
    return scene === "unsure" || scene === "old" || jumped || offset !== 0 ? "unsure" : "good";
  }

  function view(): ClockView {
    const system = (query.get("system") ?? "linux") as SystemKind;
    const synchronised = query.has("kept") ? "yes" : scene === "unsure" ? (system === "windows" ? "unknown" : "no") : scene === "good" || scene === "asked" ? "yes" : "no";
    return {
      now: seconds(), verdict: verdict(), synchronised, by: { linux: "adjtimex", windows: "w32tm", macos: "ntp_adjtime" }[system], within_seconds: synchronised === "yes" ? 0 : null, system, jumped,
      behind: behind(), online, ahead_ms: ahead(), offset,
    };
  }

  const ways: Clock = {
    clock: async () => view(),
    askClock: async (host) => {
      const found = await checked(`ask clock ${host}`, () => {
        if (!/^(?:(?:sntp|https):\/\/)?[\w.:[\]-]+$/u.test(host)) throw fail("time_host_invalid");
        online = { host, at: seconds(), answers: answers(query.get("ask") ?? "good") };
        return view();
      });
      return query.get("ask") === "hang" ? new Promise<ClockView>(() => {}) : found;
    },
    setClockOffset: (by) =>
      checked(`set clock offset ${by}`, () => {
        if (Math.abs(by) > 400 * 86_400) throw fail("number_invalid");
        offset = by;
        return view();
      }),
    onClock: (listener) => {
      onClock = listener;
      return () => (onClock = () => {});
    },
  };

  return {
    ways,
    offset: () => offset,
    skew: () => skew,
    whose: () => (verdict() === "good" ? "other" : ahead() === null ? "unknown" : "this"),
    jump: (by) => {
      skew += by;
      // What hosts said before a jump, or a sleep, counts no more.
      online = null;
      if (by !== 0) jumped = { at: seconds(), seconds: by };
      onClock();
    },
  };
}
