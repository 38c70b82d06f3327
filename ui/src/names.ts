// How names and codes are written on the screen.

import { t } from "./i18n";

interface Named {
  issuer: string;
  label: string;
}

/** One line that names an account. */
export function nameOf({ issuer, label }: Named): string {
  if (issuer && label) return `${issuer} (${label})`;
  return issuer || label || t.unnamed;
}

/** What a key of the vault is called. */
export function nameOfKey(key: { kind: string; name: string | null; this_device: boolean }): string {
  if (key.this_device) return t.vault.thisDevice;
  const kind = t.vault.kinds[key.kind] ?? key.kind;
  return key.name ? `${kind} (${key.name})` : kind;
}

/** What stands first in a row, and what stands under it. */
export function linesOf({ issuer, label }: Named): [string, string] {
  return issuer ? [issuer, label] : [label || t.unnamed, ""];
}

/** Cut in the middle where it must be, because accounts differ at the end as often as at the start. */
export function fit(text: string, longest: number): string {
  const characters = [...text];
  if (characters.length <= longest) return text;
  const half = Math.floor((longest - 1) / 2);
  return `${characters.slice(0, longest - 1 - half).join("")}…${characters.slice(-half).join("")}`;
}

/** Whether a text, broken between words, stands on so many lines of so many characters. */
export function wraps(text: string, width: number, lines: number): boolean {
  let left = width;
  for (const word of text.split(/\s+/u)) {
    const length = [...word].length;
    if (length > left) {
      lines -= 1;
      left = width;
    }
    if (length > left || lines < 1) return false;
    left -= length + 1;
  }
  return true;
}

/** A code in groups of three; eight digits in two of four, and Steam's five characters whole. */
export function groups(code: string): string[] {
  const size = code.length === 8 ? 4 : code.length === 5 ? 5 : 3;
  return code.match(new RegExp(`.{1,${size}}`, "gu")) ?? [];
}

const HUES = 12;

/** One of a few colours, always the same for the same issuer. */
export function hue(text: string): number {
  let sum = 0;
  for (const character of text.toLowerCase()) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % HUES;
}

/** The letter that stands for an account. */
export function initial({ issuer, label }: Named): string {
  const first = [...(issuer || label)].find((c) => /[\p{L}\p{N}]/u.test(c));
  return (first ?? "·").toUpperCase();
}

/** A code spoken digit by digit. */
export function spoken(code: string): string {
  return [...code].join(" ");
}
