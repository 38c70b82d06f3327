// Two Keyfobs compared, on the page's deterministic backend: every state through axe and as pictures under target/ui, and the way
// through it by keyboard.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertAccessible, open, seeScenes, shoot } from "./page.mjs";

const calls = (page) => page.evaluate(() => window.fake.calls);
const act = (page, name) => page.locator(`[data-act="${name}"]`);

async function comparing(page) {
  await page.getByRole("option").first().or(page.getByRole("heading", { name: "No accounts yet" }).or(page.getByRole("heading", { name: "Noch keine Konten" }))).first().waitFor();
  await page.keyboard.press("Control+Shift+D");
  await page.locator("[data-part=compare]").click();
  await act(page, "compare-make").waitFor();
}

const read = (code) => async (page) => {
  await comparing(page);
  await act(page, "compare-read").click();
  await page.locator("[name=compare-code]").fill(code);
  await page.keyboard.press("Enter");
};

const compared = async (page) => {
  await read("4T7K-Q2MX-9VHD")(page);
  await page.locator("[data-compared]").waitFor();
};

const found = async (page) => {
  await compared(page);
  await page.locator("[data-compared]").evaluate((one) => one.scrollIntoView());
};

seeScenes([
  ["compare", "", comparing],
  ["compare-made", "", async (page) => {
    await comparing(page);
    await act(page, "compare-make").click();
    await page.locator("[data-compare-code]").waitFor();
  }],
  ["compare-wrong", "", async (page) => {
    await read("wrong")(page);
    await page.locator("[data-error=compare_code_wrong]").waitFor();
  }],
  ["compare-unreadable", "file=wrong", async (page) => {
    await comparing(page);
    await act(page, "compare-read").click();
    await page.locator("[data-error=compare_unreadable]").waitFor();
  }],
  ["compare-hold", "", async (page) => {
    await comparing(page);
    await act(page, "compare-make").click();
    await page.locator("[data-compare-code]").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[data-hold]").waitFor();
  }],
  ["compare-newer", "differ=none&newer=2", compared],
  ["compare-found", "", found],
  ["compare-found-end", "", async (page) => {
    await compared(page);
    await page.locator("main").evaluate((main) => (main.scrollTop = main.scrollHeight));
  }],
  ["compare-same", "differ=none", compared],
  ["compare-many", "accounts=1000&differ=many", found],
]);

test("the short code is shown in groups with what the file tells, and is gone when the page is left", async () => {
  const page = await open("");
  await comparing(page);
  await page.waitForFunction(() => document.activeElement?.dataset.act === "compare-make");
  await page.keyboard.press("Enter");
  await page.locator("[data-compare-code='4T7K-Q2MX-9VHD']").getByText("4T7K-Q2MX-9VHD").waitFor();
  await page.getByText("no key, no code, no recovery code", { exact: false }).waitFor();
  await page.getByText("the names of your accounts", { exact: false }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Control+Shift+D");
  await page.locator("[data-page=device]").waitFor();
  assert.ok(!(await page.evaluate(() => document.body.innerText)).includes("4T7K-Q2MX-9VHD"));
});

test("by keyboard: the other’s file is chosen, a wrong code costs nothing, the right one says what differs", async () => {
  const page = await open("");
  await comparing(page);
  await act(page, "compare-read").press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "compare-code");
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await page.locator("[data-error=compare_code_wrong]").waitFor();
  await page.getByText("Chosen: keyfob-compare.age").waitFor();
  assert.equal(await page.locator("[name=compare-code]").inputValue(), "wrong");
  // What was wrong is selected, so that typing replaces it.
  await page.keyboard.type("4t7k q2mx");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "9 accounts differ, 4 are the same." }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H2");
  assert.deepEqual((await calls(page)).filter((call) => call.startsWith("compare")), ["compare wrong", "compare 4t7k q2mx"]);
  assert.equal(await page.locator("[data-error]").count(), 0);
});

test("each difference says what it is and what to do, and names the other device", async () => {
  const page = await open("");
  await compared(page);
  const kinds = await page.locator("[data-difference]").evaluateAll((all) => all.map((one) => one.dataset.difference));
  assert.deepEqual([...new Set(kinds)].sort(), ["counter", "key", "missing", "names", "recovery_codes", "settings", "void"]);
  const said = await page.locator("[data-difference]").allInnerTexts();
  assert.ok(said.every((text) => text.length > 60 && !text.includes("undefined")), said.join("\n"));
  const all = said.join("\n");
  for (const wanted of [
    "Missing on desktop", "Missing here: only desktop has it.", "Another key", "here TOTP, SHA-1, 6 digits, 30 s; on desktop TOTP, SHA-256, 8 digits, 30 s", "12 steps ahead on desktop",
    "On desktop it is called “Bank · zoe, savings”.", "2FA is off for it here, but not on desktop.", "In the trash on desktop, and still in use here.", "Deleted for good here, and still there on desktop.",
    "2 were used, or are void, on desktop and are still offered here",
  ]) assert.ok(all.includes(wanted), wanted);
});

test("an account that is here opens from what differs; one that is not has no button", async () => {
  const page = await open("");
  await compared(page);
  assert.equal(await page.locator("[data-differs='Gitea (zoe)']").getByRole("button").count(), 0);
  await page.locator("[data-differs='GitHub (zoe)']").getByRole("button").click();
  await page.locator(".details .title").getByText("GitHub").waitFor();
});

test("where nothing differs, that is said", async () => {
  const page = await open("differ=none");
  await compared(page);
  await page.getByRole("heading", { name: "Nothing differs: all 11 accounts are the same on both." }).waitFor();
});

test("a dialog that is cancelled changes nothing", async () => {
  const page = await open("file=cancel");
  await comparing(page);
  await act(page, "compare-make").click();
  await act(page, "compare-read").click();
  await page.waitForFunction(() => window.fake.calls.includes("choose fingerprints"));
  assert.equal(await page.locator("[data-compare-code], [data-chosen], [data-error]").count(), 0);
});

test("choosing a transfer file forgets the file to compare with, because one is kept", async () => {
  const page = await open("");
  await comparing(page);
  await act(page, "compare-read").click();
  await page.locator("[name=compare-code]").waitFor();
  await act(page, "take-in").click();
  await act(page, "choose-transfer").click();
  await page.locator("[name=transfer-passphrase]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("[name=compare-code]").waitFor({ state: "detached" });
});

test("a lock takes the code and what differs off the page", async () => {
  const page = await open("closes");
  await compared(page);
  await act(page, "compare-make").click();
  await page.locator("[data-compare-code]").waitFor();
  await page.keyboard.press("Control+l");
  await page.locator("[data-locked]").waitFor();
  assert.ok(!/4T7K|GitHub|desktop/u.test(await page.evaluate(() => document.body.innerText)));
});

test("in German it is German", async () => {
  const page = await open("", { locale: "de-DE" });
  await found(page);
  await page.getByRole("heading", { name: "9 Konten unterscheiden sich, 4 sind gleich." }).waitFor();
  await shoot(page, "compare-german");
  await assertAccessible(page, "german compare");
});

test("the page is held once while the short code is shown, however it is left", async () => {
  for (const [how, leave] of [
    ["Escape", (page) => page.keyboard.press("Escape")],
    ["the button", (page) => page.getByRole("button", { name: "Back to the codes" }).click()],
    ["the key that leads here", (page) => page.keyboard.press("Control+Shift+D")],
  ]) {
    const page = await open("");
    await comparing(page);
    await act(page, "compare-make").click();
    await page.locator("[data-compare-code]").waitFor();
    await leave(page);
    await page.locator("[data-hold]").getByText("The short code is shown only now. Leave?").waitFor();
    await act(page, "stay").press("Enter");
    await page.locator("[data-hold]").waitFor({ state: "detached" });
    assert.ok(await page.locator("[data-compare-code]").isVisible(), how);
    await leave(page);
    await page.locator("[data-hold]").waitFor();
    await leave(page);
    await page.getByRole("option").first().waitFor();
  }
});
