// What a person reads while an account is checked with another device, in English.

import type { Diagnosis, ErrorCode, OffsetView, Setting, WhoseClock } from "../ipc/backend";

/** Those that Keyfob's page has more to say about than Rust. */
export const checkErrors: Partial<Record<ErrorCode, { message: string; remedy: string }>> = {
  check_same_code: { message: "That is the first code again", remedy: "Wait until the other device shows another one, and type that." },
  counter_backward: { message: "The counter here is further on by now", remedy: "A counter only goes forward: leave it as it is." },
};

const times = (n: number, one: string, many: string): string => (n === 1 ? one : many.replace("#", exact.format(n)));
const exact = new Intl.NumberFormat("en");
const whole = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const large = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, notation: "compact", compactDisplay: "long" });

/** A number that only needs to be about right. */
function number(n: number): string {
  return n < 1e6 ? whole.format(n) : large.format(n);
}

/** How far off, in the largest units that say it well. */
export function span(seconds: number): string {
  if (seconds < 120) return times(seconds, "1 second", "# seconds");
  const hours = Math.round(seconds / 1_800) / 2;
  const round = hours >= 1 && Math.abs(seconds - hours * 3_600) < 120;
  if (seconds < 7_200 && !round) return times(Math.round(seconds / 60), "1 minute", "# minutes");
  return hours < 48 ? times(hours, "1 hour", "# hours") : times(Math.round(hours / 24), "1 day", "# days");
}

const settings: Record<Setting, string> = { type: "the type", algorithm: "the algorithm", digits: "the digits", period: "the period" };
const listOf = (differs: Setting[]): string => new Intl.ListFormat("en").format(differs.map((one) => settings[one]));

/** What the code is. */
function what(found: Diagnosis, own: string): string {
  switch (found.kind) {
    case "right": return "In sync: both have the same code.";
    case "used": return "In sync, but this code was used already.";
    case "expired": return `The same key, but ${times(found.steps, "1 code", "# codes")} behind: this one held ${span(found.seconds)} ago.`;
    case "early": return `The same key, but ${times(found.steps, "1 code", "# codes")} ahead: this one holds in ${span(found.seconds)}.`;
    case "counter_ahead": return `The same key, and the other device is ${times(found.by, "1 code", "# codes")} on.`;
    case "counter_behind": return found.by === 1 ? "The same key: this is the last code that was shown here." : `The same key: this code was shown here ${number(found.by)} codes ago.`;
    case "other_account": return `This is the code of ${found.name}, not of ${own}.`;
    case "other_settings": return `The same key, made into codes in another way: ${listOf(found.differs)} ${found.differs.length === 1 ? "differs" : "differ"}.`;
    case "typo": return "Perhaps it was mistyped.";
    case "cannot_tell": return "One code is not enough to tell.";
    case "not_this_key": return "This code does not come from the key that Keyfob has.";
  }
}

/** Which key the other device has been seen to have: none that is known, the old device's, or one of its own. */
export type Theirs = "unknown" | "old" | "own";

/** What to do then. */
function todo(found: Diagnosis, { own, proved, theirs }: { own: string; proved: boolean; theirs: Theirs }): string {
  switch (found.kind) {
    case "right": return "";
    case "used": return "A code of this moment was accepted before. A service takes each once: wait for the next one before you sign in.";
    case "expired":
    case "early": return "";
    case "counter_ahead": return "Set the counter here to where the other one stands, so that both go on from the same code.";
    case "counter_behind": return found.by === 1 ? "If the other device showed it just now, ask it for one more. A service takes each code once." : `Each code counts once: ask the other device for ${number(found.by)} more codes, or use the next one from here.`;
    case "other_account": return `Look for ${own} on the other device.`;
    case "other_settings":
      if (theirs === "old") return proved ? "The service has accepted a code from here, so what stands here is right, and the old device is not." : "Do not wipe the old device; bring the account here again by its QR code: where only the key is typed, these settings are lost. The service’s own QR code says which of the two is right.";
      return `Move the account again by its QR code: where only the key is typed, these settings are lost. ${proved ? "The service has accepted a code from here, so what stands here is right." : "The service’s own QR code says which of the two is right."}`;
    case "typo": return "This is a guess: type the code again, or wait for the next one.";
    case "cannot_tell": return "So many codes were compared that chance may explain why this one fits. Type the code that the other device shows next; both are then looked at together.";
    case "not_this_key":
      if (theirs === "old") return `See that it is ${own} on the old device, and that the code still stood there. If so: the old device has another key. Do not wipe it; bring its key here.`;
      if (theirs === "own") return "The other device has a key of its own since you enrolled again; the key here is the old one. Bring the new key here (Enroll again), or waive it.";
      return `See that it is ${own} on the other device, and that the code still stood there. If so, that device has another key: move the account to it again by its QR code, or, if the service has issued a newer key, enroll again here.`;
  }
}

/** What a code may be, in a list. */
function maybe(found: Diagnosis): string {
  switch (found.kind) {
    case "right":
    case "used": return "the code that holds now";
    case "expired": return `this account’s code of ${span(found.seconds)} ago`;
    case "early": return `this account’s code in ${span(found.seconds)}`;
    case "counter_ahead": return `this account’s code, ${number(found.by)} on`;
    case "counter_behind": return `this account’s code, ${number(found.by)} back`;
    case "other_account": return `the code of ${found.name}`;
    case "other_settings": return `this key, but ${listOf(found.differs)} ${found.differs.length === 1 ? "differs" : "differ"}`;
    case "typo": return `a slip: ${found.meant} was meant`;
    case "cannot_tell":
    case "not_this_key": return "another key";
  }
}

/** Whose clock it is. */
function whose({ kind }: Diagnosis, clock: WhoseClock): string {
  switch (clock) {
    case "this": return kind === "expired" ? "It is this computer’s clock that is wrong: it is ahead. Set it." : "It is this computer’s clock that is wrong: it is behind. Set it.";
    case "other": return kind === "expired" ? "This computer’s clock is right. Set the other device’s: it is behind." : "This computer’s clock is right. Set the other device’s: it is ahead.";
    case "unknown": return "Which of the two clocks is wrong cannot be told from here. Look at this computer’s first.";
  }
}

/** How far the other clock is from this one. Both ends lie on the same side. */
function offset({ least, most }: OffsetView): string {
  const [near, far] = [least, most].map(Math.abs).sort((a, b) => a - b) as [number, number];
  const side = most < 0 ? "behind" : "ahead of";
  if (far >= 600) return `The other clock is about ${span((near + far) / 2)} ${side} this one.`;
  return `The other clock is between ${near} and ${far} seconds ${side} this one.`;
}

export const check = {
  open: "Check with another device",
  openHint: "Check with another device (Ctrl E)",
  title: "Check with another device",
  text: "Type the code that the other device shows for this account, or one that the service has just taken. No key, code or counter is changed; that it was checked is noted.",
  textCounted: "Ask the other device for its next code and type it here, if you have just used it, or will not use it. No key, code or counter is changed; that it was checked is noted.",
  label: "The code that it shows now",
  labelNext: "The code that it shows next",
  button: "Check",
  given: (codes: string[]) => `Given so far: ${codes.join(", ")}`,
  again: "Begin again",
  close: "Close the check",
  busy: "Comparing…",

  what,
  todo,
  maybe,
  maybeTitle: "It may be:",
  maybeChance: "or none of these, and chance",
  span,
  whose,
  offsetBlamed: (by: string) => `Codes here are set off by ${by} from this computer’s clock: take that back.`,
  offsetPerhaps: (by: string) => `Codes here are set off by ${by} from this computer’s clock. If they differ for that, take it back.`,
  toOffset: "To the offset…",
  offset,
  justChanged: "Codes have just changed, or are about to: it may have changed while you typed. Try the next one.",
  wrongZone: "Half hours, whole hours and days come from a clock that was set by hand in the wrong time zone: set its time zone, and let it be set automatically.",
  alsoOff: (steps: number) => (steps < 0 ? `It is ${times(-steps, "1 code", "# codes")} behind, too.` : `It is ${times(steps, "1 code", "# codes")} ahead, too.`),
  meant: "The code that may be meant",
  toClock: "This computer’s clock…",
  moveAgain: "Move it again…",
  enrollAgain: "Enroll again…",
  openOther: (name: string) => `Open ${name}`,
  here: "Here",
  there: "Other device",
  differences: "What differs",
  odds: (kind: Diagnosis["kind"], odds: number, compared: number) => {
    const many = times(compared, "1 code was compared", "# codes were compared");
    return kind === "not_this_key" ? `${many}; a random code would have fitted one of them once in ${number(odds)} times.` : `${many}; a random code would pass for this once in ${number(odds)} times.`;
  },
  chance: (odds: number) => `1 in ${number(odds)} by chance`,

  setCounter: (next: string) => `Set the counter here to ${next}`,
  setCounterUsed: "If the code was used there, it must not come here again.",
  setCounterSure: (from: string, next: string) => `The counter here goes from ${from} to ${next}, and the codes between are skipped. A counter never goes back.`,
  setCounterYes: "Set it",
  counterSet: (name: string, next: string) => `The counter of ${name} stands at ${next}`,
  counterDone: (next: string) => `The counter here stands at ${next} now: both go on from the same code.`,
};
