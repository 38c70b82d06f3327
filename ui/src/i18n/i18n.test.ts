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
