import { expect, test } from "vitest";

import { fit, groups, hue, initial, linesOf, nameOf, spoken, wraps } from "./names";

test("codes are written in groups of three, eight digits in two of four, and Steam's whole", () => {
  expect(groups("492039")).toEqual(["492", "039"]);
  expect(groups("44109923")).toEqual(["4410", "9923"]);
  expect(groups("FR8RV")).toEqual(["FR8RV"]);
  expect(groups("1234567")).toEqual(["123", "456", "7"]);
  expect(groups("0123456789")).toEqual(["012", "345", "678", "9"]);
});

test("a long label is cut in the middle, so that its end still tells it apart", () => {
  const one = fit(`${"a".repeat(80)} LIVE`, 26);
  expect([...one]).toHaveLength(26);
  expect(one.endsWith(" LIVE")).toBe(true);
  expect(fit("short", 26)).toBe("short");
  expect(fit("🔑".repeat(80), 26)).toMatch(/^(🔑)+…(🔑)+$/u);
});

test("an account without an issuer or a label still has a name", () => {
  expect(nameOf({ issuer: "GitHub", label: "zoe" })).toBe("GitHub (zoe)");
  expect(nameOf({ issuer: "", label: "zoe" })).toBe("zoe");
  expect(nameOf({ issuer: "", label: "" })).not.toBe("");
  expect(linesOf({ issuer: "", label: "zoe" })).toEqual(["zoe", ""]);
});

test("the badge has a letter and always the same colour", () => {
  expect(initial({ issuer: "«élan»", label: "" })).toBe("É");
  expect(initial({ issuer: "", label: "" })).toBe("·");
  expect(hue("GitHub")).toBe(hue("github"));
});

test("a code is read out digit by digit", () => {
  expect(spoken("012")).toBe("0 1 2");
});

test("a label that stands on its lines between words is not broken within one", () => {
  expect(wraps("Codectomy St Elsewhere Acceptance", 22, 2)).toBe(true);
  expect(wraps("Codectomy St Elsewhere Acceptance", 19, 2)).toBe(false);
  expect(wraps("Codectomy St Elsewhere Acceptance", 16, 2)).toBe(false);
  expect(wraps("unbreakable", 10, 2)).toBe(false);
  expect(wraps("", 10, 2)).toBe(true);
});
