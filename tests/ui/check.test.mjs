// The check of an account with another device, on the page's deterministic backend: every answer through axe and as pictures under
// target/ui, each way by keyboard, a second code where one does not tell, and the counter that is set.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertAccessible, open, seeScenes, shoot } from "./page.mjs";

const calls = async (page) => (await page.evaluate(() => window.fake.calls)).map((call) => call.replace(/ 0{8}-.*/, ""));
const button = (page, name) => page.getByRole("button", { name, exact: true });
const field = (page) => page.locator("[data-check] input");
const finding = (page, kind) => page.locator(`[data-checked=${kind}]`);
const focused = (page, what) => page.waitForFunction((selector) => document.activeElement?.matches(selector), what);

/** Chooses the account that alone matches these words, and begins its check by the key. */
const checking = (words) => async (page) => {
  await page.getByRole("option").first().waitFor();
  await page.getByRole("combobox").fill(words);
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await page.keyboard.press("Control+e");
  await focused(page, "[data-check] input");
};

/** What the account shows so many steps, or counters, from now. */
async function codeOf(page, steps) {
  return page.evaluate(async (by) => {
    const id = document.querySelector("[role=option][aria-selected=true]").id.slice("row-".length);
    const one = (await window.fake.accounts()).find((account) => account.id === id);
    if (one.counter !== null) return window.fake.codeAt(id, Number(one.counter) + by);
    return window.fake.codeAt(id, Math.floor(window.fake.now() / one.period) + by);
  }, steps);
}

async function give(page, code) {
  await field(page).fill(code);
  await page.keyboard.press("Enter");
}

const giving = (words, of, kind, then = async () => {}) => async (page) => {
  await checking(words)(page);
  await give(page, typeof of === "number" ? await codeOf(page, of) : of);
  await finding(page, kind).waitFor();
  await then(page);
  await page.locator("[data-check]").evaluate((section) => section.scrollIntoView());
};

const MIROX = "plant-7";
const GITHUB = "github";
const HOTP = "pluton";

seeScenes([
  ["check-empty", "", checking(GITHUB)],
  ["check-right", "", giving(GITHUB, 0, "right")],
  ["check-changed", "", giving(GITHUB, -1, "expired")],
  ["check-expired", "clock=alarm", giving(GITHUB, -4, "expired")],
  ["check-early", "clock=unsure", giving(GITHUB, 3, "early")],
  ["check-zone", "clock=asked", giving(GITHUB, 120, "early")],
  ["check-used", "", giving(GITHUB, "777111", "used")],
  ["check-ahead", "", giving(HOTP, 16, "counter_ahead", async (page) => button(page, "Set the counter here to 58").click())],
  ["check-behind", "", giving(HOTP, -3, "counter_behind")],
  ["check-other", "", giving(GITHUB, "888111", "other_account")],
  ["check-settings", "", giving(MIROX, "999111", "other_settings")],
  ["check-typo", "", async (page) => {
    await checking(GITHUB)(page);
    const code = await codeOf(page, 0);
    await give(page, `${code.slice(0, 3)}${code[4]}${code[3]}${code[5]}`);
    await finding(page, "typo").waitFor();
  }],
  ["check-cannot-tell", "", giving(GITHUB, "666111", "cannot_tell")],
  ["check-not-this-key", "", giving(GITHUB, "000000", "not_this_key")],
  ["check-error", "", async (page) => {
    await checking(GITHUB)(page);
    await page.evaluate(() => (window.fake.failWith = "vault_io"));
    await give(page, "123456");
    await page.locator("[data-check] [data-error=vault_io]").waitFor();
  }],
  ["check-busy", "", async (page) => {
    await checking(GITHUB)(page);
    await page.evaluate(() => (window.fake.checkCode = () => new Promise(() => {})));
    await give(page, "123456");
    await page.getByText("Comparing…").waitFor({ state: "attached" });
    await page.waitForTimeout(500);
  }],
]);

test("by keyboard alone: Ctrl E opens it, Enter checks, the next code is typed over the last, Escape goes back to the button", async () => {
  const page = await open("");
  await checking(GITHUB)(page);
  const right = await codeOf(page, 0);
  await page.keyboard.type(`${right.slice(0, 3)} ${right.slice(3)}`);
  await page.keyboard.press("Enter");
  await finding(page, "right").waitFor();
  await page.keyboard.type("000000");
  await page.keyboard.press("Enter");
  await finding(page, "not_this_key").waitFor();
  assert.deepEqual(await calls(page), [`check code ${right.slice(0, 3)} ${right.slice(3)}`, "check code 000000"]);
  // From elsewhere on the page the same key leads back to it, and nothing is lost.
  await page.getByRole("combobox").focus();
  await page.keyboard.press("Control+e");
  await focused(page, "[data-check] input");
  await finding(page, "not_this_key").waitFor();
  await page.keyboard.press("Escape");
  await focused(page, "[data-check-open]");
  assert.equal(await page.locator("[data-check]").count(), 0);
  // The account is still there, and so is the search.
  assert.equal(await page.getByRole("combobox").inputValue(), GITHUB);
});

test("the button on the account's page opens it too, and another account closes it", async () => {
  const page = await open("");
  await page.getByRole("option").first().waitFor();
  await page.getByRole("combobox").fill("plato");
  await button(page, "Check with another device").click();
  await focused(page, "[data-check] input");
  await give(page, "000000");
  await finding(page, "not_this_key").waitFor();
  await page.getByRole("option").nth(1).click();
  await page.locator("[data-check]").waitFor({ state: "detached" });
  await button(page, "Check with another device").click();
  assert.equal(await page.locator("[data-checked]").count(), 0);
});

test("where one code does not tell, a second is given with the first, which has the time of its answer", async () => {
  const page = await open("");
  await checking(GITHUB)(page);
  await give(page, "666111");
  await finding(page, "cannot_tell").getByText(/1 in 312 by chance/u).waitFor();
  await page.getByLabel("The code that it shows next").waitFor();
  assert.equal(await field(page).inputValue(), "");
  await give(page, "666111");
  await page.locator("[data-check] [data-error=check_same_code]").waitFor();
  const right = await codeOf(page, 0);
  await give(page, right);
  await finding(page, "right").waitFor();
  const asked = await calls(page);
  assert.match(asked[2], new RegExp(`^check code 666111@1700000\\d{3} ${right}$`, "u"));
  // What is checked after that is checked by itself.
  await give(page, "000000");
  await finding(page, "not_this_key").waitFor();
  assert.equal((await calls(page)).at(-1), "check code 000000");
});

test("a check that cannot tell can begin again with another first code", async () => {
  const page = await open("");
  await checking(GITHUB)(page);
  await give(page, "666111");
  await button(page, "Begin again").press("Enter");
  await page.getByLabel("The code that it shows now").waitFor();
  await focused(page, "[data-check] input");
  await give(page, "000000");
  await finding(page, "not_this_key").waitFor();
  assert.deepEqual(await calls(page), ["check code 666111", "check code 000000"]);
});

test("a counter that is behind is set once a person has said yes, and then both give the same code", async () => {
  const page = await open("");
  await checking(HOTP)(page);
  await give(page, await codeOf(page, 16));
  await finding(page, "counter_ahead").getByText("16 codes on").waitFor();
  await button(page, "Set the counter here to 58").press("Enter");
  assert.equal((await calls(page)).filter((call) => call.startsWith("set counter")).length, 0);
  await page.getByText("goes from 41 to 58").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("The counter here stands at 58 now").waitFor();
  assert.equal((await calls(page)).at(-1), "set counter 58");
  await page.locator(".details dd").getByText("58", { exact: true }).waitFor();
  await give(page, await codeOf(page, 0));
  await finding(page, "right").waitFor();
});

test("a counter that has gone on in the meantime is left, and said so", async () => {
  const page = await open("");
  await checking(HOTP)(page);
  await give(page, await codeOf(page, 1));
  await button(page, "Set the counter here to 43").click();
  await page.evaluate(() => (window.fake.failWith = "counter_backward"));
  await button(page, "Set it").click();
  await page.locator("[data-set-counter] [data-error=counter_backward]").waitFor();
  await page.getByText("The counter here is further on by now").waitFor();
});

test("the code of another account leads to that account", async () => {
  const page = await open("");
  await checking(GITHUB)(page);
  await give(page, "888111");
  await finding(page, "other_account").getByText("This is the code of Mirox (zoe@plant-7), not of GitHub (zoe).").waitFor();
  await button(page, "Open Mirox (zoe@plant-7)").press("Enter");
  await page.locator(".details .title").getByText("Mirox").waitFor();
  assert.equal(await page.locator("[data-check]").count(), 0);
});

test("other settings say which differ, with what each device has", async () => {
  const page = await open("");
  await checking(MIROX)(page);
  await give(page, "999111");
  const rows = await finding(page, "other_settings").getByRole("row").allInnerTexts();
  assert.deepEqual(rows.map((row) => row.trim().split(/\s*\t\s*/u)), [["Here", "Other device"], ["Algorithm", "SHA-1", "SHA-256"], ["Period", "30 seconds", "60 seconds"]]);
  await page.getByText("so what stands here is right").waitFor();
});

test("whose clock is wrong is said where it is known, and leads to this computer's clock where that may be it", async () => {
  for (const [scene, said, leads] of [["alarm", "It is this computer’s clock that is wrong: it is ahead", true], ["good", "This computer’s clock is right. Set the other device’s: it is behind", false], ["unsure", "cannot be told from here", true]]) {
    const page = await open(`clock=${scene}`);
    await checking(GITHUB)(page);
    await give(page, await codeOf(page, -4));
    await finding(page, "expired").getByText(said).waitFor();
    await finding(page, "expired").getByText(/between \d+ and \d+ seconds behind this one/u).waitFor();
    assert.equal(await button(page, "This computer’s clock…").count(), leads ? 1 : 0);
    if (!leads) continue;
    await button(page, "This computer’s clock…").press("Enter");
    await focused(page, "#clock");
  }
});

test("every answer states how likely chance is", async () => {
  const page = await open("");
  await checking(GITHUB)(page);
  for (const [code, kind, odds] of [["777111", "used", "a random code would pass for this once in 333,000 times"], ["000000", "not_this_key", "a random code would have fitted one of them once in 312 times"]]) {
    await give(page, code);
    await finding(page, kind).getByText(odds).waitFor();
  }
});

test("where the other device has another key, the ways lead to the account’s own QR code and to enrolling it again", async () => {
  const page = await open("");
  await checking(GITHUB)(page);
  await give(page, "000000");
  await button(page, "Enroll again…").press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await give(page, "000000");
  await button(page, "Move it again…").press("Enter");
  await page.getByRole("heading", { level: 1, name: "The QR code of GitHub (zoe)" }).waitFor();
  await page.locator("[data-act=draw]").press("Enter");
  await page.locator("svg[data-qr]").waitFor();
  assert.equal(await page.locator("[data-act=on-the-other]").count(), 0, "no change is under way that it could be noted in");
  await page.keyboard.press("Escape");
  await page.locator("svg[data-qr]").waitFor({ state: "detached" });
});

test("an account's QR code is shown from its page, and where a change is under way, noted in that", async () => {
  const page = await open("accounts=12&device=begun");
  await page.getByRole("option").first().waitFor();
  await page.getByRole("combobox").fill(MIROX);
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await button(page, "Show its QR code…").press("Enter");
  await page.locator("[data-act=draw]").press("Enter");
  await page.getByText("Scan it with “Zoe’s new phone”").waitFor();
  await page.locator("[data-act=on-the-other]").press("Enter");
  await page.waitForFunction(() => window.fake.calls.some((call) => call.startsWith("moved by qr")));
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("on the new device a check from the account's page never says to move its key to the old one", async () => {
  const page = await open("accounts=12&device=new");
  await checking(MIROX)(page);
  await give(page, "000000");
  await finding(page, "not_this_key").getByText("Do not wipe it; bring its key here.").waitFor();
  assert.equal(await button(page, "Move it again…").count(), 0);
});

test("where codes are set off from the clock, that is blamed, and the way leads there", async () => {
  const page = await open("clock=alarm&offset=-90");
  await checking(GITHUB)(page);
  await give(page, await codeOf(page, -4));
  await finding(page, "expired").getByText("Codes here are set off by 90 seconds from this computer’s clock: take that back.").waitFor();
  await button(page, "To the offset…").press("Enter");
  await focused(page, "#clock");
});

test("that an account was checked, and found in sync, stands in its timeline", async () => {
  const page = await open("");
  await checking(GITHUB)(page);
  await give(page, await codeOf(page, 0));
  await page.locator("[data-timeline]").getByText("Checked with another device: in sync step 56666667").waitFor();
  await give(page, "000000");
  await page.locator("[data-timeline]").getByText("Checked with another device", { exact: true }).waitFor();
});

test("a check that is left while it is under way is answered to nobody", async () => {
  const page = await open("");
  await checking(GITHUB)(page);
  await page.evaluate(() => {
    const { checkCode } = window.fake;
    window.fake.checkCode = async (...all) => {
      await new Promise((done) => (window.goOn = done));
      return checkCode(...all);
    };
  });
  await give(page, "000000");
  await page.getByText("Comparing…").waitFor({ state: "attached" });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await focused(page, "[data-check] input");
  await page.evaluate(() => window.goOn());
  await page.waitForFunction(() => window.fake.calls.includes("check code 000000"));
  assert.equal(await page.locator("[data-checked]").count(), 0);
});

test("in German the check is German", async () => {
  const page = await open("clock=alarm", { locale: "de-DE" });
  await checking(GITHUB)(page);
  await give(page, await codeOf(page, -4));
  await page.getByText("Die Uhr dieses Rechners ist falsch: sie geht vor. Stell sie.").waitFor();
  await shoot(page, "check-german");
  await assertAccessible(page, "german check");
  await give(page, "666111");
  await page.getByLabel("Der Code, den es als Nächstes zeigt").waitFor();
  await shoot(page, "check-german-cannot-tell");
});
