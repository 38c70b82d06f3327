// What a person reads about this computer's clock, in English.

import type { ClockView, ErrorCode, Jump, OnlineView, Synchronised, SystemKind, Than, TimeWay } from "../ipc/backend";
import { span } from "./check.en";

/** Those that Keyfob's page has more to say about than Rust. */
export const clockErrors: Partial<Record<ErrorCode, { message: string; remedy: string }>> = {
  time_host_invalid: { message: "That is not the name of a host", remedy: "Write it as time.example, or as sntp://time.example or https://time.example to ask in one way only." },
  time_unreachable: { message: "The host could not be reached", remedy: "See whether this computer is online, or ask another host." },
  time_timeout: { message: "No answer came in time", remedy: "Try again, or ask another host; some networks let this question through in one way only." },
  time_rubbish: { message: "The answer was no time", remedy: "Ask another host: this one does not tell the time, or something on the way answers in its place." },
  time_not_synchronised: { message: "The host says that it does not know the time itself", remedy: "Ask another host, or this one later." },
  time_certificate: { message: "The host did not prove who it is", remedy: "Ask another host: something on the way may be answering in its place." },
};

const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** As exactly as it matters; years, where a clock has started anew. */
function apart(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 10) return `${hundredths.format(seconds)} seconds`;
  if (seconds < 120) return `${tenths.format(seconds)} seconds`;
  const years = Math.round(seconds / 31_557_600);
  return years >= 2 ? `${years} years` : span(seconds);
}

const side = (ms: number): string => (ms < 0 ? "behind" : "ahead");
const set = (seconds: number): string => `${span(Math.abs(seconds))} ${seconds < 0 ? "back" : "forward"}`;

/** A host without the way that it is to be asked in, and the ways. */
export const bare = (host: string): string => host.trim().replace(/^\w+:\/\//u, "");
export const waysOf = (host: string): string[] => (/^s?ntp:/u.test(host.trim()) ? ["SNTP"] : host.trim().startsWith("https:") ? ["HTTPS"] : ["SNTP", "HTTPS"]);

const synchronised: Record<Synchronised, string> = { yes: "Something keeps the clock right", no: "Nothing keeps the clock right by itself", unknown: "It does not say whether anything keeps the clock right" };
const than: Record<Than, string> = { vault: "this vault was last saved", program: "this Keyfob was made" };

/** What to think of it, in a few words. */
function headline({ verdict, ahead_ms, behind, offset }: ClockView): string {
  switch (verdict) {
    case "good": return offset !== 0 ? "With the offset that is set, codes are right" : "This computer’s clock is right";
    case "warn":
    case "alarm":
      if (behind?.than === "program") return `This computer’s clock is at least ${span(behind.seconds)} behind`;
      if (ahead_ms !== null && offset !== 0) return "Even with the offset that is set, codes are wrong";
      if (ahead_ms !== null) return `This computer’s clock is ${apart(ahead_ms)} ${side(ahead_ms)}`;
      return behind ? "This computer’s clock may be behind" : "This computer’s clock is wrong";
    case "disagree": return "The answers do not agree";
    case "unsure": return "Nobody vouches for this computer’s clock";
  }
}

/** Why, and what it means. */
function reason({ verdict, ahead_ms, behind, online, jumped, offset }: ClockView): string {
  switch (verdict) {
    case "good": return ahead_ms === null ? "So the system says." : offset === 0 ? `It is ${apart(ahead_ms)} ${side(ahead_ms)}, which services bear.` : `The clock itself is ${apart(ahead_ms)} ${side(ahead_ms)}.`;
    case "warn": return ahead_ms === null && behind ? `It shows a time before ${than[behind.than]}: it is behind now, or was ahead then.` : "A code may be the one before, or the one after, that a service expects.";
    case "alarm": return behind && (ahead_ms === null || behind.than === "program") ? `It shows a time before ${than[behind.than]}. Codes are wrong until it is set.` : "Codes are those of another time: services refuse them.";
    case "disagree": return "One of them is wrong, or something on the way answers in its place. Ask another host.";
    case "unsure":
      if (ahead_ms !== null && online) return `The answer was too rough (± ${about(roughness(online))} s): ask again, or another host.`;
      if (online?.answers.some((one) => one.ahead_ms !== null)) return "What a host said of it was too long ago: ask again.";
      if (online) return "No answer came. Ask another host, or try again.";
      if (offset !== 0) return "Whether codes are right with the offset that is set, only a host can tell.";
      return jumped ? "It has jumped, and nobody has vouched for it since." : "Compare it with another clock, or ask a host below.";
  }
}

const about = (ms: number): string => (ms < 10_000 ? hundredths : tenths).format(ms / 1000);

/** How exactly the better of the answers is known, in milliseconds. */
export function roughness({ answers }: OnlineView): number {
  return Math.min(...answers.flatMap(({ ahead_ms, within_ms }) => (ahead_ms === null || within_ms === null ? [] : [within_ms])));
}

const mends: Record<SystemKind, { text: string; way: string[]; command: string | null }> = {
  linux: { text: "Switch on automatic date and time in your desktop’s settings:", way: ["Settings", "Date & Time", "Automatic Date & Time"], command: "timedatectl set-ntp true" },
  windows: { text: "Switch on “Set time automatically”, then press “Sync now”:", way: ["Settings", "Time & language", "Date & time", "Set time automatically"], command: null },
  macos: { text: "Switch on “Set time and date automatically”:", way: ["System Settings", "General", "Date & Time", "Set time and date automatically"], command: null },
};

export const clock = {
  title: "The clock",
  text: "Codes are made of the time. If this computer’s clock is off by more than a few seconds, services refuse them.",
  loading: "The system is being asked…",
  headline,
  reason,
  toldBy: (host: string, at: string) => `Asked ${host} at ${at}.`,

  system: "The system",
  systemSays: ({ synchronised: kept, within_seconds: within, by }: ClockView) =>
    `${synchronised[kept]}${kept === "yes" && within !== null ? `, to within ${span(Math.max(within, 1))}` : ""}${by === "nothing" ? "" : ` (${by})`}.`,
  jumps: "Jumps",
  noJump: "None since Keyfob was started.",
  jumped: ({ seconds }: Jump, at: string) => `It was set ${set(seconds)}, to ${at}. Codes went along at once.`,
  zone: "Time zone",
  zoneText: "It plays no part: codes go by universal time.",

  mendTitle: "How to mend it",
  mendOn: "Automatic time is switched on, but does not work: see that this computer is online, then switch it off and on again.",
  mends,
  inTerminal: "Or in a terminal:",

  onlineTitle: "Ask a host",
  host: "Host",
  ask: (host: string) => `Ask ${host}`,
  askNobody: "Ask",
  askText: (host: string) => `A click contacts ${bare(host)} by ${waysOf(host).join(" and by ")}, and asks it for the time. Nothing else is ever contacted, and nothing without a click.`,
  asking: (host: string) => `Asking ${host}… This can take some seconds.`,
  leave: "Do not wait",
  answers: "Answers",
  ways: { sntp: "SNTP", https: "HTTPS" } satisfies Record<TimeWay, string>,
  answer: (ahead: number, within: number | null) => `This computer’s clock is ${apart(ahead)} ${side(ahead)}${within === null ? "" : `, ± ${about(within)}`}.`,
  elsewhen: "The host’s certificate holds at the time that it says, and not at the time that this computer shows: the clock is what is wrong.",

  offsetTitle: "I cannot set this computer’s clock",
  offsetText: "Then an offset can make up for it, on this computer alone. Codes are then made for another time than the clock shows, and Keyfob says so for as long as that is so. Once somebody sets the clock right, codes are wrong until you take the offset back. Setting the clock is always better.",
  offsetLabel: "Seconds",
  offsetWay: "Direction",
  offsetWays: { back: "back: the clock is ahead", forward: "forward: the clock is behind" },
  offsetMeasured: "As it was measured.",
  offsetGo: "Use this offset…",
  offsetSure: (seconds: number) => `From now on, codes are made for a time ${span(Math.abs(seconds))} ${seconds < 0 ? "before" : "after"} the one that this computer’s clock shows. Is that what you want?`,
  offsetYes: "Use it",
  offsetNow: (seconds: number) => `Codes are set ${set(seconds)} from this computer’s clock.`,
  offsetChange: "Change",
  offsetBack: "Take it back",
  offsetSaid: (seconds: number) => (seconds === 0 ? "Codes go by this computer’s clock again" : `Codes are set ${set(seconds)}`),

  noticeAlarm: (view: ClockView) => (view.behind?.than !== "program" && view.offset !== 0 && view.ahead_ms !== null ? `${headline(view)}.` : `${headline(view)}: codes are wrong.`),
  noticeWarn: (view: ClockView) => `${headline(view)}: services may refuse codes.`,
  noticeJumped: ({ seconds }: Jump) => `This computer’s clock was set ${set(seconds)}. Codes went along; if that was not you, look whether it is right.`,
  look: "Look at the clock",
  dismiss: "It is fine",
};
