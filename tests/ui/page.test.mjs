// The page on its deterministic backend, in Debian's Chromium: every view by keyboard, through axe, and as
// pictures in both themes under target/ui. `cargo xtask test` builds the page first (vite --mode fake).

import assert from "node:assert/strict";
import { test } from "node:test";

import { AT, WIDE, assertAccessible, base, browser, open, seeScenes, shoot } from "./page.mjs";

const scenes = [
  ["first-run", "scene=first_run", async () => {}],
  ["first-run-more", "scene=first_run", async (page) => page.getByRole("button", { name: "I come from another app" }).click()],
  ["type-key", "scene=first_run", async (page) => {
    await page.getByRole("button", { name: "Type a setup key" }).click();
    await page.getByText("Advanced").click();
    await page.getByLabel("Setup key").fill("JBSW 1");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByRole("alert").getByText("it failed", { exact: false }).waitFor();
  }],
  ["type-key-counted", "scene=first_run", async (page) => {
    await page.getByRole("button", { name: "Type a setup key" }).click();
    await page.getByText("Advanced").click();
    await page.getByLabel("Setup key").fill("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    await page.locator("select").filter({ hasText: "HOTP" }).selectOption("hotp");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.locator("[data-hotp-offline]").getByText("both may give the same code", { exact: false }).waitFor();
  }],
  ["opening", "scene=opening", async (page) => page.locator("main.opening").waitFor()],
  ["empty", "accounts=0", async () => {}],
  ["list", "", async (page) => page.getByRole("option").first().waitFor()],
  ["list-1000", "accounts=1000", async (page) => page.getByRole("option").first().waitFor()],
  ["nothing-found", "", async (page) => {
    await page.getByRole("combobox").fill("zzz");
    await page.getByText("No account matches").waitFor();
  }],
  ["add", "", async (page) => {
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Control+n");
    await page.getByRole("dialog").waitFor();
  }],
  ["preview-one", "", async (page) => {
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Control+o");
    await page.getByRole("dialog").waitFor();
  }],
  ["preview-several", "", async (page) => {
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Control+n");
    await page.getByRole("dialog").getByRole("button", { name: "Paste" }).click();
    await page.getByText("it is a web address", { exact: false }).waitFor();
  }],
  ["preview-rejected", "", async (page) => {
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Control+n");
    await page.getByRole("dialog").getByRole("button", { name: "Paste" }).click();
    await page.getByText("it is a web address", { exact: false }).scrollIntoViewIfNeeded();
    await page.locator("dialog").evaluate((dialog) => (dialog.scrollTop = dialog.scrollHeight));
  }],
  ["rename", "", async (page) => {
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("F2");
    await page.getByRole("dialog").waitFor();
  }],
  ["deleted", "", async (page) => {
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Delete");
    await page.getByRole("button", { name: "Undo" }).waitFor();
  }],
  ["error", "", async (page) => {
    await page.getByRole("option").first().waitFor();
    await page.evaluate(() => (window.fake.failWith = "clipboard_unavailable"));
    await page.keyboard.press("Enter");
    await page.locator("[data-toast]").waitFor();
  }],
  ["unreachable", "", async (page) => {
    await page.getByRole("option").first().waitFor();
    await page.evaluate(() => {
      window.fake.openVault = () => Promise.reject({ code: "vault_missing", message: "the vault is not there now", remedy: "Connect the drive." });
      window.fake.touch();
    });
    await page.locator("[data-notice=unreachable]").waitFor();
  }],
  ...["keychain_locked", "keychain_missing", "keychain_denied", "keychain_no_key", "vault_damaged", "vault_missing", "vault_newer"].map((code) => [
    `trouble-${code}`, `scene=trouble-${code}`, async (page) => page.getByRole("button", { name: "Try again" }).waitFor(),
  ]),
];

seeScenes(scenes);

test("from the first key to a copied code it is one keystroke, and two for any service by its letter", async () => {
  const page = await open("");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("[data-toast]").waitFor();
  const [first] = await page.evaluate(() => window.fake.calls);
  assert.match(first, /^copy /);
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.fake.calls.length === 2);
});

test("a click on a row copies its code", async () => {
  const page = await open("");
  const row = page.getByRole("option", { name: /Mirox/ });
  await row.click();
  await page.locator("[data-toast]").getByText("Copied the code of Mirox", { exact: false }).waitFor();
  const id = await row.getAttribute("id");
  assert.deepEqual(await page.evaluate(() => window.fake.calls), [`copy ${id.slice("row-".length)}`]);
});

test("arrows choose, typing searches wherever the focus is, and Escape clears", async () => {
  const page = await open("accounts=1000");
  await page.getByRole("option").first().waitFor();
  for (let i = 0; i < 30; i += 1) await page.keyboard.press("ArrowDown");
  const chosen = page.locator("[role=option][aria-selected=true]");
  assert.equal(await chosen.count(), 1);
  assert.equal(await chosen.getAttribute("aria-posinset"), "31");
  const inSight = await chosen.evaluate((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    const list = row.closest(".rows").getBoundingClientRect();
    return top >= list.top && bottom <= list.bottom + 1;
  });
  assert.ok(inSight, "the chosen row is in sight");
  await page.getByRole("button", { name: "Rename" }).focus();
  await page.keyboard.type("pluton 9");
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length < 15);
  assert.equal(await page.getByRole("combobox").inputValue(), "pluton 9");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("combobox").inputValue(), "");
});

test("10,000 accounts put no more rows into the page than the screen holds", async () => {
  const page = await open("accounts=10000");
  await page.getByRole("option").first().waitFor();
  assert.ok((await page.getByRole("option").count()) < 40);
  await page.locator(".rows").evaluate((rows) => (rows.scrollTop = rows.scrollHeight));
  await page.locator("[role=option][aria-posinset='10000'] [data-code]").first().waitFor();
});

test("the next code shows in the last ten seconds, and not before", async () => {
  const context = await browser.newContext({ viewport: WIDE });
  const page = await context.newPage();
  const seen = () => page.locator(".big .next").evaluate((e) => getComputedStyle(e).visibility);
  await page.goto(`${base}?at=${AT - (AT % 30) + 5}`);
  await page.locator(".big .next").waitFor({ state: "attached" });
  assert.equal(await seen(), "hidden");
  await page.goto(`${base}?at=${AT - (AT % 30) + 22}`);
  await page.locator(".big .next").waitFor();
  assert.equal(await seen(), "visible");
});

test("a code is renewed when its period ends", async () => {
  const page = await open("");
  await page.goto(`${base}?at=${AT - (AT % 30) + 29}`);
  const code = page.locator(".big [data-code]").first();
  await code.waitFor();
  const before = await code.getAttribute("data-code");
  await page.waitForFunction((old) => document.querySelector(".big [data-code]").dataset.code !== old, before);
});

test("HOTP shows nothing until asked, then copies", async () => {
  const page = await open("");
  const row = page.getByRole("option", { name: /Pluton/ });
  await row.waitFor();
  assert.equal(await row.locator("[data-code]").count(), 0);
  await row.getByText("Next code").click();
  await row.locator("[data-code]").waitFor();
  const calls = await page.evaluate(() => window.fake.calls.map((c) => c.split(" ")[0]));
  assert.deepEqual(calls, ["advance", "copy"]);
});

test("a counted code goes from the screen when another program has counted on", async () => {
  const page = await open("");
  const row = page.getByRole("option", { name: /Pluton/ });
  await row.getByText("Next code").click();
  await row.locator("[data-code]").waitFor();
  await page.evaluate(async () => {
    const [pluton] = (await window.fake.accounts()).filter((a) => a.issuer === "Pluton");
    await window.fake.advance(pluton.id);
    window.fake.touch();
  });
  await row.locator("[data-code]").waitFor({ state: "detached" });
});

test("a vault that was away for a moment is found again without being told", async () => {
  const page = await open("");
  await page.getByRole("option").first().waitFor();
  await page.evaluate(() => {
    const { openVault } = window.fake;
    window.fake.openVault = () => Promise.reject({ code: "vault_missing", message: "it is away", remedy: "Wait." });
    window.fake.touch();
    window.back = () => (window.fake.openVault = openVault);
  });
  await page.locator("[data-notice=unreachable]").waitFor();
  await page.evaluate(() => void window.back());
  await page.locator("[data-notice=unreachable]").waitFor({ state: "detached", timeout: 10_000 });
});

test("codes are asked for again when the clock jumps", async () => {
  const page = await open("");
  await page.getByRole("option").first().waitFor();
  await page.evaluate(() => {
    const { now, codes } = window.fake;
    window.asked = 0;
    window.fake.codes = (ids) => {
      window.asked += 1;
      return codes(ids);
    };
    window.fake.now = () => now() + 3600;
  });
  // The period has 28 seconds to go.
  await page.waitForFunction(() => window.asked > 0, null, { timeout: 10_000 });
});

test("deleting can be undone by keyboard", async () => {
  const page = await open("");
  await page.getByRole("option").first().waitFor();
  const name = await page.locator("[role=option][aria-selected=true]").getAttribute("title");
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  assert.equal(await page.locator(`[role=option][title="${name}"]`).count(), 0);
  await page.getByRole("button", { name: "Undo" }).press("Enter");
  await page.locator(`[role=option][title="${name}"]`).waitFor();
  // Two in a row come back one by one, from the search field, which has the focus.
  await page.keyboard.press("Escape");
  for (const left of [10, 9]) {
    await page.keyboard.press("Delete");
    await page.waitForFunction((n) => document.querySelector(".foot").textContent.includes(`${n} accounts`), left);
  }
  for (const left of [10, 11]) {
    await page.keyboard.press("Control+z");
    await page.waitForFunction((n) => document.querySelector(".foot").textContent.includes(`${n} accounts`), left);
  }
});

test("an account is added by keyboard alone: open, preview, rename, keep, delete the picture", async () => {
  const page = await open("scene=first_run&accounts=0");
  await page.getByRole("heading", { name: "Show Keyfob a QR code" }).waitFor();
  // The screen and the camera come first.
  for (let tab = 0; tab < 3; tab += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Add this account?" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "Add");
  await page.keyboard.press("Enter");
  await page.getByText("screenshot.png still holds the key", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Delete", exact: true }).first().press("Enter");
  await page.waitForFunction(() => window.fake.calls.includes("delete pictures"));
  assert.deepEqual(page.broken, []);
});

test("pasted words search, and a pasted picture is previewed", async () => {
  const page = await open("");
  await page.getByRole("option").first().waitFor();
  await page.evaluate(() => {
    window.fake.clipboardText = "plato";
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true }));
  });
  await page.waitForFunction(() => document.querySelector("[data-search]").value === "plato");
  await page.evaluate(() => {
    window.fake.clipboardText = null;
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true }));
  });
  await page.getByRole("heading", { name: "Add these 3 accounts?" }).waitFor();
});

test("in German everything is German", async () => {
  const page = await open("", { locale: "de-DE" });
  await page.getByRole("option").first().waitFor();
  await shoot(page, "list-german");
  assert.equal(await page.getByRole("combobox").getAttribute("placeholder"), "Suchen");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await assertAccessible(page, "german");
});

test("high contrast is legible", async () => {
  const page = await open("", { contrast: "more" });
  await page.getByRole("option").first().waitFor();
  await shoot(page, "list-contrast");
  await assertAccessible(page, "contrast");
});
