import { expect, test } from "vitest";

import { companion } from "./i18n/companion.en";
import { companion as german } from "./i18n/companion.de";
import type { AccountView, CompanionView, PlaybookView, StepKind } from "./ipc/backend";
import { isAtProve, isGuided, nameOfBook, resumeAt, serviceOf, standings } from "./steps";

const account = { id: "a", issuer: "Mirox", label: "zoe", state: "pending", proved: false } as AccountView;

function view(kinds: StepKind[], more: Partial<CompanionView> = {}): CompanionView {
  const steps = kinds.map((kind) => ({ kind, click: [], then: [], needs_password: false }));
  const playbook = { id: "mirox", name: "Mirox", steps } as unknown as PlaybookView;
  return { account, playbook, step: null, live: null, no_codes: false, ...more } as CompanionView;
}

const MIROX: StepKind[] = ["scan", "keep", "prove"];

test("what is done is told by the facts, wherever the guide stands", () => {
  expect(standings(view(MIROX, { step: 1 }))).toEqual(["done", "now", "open"]);
  expect(standings(view(MIROX, { step: 0 }))).toEqual(["now", "open", "open"]);
  expect(standings(view(MIROX, { step: 2, no_codes: true }))).toEqual(["done", "done", "now"]);
});

test("a guide is resumed at the first step that is not done, in the service's order", () => {
  expect(resumeAt(view(MIROX))).toBe(1);
  expect(resumeAt(view(MIROX, { no_codes: true }))).toBe(2);
  expect(resumeAt(view(["scan", "prove", "keep"]))).toBe(1);
  expect(resumeAt(view(["scan", "prove", "keep"], { account: { ...account, state: "on", proved: true } }))).toBe(2);
  expect(resumeAt(view(MIROX, { account: { ...account, state: "off", proved: true } }))).toBe(0);
});

test("an old proof proves no new key", () => {
  expect(resumeAt(view(MIROX, { no_codes: true, account: { ...account, state: "pending", proved: true } }))).toBe(2);
});

test("the guide is shown while it is under way, and as long as the account is not on", () => {
  const on = { ...account, state: "on" } as AccountView;
  expect(isGuided(view(MIROX))).toBe(true);
  expect(isGuided(view(MIROX, { account: on }))).toBe(false);
  expect(isGuided(view(MIROX, { account: on, step: 1 }))).toBe(true);
  expect(isAtProve(view(MIROX, { step: 2 }))).toBe(true);
  expect(isAtProve(view(MIROX, { step: 1 }))).toBe(false);
  expect(isAtProve(null)).toBe(false);
});

test("the guide that fits every service takes the account's name for it", () => {
  const any = view(MIROX, { playbook: { id: "generic", name: "Another service", steps: [] } as unknown as PlaybookView });
  expect(serviceOf(any)).toBe("Mirox");
  expect(serviceOf({ ...any, account: { ...account, issuer: "", label: "" } })).toBe(companion.anyService);
  expect(nameOfBook({ id: "generic", name: "Another service" })).toBe(companion.anyService);
});

test("what is left, and how long ago a code was right, is counted in each language", () => {
  expect(companion.leftLine({ kind: "set", left: 7, of: 10 })).toBe("7 of 10 recovery codes left");
  expect(german.leftLine({ kind: "set", left: 7, of: 10 })).toBe("Noch 7 von 10 Wiederherstellungscodes");
  expect(companion.diagnosis({ kind: "expired", steps: 1, seconds: 12 }, "14:05:12").what).toBe("This code was right 12 seconds ago.");
  expect(german.diagnosis({ kind: "early", steps: 4, seconds: 120 }, "14:05:12").what).toBe("Dieser Code gilt erst in 2 Minuten.");
});

test("a circle without a folder's name is a sentence still", () => {
  expect(companion.todoText({ kind: "circle", kit: true, folders: ["/home/zoe/Dropbox"] })).toMatch(/the recovery kit of your vault and a backup \(\/home\/zoe\/Dropbox\) lies/u);
  expect(companion.todoText({ kind: "circle", kit: false, folders: [] })).toMatch(/where a backup of your vault lies/u);
});
