// The guide, recovery codes and what is to be done, on the page's deterministic backend: every state through axe and as pictures
// under target/ui, and the whole way through a service's set-up by keyboard alone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NARROW, assertAccessible, open, seeScenes } from "./page.mjs";

const calls = async (page) => (await page.evaluate(() => window.fake.calls)).map((call) => call.replace(/ 0{8}-.*/, ""));
const guide = (page) => page.locator("[data-guide]");
const recovery = (page) => page.locator("[data-spot=recovery]");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const hasFocus = (page, text) => page.waitForFunction((wanted) => document.activeElement?.textContent?.trim() === wanted, text);

/** Chooses the account that alone matches these words. */
const chosen = (words) => async (page) => {
  await page.getByRole("option").first().waitFor();
  await page.getByRole("combobox").fill(words);
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  if (page.viewportSize().width < 720) await page.keyboard.press("ArrowRight");
  await recovery(page).waitFor();
};

const HALF_WAY = "plant-8";
const OFF = "plant-9";
const ROTATING = "plant-7";
const DOUBT = "work@";
const ALL = "companion";

/** Each scene's account, and what is done on its page. */
const scene = (name, words, then = async () => {}, query = ALL) => [
  `companion-${name}`, query, async (page) => {
    await chosen(words)(page);
    await then(page);
  },
];

const pasted = async (page) => {
  await guide(page).getByRole("button", { name: "Paste" }).click();
  await page.getByRole("dialog").waitFor();
};

seeScenes([
  scene("keep", HALF_WAY),
  scene("paused", HALF_WAY, async (page) => {
    await button(page, "Later").click();
    await page.locator("[data-guide=paused]").waitFor();
  }),
  scene("prove", "zoe@example.com", async (page) => {
    await button(page, "Not accepted").click();
    await page.getByLabel("The code that you typed there").fill("999123");
    await page.keyboard.press("Enter");
    await page.locator("[data-diagnosis=other_settings]").waitFor();
  }),
  scene("done", HALF_WAY, async (page) => {
    await pasted(page);
    await page.getByRole("button", { name: "Keep 1 code" }).click();
    await button(page, "It was accepted").click();
    await page.locator("[data-guide=done]").waitFor();
  }),
  scene("off", OFF),
  scene("again", OFF, async (page) => {
    await page.getByRole("button", { name: "Enroll again…" }).click();
    await page.keyboard.press("Control+o");
    await button(page, "Use this one").waitFor();
  }),
  scene("guides", HALF_WAY, async (page) => {
    await page.getByRole("button", { name: "Guide: Mirox. Change" }).click();
    await page.getByRole("dialog").waitFor();
  }, "companion&broken"),
  scene("found", HALF_WAY, pasted),
  scene("found-unsure", "github", async (page) => {
    await page.getByRole("textbox", { name: "Recovery codes, or the text around them" }).fill("zoe1985 a1b2c3d4e5 f6g7h8i9j0");
    await page.keyboard.press("Control+Enter");
    await page.locator("[data-warning=count]").waitFor();
  }),
  scene("no-codes-found", "github", async (page) => {
    await page.getByRole("textbox", { name: "Recovery codes, or the text around them" }).fill("nothing here");
    await button(page, "Look for codes").click();
    await page.locator("[data-error=codes_none]").waitFor();
  }),
  scene("set", "pluton", async (page) => {
    await button(page, "Show code 4").click();
    await recovery(page).getByText("4184", { exact: false }).waitFor();
  }),
  scene("doubt", DOUBT),
  scene("few", "old-panel"),
  scene("rotating", ROTATING, async (page) => {
    await button(page, "New code…").click();
    await page.getByRole("group", { name: "A new code from the service" }).waitFor();
  }),
  scene("locked", "bank", async (page) => {
    await button(page, "Show all").click();
    await page.getByLabel("Passphrase of the recovery codes").fill("wrong one");
    await page.keyboard.press("Enter");
    await page.locator("[data-error=passphrase_wrong]").waitFor();
  }),
  scene("paper", "pluton", async (page) => {
    await button(page, "Print one page…").click();
    await page.getByRole("dialog").waitFor();
  }),
  scene("service", ROTATING, async (page) => {
    for (const summary of await page.locator("[data-spot] summary").all()) await summary.click();
    await button(page, "I have disabled 2FA there").click();
    await page.getByLabel("A backup of this vault").check();
    await page.locator("[data-todo=circle]").waitFor();
  }),
  scene("none-given", "acceptance"),
  scene("refused", HALF_WAY, async (page) => {
    await page.evaluate(() => (window.fake.failWith = "vault_io"));
    await button(page, "Skip for now").click();
    await page.locator("[data-error=vault_io]").waitFor();
  }),
]);

test("by keyboard alone: the code is kept, proved, used, and the use taken back", async () => {
  const page = await open("companion&nolock");
  await chosen(HALF_WAY)(page);
  // With the search field empty, Ctrl Z is not for typing.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+g");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "codes");
  await page.keyboard.type("Your backup code is H7KQ2M9X");
  await page.keyboard.press("Control+Enter");
  await hasFocus(page, "Keep 1 code");
  await page.keyboard.press("Enter");
  // A key pressed once too often copies the code, and proves nothing.
  await hasFocus(page, "Copy");
  assert.equal(await page.locator(".details .code.large").count(), 1, "the code stands there once");
  await page.keyboard.press("Tab");
  await hasFocus(page, "It was accepted");
  await page.keyboard.press("Enter");
  await hasFocus(page, "Done");
  await page.locator(".head").getByText("On since November 14, 2023, proved").waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+g");
  await hasFocus(page, "Recovery code");
  await page.keyboard.press("Tab");
  await hasFocus(page, "Show");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await hasFocus(page, "Did it work?");
  await page.keyboard.press("Tab");
  await hasFocus(page, "It worked");
  await page.keyboard.press("Enter");
  await hasFocus(page, "Enroll again…");
  await page.locator("[role=option][aria-selected=true]").getByText("2FA is off: enroll again").waitFor();
  await button(page, "↶ Undo: recovery code used").waitFor();
  await page.keyboard.press("Control+z");
  await recovery(page).locator("[data-code-state=in_doubt]").waitFor();
  assert.equal(await guide(page).count(), 0);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement === document.querySelector("[data-search]"));
  const done = (await calls(page)).map((call) => call.replace(/code-\d+-1/, "CODE"));
  assert.deepEqual(done, ["find codes", "keep codes H7KQ2M9X rotating", "proved", "copy recovery code CODE", "answer CODE worked", "undo last"]);
  assert.deepEqual(page.broken, []);
});

test("an account that is off is enrolled again: its new key is taken, its name and its codes of before stay", async () => {
  const page = await open(ALL);
  await chosen(OFF)(page);
  await page.keyboard.press("Control+g");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "New code for Mirox (zoe@plant-9" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  // What is brought in afterwards is a new account, as ever.
  await page.keyboard.press("Control+o");
  await page.getByRole("heading", { name: "Add this account?" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+g");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+o");
  await hasFocus(page, "Use this one");
  await page.keyboard.press("Enter");
  await page.locator("[data-guide=steps]").waitFor();
  await page.locator("[data-step=keep][aria-current=step]").waitFor();
  await page.getByText("1 former set of codes").waitFor();
  assert.equal(await page.locator(".details .label").textContent(), "zoe@plant-9, signed in with its code");
  assert.ok((await calls(page)).includes("enroll again"));
  assert.ok(!(await calls(page)).includes("add"));
});

test("protected codes ask for their passphrase where they are, show what was asked for, and close when the page is left", async () => {
  const page = await open(ALL);
  await chosen("bank")(page);
  await button(page, "Copy code 2 to use it").press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "codes_passphrase");
  await page.keyboard.type("correct horse");
  await page.keyboard.press("Enter");
  await recovery(page).locator("[data-code-state=in_doubt]").waitFor();
  await button(page, "I did not use it").press("Enter");
  await button(page, "Show all").press("Enter");
  await button(page, "Hide all").waitFor();
  assert.equal(await page.locator("[data-lock-ask]").count(), 0, "it is asked once");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => window.fake.calls.includes("close codes lock"));
});

test("a text that was shown goes when another account is chosen, in a narrow window with the page, and after a minute", async () => {
  const page = await open(ALL);
  await page.clock.install();
  const shown = recovery(page).getByText("4184", { exact: false });
  await chosen("pluton")(page);
  await button(page, "Show code 4").click();
  await shown.waitFor();
  await page.getByRole("combobox").fill("");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowDown");
  await recovery(page).locator("[data-use='4']").waitFor();
  assert.equal(await shown.count(), 0);
  await button(page, "Show code 4").click();
  await shown.waitFor();
  await page.clock.runFor(61_000);
  await shown.waitFor({ state: "detached" });

  const narrow = await open(ALL, { size: NARROW });
  await chosen("pluton")(narrow);
  await button(narrow, "Show code 4").click();
  await recovery(narrow).getByText("4184", { exact: false }).waitFor();
  await button(narrow, "‹ Back to the list").click();
  await narrow.getByRole("combobox").focus();
  await narrow.keyboard.press("End");
  await narrow.keyboard.press("ArrowRight");
  await recovery(narrow).waitFor();
  assert.equal(await recovery(narrow).getByText("4184", { exact: false }).count(), 0);
});

test("a page is printed with the codes that are not spent, and nothing else is on it", async () => {
  const page = await open(ALL);
  await chosen("pluton")(page);
  await button(page, "Print one page…").click();
  await page.locator("[data-paper]").waitFor();
  assert.equal(await page.locator("[data-paper] li").count(), 7);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.fake.calls.some((call) => call.startsWith("codes printed")));
  await page.emulateMedia({ media: "print" });
  const seen = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((e) => e.children.length === 0 && e.textContent.trim() && getComputedStyle(e).visibility === "visible" && !e.closest("[data-paper]")).length);
  assert.equal(seen, 0);
  await page.emulateMedia({ media: "screen" });
  await page.keyboard.press("Escape");
  await page.locator("[data-paper]").waitFor({ state: "detached" });
});

test("the list says what is to be done, or what is left", async () => {
  const page = await open(ALL);
  await page.getByRole("option").first().waitFor();
  const line = async (name) => {
    const found = page.getByRole("option", { name }).locator("[data-line]");
    return (await found.count()) === 0 ? "" : found.textContent();
  };
  assert.equal(await line(/GitHub/), "No recovery code saved");
  assert.equal(await line(/plant-8/), "Not proved yet");
  assert.equal(await line(/plant-9/), "2FA is off: enroll again");
  assert.equal(await line(/work@/), "Did the recovery code work?");
  assert.equal(await line(/only a label/), "", "an imported account that only lacks codes is left in peace");
  await page.getByRole("combobox").fill("work@");
  await recovery(page).locator("[data-code-state=in_doubt]").waitFor();
  await button(page, "It worked").click();
  await page.waitForFunction(() => document.querySelector("[data-line]")?.textContent === "9 of 10 recovery codes left");
});

test("what a message offers to take back is that account's, whichever is chosen by then", async () => {
  const page = await open("companion&nolock");
  await chosen(ROTATING)(page);
  await button(page, "Copy code 1 to use it").click();
  await button(page, "It worked").click();
  await page.locator("[data-guide=off]").waitFor();
  await page.getByRole("combobox").fill("");
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("PageUp");
  await page.waitForFunction(() => !document.querySelector("[role=option][aria-selected=true]").textContent.includes("plant-7"));
  await page.locator("[data-toast]").getByRole("button", { name: "Undo" }).click();
  await page.getByRole("option", { name: /plant-7/ }).getByText("Did the recovery code work?").waitFor();
});

test("another guide is found by its name and changes the order of the steps", async () => {
  const page = await open(ALL);
  await chosen(HALF_WAY)(page);
  await page.getByRole("button", { name: "Guide: Mirox. Change" }).press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("pter");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Set up 2FA: Pterodactyl" }).waitFor();
  const order = await page.locator("[data-step]").evaluateAll((steps) => steps.map((step) => step.dataset.step));
  assert.deepEqual(order, ["scan", "prove", "keep"]);
});

test("the list goes on working beside the guide, and later it goes on where it was left", async () => {
  const page = await open(ALL);
  await chosen(HALF_WAY)(page);
  await page.getByRole("combobox").fill("");
  await button(page, "Later").press("Enter");
  await hasFocus(page, "Go on setting up");
  await page.keyboard.type("github");
  await page.getByRole("heading", { name: "GitHub" }).waitFor();
  await chosen(HALF_WAY)(page);
  await button(page, "Go on setting up").press("Enter");
  await page.locator("[data-step=keep][aria-current=step]").waitFor();
});

test("why a code was not accepted is found out from what was typed", async () => {
  const page = await open(ALL);
  await chosen("zoe@example.com")(page);
  await button(page, "Not accepted").press("Enter");
  const code = await guide(page).locator("[data-code]").first().getAttribute("data-code");
  const swapped = `${code.slice(0, 4)}${code[5]}${code[4]}`;
  for (const [typed, kind] of [["", "right"], [code, "right"], ["777111", "used"], ["888111", "other_account"], [swapped, "typo"], ["000000", "not_this_key"]]) {
    await page.getByLabel("The code that you typed there").fill(typed);
    await page.keyboard.press("Enter");
    await page.locator(`[data-diagnosis=${kind}]`).waitFor();
  }
  await page.getByText("Plausible: Type it without spaces.").waitFor();
});

test("in a field of the page, pasting and Ctrl Z are the field's own", async () => {
  const page = await open(ALL);
  await chosen(HALF_WAY)(page);
  await page.keyboard.press("Control+g");
  await page.keyboard.type("abc");
  await page.keyboard.press("Control+z");
  const taken = await page.evaluate(() => {
    const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(event);
    return event.defaultPrevented;
  });
  assert.equal(taken, false);
  assert.deepEqual(await calls(page), []);
});

test("in German the guide and the recovery codes are German", async () => {
  const page = await open(ALL, { locale: "de-DE" });
  await chosen(HALF_WAY)(page);
  await page.getByRole("heading", { name: "2FA einrichten: Mirox" }).waitFor();
  await page.getByRole("button", { name: "Dieser Dienst gibt keine" }).click();
  await page.getByText("Vermerkt: dieser Dienst gibt keine Wiederherstellungscodes").first().waitFor();
  await assertAccessible(page, "companion-german");
});
