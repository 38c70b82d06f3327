import { expect, test } from "vitest";

import { explain, language } from ".";
import { de } from "./de";
import { en } from "./en";

test("the first language of the person that we have is taken, or English", () => {
  expect(language(["fr-FR", "de-AT", "en"])).toBe("de");
  expect(language(["fr"])).toBe("en");
});

test("every trouble has a screen in every language", () => {
  expect(Object.keys(de.troubles).sort()).toEqual(Object.keys(en.troubles).sort());
});

test("an error is a sentence with its remedy", () => {
  const said = explain({ code: "vault_busy", message: "another program is saving", remedy: "Try again." });
  expect(said).toBe("Another program is saving. Try again.");
});

test("a code that is no key is called by what it is", () => {
  const said = explain({ code: "not_otp", message: "", remedy: "", kind: "web_address" });
  expect(said).toMatch(/^This is no key for codes: it is a web address\. Use the QR code/u);
});

test("the parts of an export that are missing are counted and listed in each language", () => {
  const [three, six] = [{ parts: 7, seen: [1, 3, 4], missing: [2, 5, 6, 7] }, { parts: 7, seen: [1, 2, 3, 4, 6, 7], missing: [5] }];
  expect(en.adding.progress([three])).toBe("3 of 7, still missing 2, 5, 6, 7");
  expect(de.adding.progress([three])).toBe("3 von 7, es fehlen noch 2, 5, 6, 7");
  expect(de.adding.progress([six])).toBe("6 von 7, es fehlt noch 5");
  expect(en.adding.progress([])).toBe("");
  expect(en.adding.parts(three)).toMatch(/^3 of 7 parts, still missing 2, 5, 6, 7\. .* in any order/u);
  expect(en.adding.stillMissing(six)).toBe("Part 5 of 7 is still missing.");
});
