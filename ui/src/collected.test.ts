import { expect, test } from "vitest";

import { choicesOf, unfinished } from "./collected";
import type { CandidateView, PreviewView } from "./ipc/backend";

const GIVEN = { issuer: "GitHub", label: "zoe", duplicate_of: null } as CandidateView;

test("everything is picked, but for what is there already", () => {
  const there = { ...GIVEN, duplicate_of: {} } as CandidateView;
  expect(choicesOf([GIVEN, there]).map((choice) => choice.picked)).toEqual([true, false]);
});

test("an export is unfinished while it lacks a part", () => {
  const [whole, broken] = [{ parts: 2, seen: [1, 2], missing: [] }, { parts: 2, seen: [2], missing: [1] }];
  expect(unfinished({ id: 1, candidates: [], rejected: [], exports: [whole, broken] } satisfies PreviewView)).toEqual([broken]);
  expect(unfinished(null)).toEqual([]);
});
