// The overview of all accounts, the timeline of one, the codes' own passphrase and the playbooks, on the page's deterministic
// backend: every state through axe and as pictures under target/ui, each way by keyboard, and the overview on paper.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AT, NARROW, assertAccessible, open, seeScenes, shoot } from "./page.mjs";

const calls = (page) => page.evaluate(() => window.fake.calls);
const list = async (page) => page.getByRole("option").first().waitFor();
const cards = (page) => page.locator("#overview-grid [role=gridcell]:first-child");
const fails = { code: "vault_io", message: "it failed (vault_io)", remedy: "Try something else." };

async function overview(page) {
  await list(page);
  await page.keyboard.press("Control+Shift+O");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

async function rows(page) {
  await overview(page);
  await cards(page).first().waitFor();
}

/** Dates and codes that the backend has not. */
async function told(page) {
  await list(page);
  await page.evaluate((at) => {
    const { overview } = window.fake;
    window.fake.overview = async () => (await overview()).map((row, n) => ({
      ...row,
      checked_at: n % 3 === 0 ? at - n * 86_400 * 9 : null,
      ...(n === 2 ? { todo: [], account: { ...row.account, todo: null } } : {}),
    }));
  }, AT);
  await rows(page);
}

/** Every kind of event, two of them taken back. */
async function timeline(page) {
  await list(page);
  await page.evaluate((at) => {
    const kinds = [
      "added", "playbook_chosen", "not_accepted", "proved", "codes_kept", "codes_printed", "codes_shown", "code_copied", "code_not_used", "code_copied", "code_refused", "code_copied",
      "code_used", "switched_off", "enrolled_again", "codes_replaced", "checked", "disabled", "no_codes", "codes_expected", "other",
    ];
    window.fake.timeline = async () =>
      kinds.map((kind, n) => ({
        id: `event-${n}`, at: at - (kinds.length - n) * 86_400 * 11, kind, count: kind.startsWith("codes_") ? 10 : null, number: kind.startsWith("code_") ? 3 : null,
        detail: kind === "playbook_chosen" ? "Mirox" : kind === "other" ? "moved_house" : null, step: kind === "proved" || kind === "checked" ? "56666667" : null, undone_at: n === 18 || n === 12 ? at - 86_400 : null,
      })).reverse();
    window.fake.touch();
  }, AT);
  await page.getByText("Show all 21").waitFor({ state: "attached" });
  if (!(await page.locator("[data-timeline]").isVisible())) await page.keyboard.press("ArrowRight");
  await page.locator("[data-timeline]").evaluate((section) => section.scrollIntoView());
}

async function settings(page) {
  await list(page);
  await page.keyboard.press("Control+,");
  await page.locator("[data-codes-lock] li").waitFor();
  await page.locator("[data-folder]").waitFor();
  await page.locator("[data-codes-lock]").evaluate((section) => section.scrollIntoView());
}

const books = async (page) => {
  await settings(page);
  await page.getByRole("button", { name: "Show them" }).click();
  await page.locator("[data-folder]").evaluate((place) => place.scrollIntoView({ block: "end" }));
};

const dialog = (name) => async (page) => {
  await settings(page);
  await page.locator("[data-codes-lock]").getByRole("button", { name }).click();
  await page.getByRole("dialog").waitFor();
};

seeScenes([
  ["overview", "companion", told],
  ["overview-empty", "accounts=0", async (page) => {
    await page.getByRole("button", { name: "Overview" }).click();
    await page.getByText("Once you have added one").waitFor();
  }],
  ["overview-1000", "accounts=1000", rows],
  ["overview-filtered", "companion", async (page) => {
    await rows(page);
    await page.keyboard.type("plato");
    await page.getByText("2 of 15 accounts").waitFor();
  }],
  ["overview-nothing", "companion", async (page) => {
    await rows(page);
    await page.keyboard.type("zzz");
    await page.getByText("No account matches “zzz”.").waitFor();
  }],
  ["overview-loading", "", async (page) => {
    await list(page);
    await page.evaluate(() => (window.fake.overview = () => new Promise(() => {})));
    await overview(page);
    await page.getByText("Looking through").waitFor();
    await page.waitForTimeout(500);
  }],
  ["overview-error", "", async (page) => {
    await list(page);
    await page.evaluate((error) => (window.fake.overview = () => Promise.reject(error)), fails);
    await overview(page);
    await page.locator("[data-error=vault_io]").waitFor();
  }],
  ["timeline", "", timeline],
  ["codes-lock", "", settings],
  ["codes-lock-none", "nolock", settings],
  ["codes-lock-set", "nolock", dialog("Set a passphrase")],
  ["codes-lock-change", "", dialog("Change it")],
  ["codes-lock-remove", "", dialog("Remove it")],
  ["playbooks", "broken", books],
]);

test("by keyboard alone: open, filter, open an account, and back", async () => {
  const page = await open("companion");
  await rows(page);
  await page.keyboard.type("st elsewhere");
  await page.waitForFunction(() => document.querySelectorAll("#overview-grid [role=rowgroup] [role=row]").length === 2);
  await page.keyboard.press("ArrowDown");
  const chosen = page.locator("#overview-grid [aria-selected=true]");
  const id = (await chosen.getAttribute("id")).slice("overview-".length);
  assert.equal(await page.getByRole("combobox").getAttribute("aria-activedescendant"), `overview-${id}`);
  await page.keyboard.press("Enter");
  await page.locator(`[role=option][aria-selected=true][id="row-${id}"]`).waitFor();
  // What was filtered is still there.
  await page.keyboard.press("Control+Shift+O");
  assert.equal(await page.getByRole("combobox").inputValue(), "st elsewhere");
  assert.equal((await chosen.getAttribute("id")).slice("overview-".length), id);
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("combobox").inputValue(), "");
  await page.keyboard.press("Escape");
  await list(page);
});

test("the button in the foot of the list opens it, and in a narrow window a card opens its account", async () => {
  const page = await open("", { size: NARROW });
  await list(page);
  await page.getByRole("button", { name: "Overview" }).click();
  await page.locator("#overview-grid").getByText("backup-nas").click();
  await page.locator(".details .title").getByText("Pluton").waitFor();
});

test("an account opens from the overview though the list is searched for something else", async () => {
  const page = await open("");
  await list(page);
  await page.keyboard.type("github");
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await page.keyboard.press("Control+Shift+O");
  await page.locator("#overview-grid").getByText("backup-nas").click();
  await page.locator("[role=option][aria-selected=true]").getByText("Pluton").waitFor();
});

test("only what needs something is left where that is asked for, and the summary counts it", async () => {
  const page = await open("companion");
  await told(page);
  await page.locator("[data-summary]").getByText(/accounts need something, [1-9]\d* (is|are) fine\./u).waitFor();
  const all = await cards(page).count();
  await page.getByLabel("Only what needs something").press("Space");
  await page.waitForFunction((before) => document.querySelectorAll("#overview-grid [role=gridcell]:first-child").length < before, all);
  assert.equal(await page.locator("#overview-grid").getByText("Nothing", { exact: true }).count(), 0);
  // From there, Escape leads back too.
  await page.keyboard.press("Escape");
  await list(page);
});

test("where it fails, trying again brings it", async () => {
  const page = await open("");
  await list(page);
  await page.evaluate((error) => {
    const { overview } = window.fake;
    window.fake.overview = () => ((window.fake.overview = overview), Promise.reject(error));
  }, fails);
  await overview(page);
  await page.getByRole("button", { name: "Try again" }).click();
  await cards(page).first().waitFor();
});

test("10,000 accounts put no more rows into the page than the screen holds, and filter at once", async () => {
  for (const size of [undefined, NARROW]) {
    const page = await open("accounts=10000", size && { size });
    await rows(page);
    assert.ok((await cards(page).count()) < 40);
    const took = await page.evaluate(async () => {
      const field = document.querySelector("[role=combobox]");
      const from = performance.now();
      field.value = "pluton 77";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      return performance.now() - from;
    });
    assert.ok(took < 1000, `filtered in ${took} ms`);
    await page.keyboard.press("Escape");
    await page.locator("#overview-grid [role=rowgroup]").evaluate((one) => (one.scrollTop = one.scrollHeight));
    await page.locator("#overview-grid [aria-rowindex='10001']").waitFor();
  }
});

test("on paper there is every row as a plain table, and neither a code nor a key", async () => {
  const page = await open("accounts=400");
  await rows(page);
  await page.keyboard.press("Control+p");
  await page.waitForFunction(() => window.fake.calls.includes("print"));
  await page.emulateMedia({ media: "print" });
  await shoot(page, "overview-paper");
  assert.equal(await page.locator("[data-paper] tbody tr").count(), 400);
  assert.ok(await page.locator("[data-paper]").getByText("Pluton (backup-nas)").first().isVisible());
  const seen = await page.evaluate(() => [...document.querySelectorAll("button, input, #overview-grid, [data-code]")].filter((one) => one.checkVisibility({ visibilityProperty: true })).length);
  assert.equal(seen, 0);
  assert.ok(!/\b\d{3} ?\d{3}\b|\b\d{4}-\d{4}\b/u.test(await page.locator("[data-paper]").innerText()));
  const pages = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type\s*\/Page\b/gu).length;
  assert.ok(pages > 5, `all of it is on ${pages} pages`);
  await page.emulateMedia({ media: "screen" });
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await page.locator("[data-paper]").waitFor({ state: "detached" });
});

test("printing by the system's own menu has the table too, of what the filter lets through", async () => {
  const page = await open("");
  await rows(page);
  await page.keyboard.type("plato");
  await page.emulateMedia({ media: "print" });
  await page.locator("[data-paper]").getByText("2 of 11 accounts.").waitFor();
  assert.equal(await page.locator("[data-paper] tbody tr").count(), 2);
});

test("a lock takes the overview off the page", async () => {
  const page = await open("closes");
  await rows(page);
  await page.keyboard.press("Control+l");
  await page.locator("[data-locked]").waitFor();
  assert.ok(!/GitHub|Mirox|Plato/u.test(await page.evaluate(() => document.body.innerText)));
});

test("what is pasted into the filter is read by Rust, and comes back as words", async () => {
  const page = await open("");
  await rows(page);
  await page.evaluate(() => {
    window.fake.clipboardText = "plato";
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true }));
  });
  await page.getByText("2 of 11 accounts").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await list(page);
  assert.equal(await page.getByRole("combobox").inputValue(), "");
});

test("the timeline shows ten, then all, by kind, and what was taken back is struck through", async () => {
  const page = await open("");
  await timeline(page);
  const events = page.locator("[data-event]");
  assert.equal(await events.count(), 10);
  await page.getByRole("button", { name: "Show all 21" }).press("Enter");
  assert.equal(await events.count(), 21);
  const said = await events.allInnerTexts();
  assert.ok(said.every((text) => text.length > 15 && !text.includes("undefined")), said.join("\n"));
  assert.match(said[2], /Noted: this service gives no recovery codes\s+undone/u);
  assert.equal(await page.locator("[data-event] s").count(), 2);
  await page.getByRole("button", { name: "Recovery codes", exact: true }).press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("[data-event=added], [data-event=proved]").length === 0);
  assert.equal(await events.count(), 12);
  await page.getByRole("button", { name: "State", exact: true }).press("Enter");
  await page.locator("[data-event=added]").waitFor();
  assert.equal(await events.count(), 9);
});

test("the timeline grows with each change, and is saved as a file", async () => {
  const page = await open("");
  await page.locator("[data-timeline] [data-event]").first().waitFor();
  await page.evaluate(() => {
    window.fake.timeline = async () => [{ id: "new", at: 1_700_000_000, kind: "code_used", count: null, number: 2, detail: null, step: null, undone_at: null }];
    window.fake.touch();
  });
  await page.getByText("Recovery code 2 used").waitFor();
  await page.getByRole("button", { name: "Export…" }).press("Enter");
  await page.locator("[data-toast]").getByText("keyfob-timeline.json").waitFor();
});

test("recovery codes get a passphrase of their own, typed twice", async () => {
  const page = await open("nolock");
  await dialog("Set a passphrase")(page);
  assert.equal(await page.evaluate(() => document.activeElement.name), "new");
  await page.keyboard.type("correct horse");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct hose");
  await page.keyboard.press("Enter");
  await page.getByText("The two are not the same.").waitFor();
  assert.ok(!(await calls(page)).includes("set codes lock"));
  await page.getByLabel("Once more").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.locator("[data-codes-lock=on]").waitFor();
  await page.locator("[data-toast]").getByText("passphrase of their own").waitFor();
});

test("it is changed only by who can open the codes, and they are closed again after it", async () => {
  const page = await open("");
  await dialog("Change it")(page);
  await page.keyboard.type("wrong one");
  await page.keyboard.press("Enter");
  await page.locator("[data-error=passphrase_wrong]").waitFor();
  await page.keyboard.type("the right one");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.name === "new");
  await page.keyboard.type("battery staple");
  await page.keyboard.press("Tab");
  await page.keyboard.type("battery staple");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.waitForFunction(() => window.fake.calls.at(-1) === "close codes lock");
  assert.deepEqual(await calls(page), ["open codes lock", "open codes lock", "change codes lock", "close codes lock"]);
});

test("codes that were opened only in order to change that are closed again when it is not done", async () => {
  const page = await open("");
  await dialog("Change it")(page);
  await page.getByRole("button", { name: "Use the recovery key" }).click();
  await page.getByLabel("Recovery key").fill("AGE-SECRET-KEY-1");
  await page.keyboard.press("Enter");
  await page.getByLabel("New passphrase").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => window.fake.calls.at(-1) === "close codes lock");
});

test("it is removed by who can open the codes", async () => {
  const page = await open("");
  await dialog("Remove it")(page);
  await page.keyboard.type("the right one");
  await page.keyboard.press("Enter");
  await page.locator("[data-codes-lock=off]").waitFor();
  assert.deepEqual(await calls(page), ["open codes lock", "remove codes lock"]);
});

test("from an account whose recovery codes are not protected, the way leads to that section", async () => {
  const page = await open("nolock");
  await page.getByRole("combobox").fill("zoe@plant-7");
  await page.locator("[data-todo=protect] button").click();
  await page.waitForFunction(() => document.activeElement.id === "codes-lock-title");
  assert.ok(await page.locator("#codes-lock-title").evaluate((one) => one.getBoundingClientRect().top < 60));
});

test("playbooks of one's own are marked, and one that could not be read says where and why", async () => {
  const page = await open("broken");
  await settings(page);
  await page.locator("[data-playbook=works-council]").getByText("your own").waitFor();
  assert.match(await page.locator("[data-broken]").innerText(), /our-vpn\.toml, line 12\s+unknown key `stepz`/u);
  await page.getByRole("button", { name: "Show them" }).press("Enter");
  await page.locator("[data-playbook=plato]").waitFor();
});

test("in German the overview, the timeline and the section are German", async () => {
  const page = await open("companion", { locale: "de-DE" });
  await list(page);
  await page.getByRole("heading", { name: "Verlauf" }).waitFor();
  await page.keyboard.press("Control+Shift+O");
  await page.getByRole("heading", { name: "Übersicht" }).waitFor();
  await cards(page).first().waitFor();
  await shoot(page, "overview-german");
  await assertAccessible(page, "german overview");
  await page.keyboard.press("Control+,");
  await page.getByRole("heading", { name: "Anleitungen" }).waitFor();
  await page.locator("[data-codes-lock] li").waitFor();
  await page.locator("[data-codes-lock]").evaluate((section) => section.scrollIntoView());
  await shoot(page, "codes-lock-german");
});
