// The language of the program: the system's, if we have it, or English.

import type { ErrorView } from "../ipc/backend";
import { de } from "./de";
import { en, type Catalogue } from "./en";

const catalogues: Record<string, Catalogue> = { en, de };

export function language(wanted: readonly string[]): string {
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in catalogues) ?? "en";
}

const chosen = language(typeof navigator === "undefined" ? [] : navigator.languages);

export const t: Catalogue = catalogues[chosen] ?? en;

if (typeof document !== "undefined") document.documentElement.lang = chosen;

/** A sentence that comes in both languages. */
export function inLanguage({ en: english, de: german }: { en: string; de: string }): string {
  return chosen === "de" ? german : english;
}

/** An error as one or two sentences, in the person's language. */
export function explain(error: ErrorView): string {
  const { message, remedy } = t.errors[error.code] ?? error;
  // What a code is that is no key. Where the sentence is Rust's, it says so already.
  const kind = error.kind && error.code in t.errors ? `: ${t.kinds[error.kind]}` : "";
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${kind}. ${remedy}`;
}

/** A date with its time, as the person's system writes it. */
export function moment(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString(chosen, { dateStyle: "medium", timeStyle: "short" });
}

/** A time of day to the second, as the person's system writes it. */
export function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(chosen);
}

/** A date, as the person's system writes it. */
export function day(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString(chosen, { dateStyle: "long" });
}

// Made once: a page of 10,000 rows writes 30,000 dates.
const short = new Intl.DateTimeFormat(chosen, { dateStyle: "medium" });

/** A date, short enough for a table. */
export function date(seconds: number): string {
  return short.format(seconds * 1000);
}
