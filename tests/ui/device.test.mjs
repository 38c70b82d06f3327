// The change of device on the page's deterministic backend: every state through axe and as pictures under target/ui, the whole way
// from the beginning to "safe to wipe" by keyboard, and that keys are on the page only while they are looked at.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NARROW, assertAccessible, open, seeScenes, shoot } from "./page.mjs";

const calls = (page) => page.evaluate(() => window.fake.calls);
const called = (page, start) => page.waitForFunction((wanted) => window.fake.calls.some((call) => call.startsWith(wanted)), start);
const row = (page, name) => page.locator(`[data-account="${name}"]`);
const act = (page, name) => page.locator(`[data-act="${name}"]`);
const list = async (page) => page.getByRole("option").first().waitFor();
const rowState = (page, name, state) => page.locator(`[data-account="${name}"][data-state=${state}]`).waitFor();

async function device(page) {
  await page.locator("main h1").first().waitFor({ state: "attached" });
  await page.waitForFunction(() => window.fake && !document.querySelector(".opening"));
  await page.keyboard.press("Control+Shift+D");
  await page.locator("[data-page=device]").waitFor();
  await page.locator("[data-page=device] [aria-busy=true]").waitFor({ state: "detached" });
}

/** The change that is under way, with its table. */
async function table(page) {
  await device(page);
  await page.locator("#device-grid [role=row]").first().waitFor();
}

const opened = (name) => async (page) => {
  await table(page);
  await page.keyboard.type(name.split(" (")[0]);
  await row(page, name).locator("[data-act=open]").click();
  await row(page, name).locator("[data-panel]").waitFor();
};

/** What the account shows on any device that has its key. */
const codeOf = (page, name) => page.evaluate(async (wanted) => {
  const accounts = await window.fake.accounts();
  const one = accounts.find(({ issuer, label }) => (issuer && label ? `${issuer} (${label})` : issuer || label) === wanted);
  return window.fake.codeAt(one.id, one.counter === null ? Math.floor(window.fake.now() / one.period) : Number(one.counter));
}, name);

const sheet = (name, then = async () => {}) => async (page) => {
  await table(page);
  await act(page, name).click();
  await page.getByRole("dialog").waitFor();
  await then(page);
};

const drawn = async (page) => {
  await act(page, "draw").click();
  await page.locator("svg[data-qr]").waitFor();
};

const MIROX = "Mirox (zoe@plant-7)";
const GITHUB = "GitHub (zoe)";
const PLUTON = "Pluton (backup-nas)";
const PLATO = "Plato (Codectomy St Elsewhere Acceptance)";
const TWELVE = "accounts=12";

seeScenes([
  ["device-none", "", device],
  ["device-none-new", "", async (page) => {
    await device(page);
    await page.getByLabel("I have moved to this one").check();
    await page.getByText("One that only the old device has").waitFor();
  }],
  ["device-begun", `${TWELVE}&device=begun`, table],
  ["device-way", `${TWELVE}&device=way`, table],
  ["device-new", `${TWELVE}&device=new`, table],
  ["device-1000", "accounts=1000&device=way", table],
  ["device-safe", `${TWELVE}&device=safe`, table],
  ["device-finished", `${TWELVE}&device=finished`, device],
  ["device-dropped", `${TWELVE}&device=dropped&newer=1`, device],
  ["device-came", `${TWELVE}&device=came`, device],
  ["device-only-here", `${TWELVE}&device=safe&only_here`, table],
  ["device-only-here-ended", `${TWELVE}&device=finished&only_here`, device],
  ["device-newer", `${TWELVE}&device=way&newer=2&elsewhere&offset=-45`, table],
  ["device-new-safe", `${TWELVE}&device=new_safe`, table],
  ["device-new-finished", `${TWELVE}&device=new_finished`, device],
  ["device-anew", `${TWELVE}&device=finished`, async (page) => {
    await device(page);
    await act(page, "anew").click();
    await act(page, "not-anew").waitFor();
  }],
  ["device-again", `${TWELVE}&device=again`, async (page) => {
    await opened(GITHUB)(page);
    await page.locator("[name=code]").fill("000000");
    await page.keyboard.press("Enter");
    await page.locator("[data-checked=not_this_key]").waitFor();
  }],
  ["device-old-key", `${TWELVE}&device=new`, async (page) => {
    await opened(PLATO)(page);
    await page.locator("[name=code]").fill("000000");
    await page.keyboard.press("Enter");
    await page.locator("[data-checked=not_this_key]").waitFor();
  }],
  ["device-counted", `${TWELVE}&device=new`, async (page) => {
    await opened(PLUTON)(page);
    await page.locator("[name=code]").fill(await codeOf(page, PLUTON));
    await page.keyboard.press("Enter");
    await act(page, "next-account").waitFor();
  }],
  ["device-no-accounts", "accounts=0&device=begun", device],
  ["device-move", `${TWELVE}&device=begun`, opened(MIROX)],
  ["device-enroll", `${TWELVE}&device=begun`, opened(GITHUB)],
  ["device-check", `${TWELVE}&device=new`, async (page) => {
    await opened(PLUTON)(page);
    await page.getByLabel("The code that the old device “old laptop” shows now").fill("888123");
    await page.keyboard.press("Enter");
    await page.locator("[data-checked=other_account]").waitFor();
  }],
  ["device-second", `${TWELVE}&device=new`, async (page) => {
    await opened(GITHUB)(page);
    await page.locator("[name=code]").fill("666123");
    await page.keyboard.press("Enter");
    await page.getByLabel("The next code that it shows").waitFor();
  }],
  ["device-waive", `${TWELVE}&device=begun`, async (page) => {
    await opened(MIROX)(page);
    await act(page, "waive").click();
    await page.locator("[name=why]").fill("The plant closes in May");
  }],
  ["device-nothing", `${TWELVE}&device=way`, async (page) => {
    await table(page);
    await page.keyboard.type("zzz");
    await page.getByText("No account matches “zzz”.").waitFor();
  }],
  ["device-code-warning", `${TWELVE}&device=begun`, async (page) => {
    await opened(MIROX)(page);
    await act(page, "show-code").click();
    await page.getByRole("dialog").waitFor();
  }],
  ["device-code", `${TWELVE}&device=begun`, async (page) => {
    await opened(MIROX)(page);
    await act(page, "show-code").click();
    await drawn(page);
  }],
  ["device-google-warning", `${TWELVE}&device=begun`, sheet("google")],
  ["device-google", "accounts=48&device=begun", sheet("google", drawn)],
  ["device-google-last", `${TWELVE}&device=begun`, sheet("google", drawn)],
  ["device-google-nothing", `${TWELVE}&device=begun`, async (page) => {
    await table(page);
    await page.getByLabel("Choose all that are shown").check();
    await page.getByLabel("Choose all that are shown").uncheck();
    await page.keyboard.type("steam");
    await page.getByLabel("Choose Steam (zoe_plays)").check();
    await act(page, "google").click();
    await page.getByText("None of the chosen accounts fits").waitFor();
  }],
  ["device-file", `${TWELVE}&device=begun`, sheet("file")],
  ["device-file-own", `${TWELVE}&device=begun`, sheet("file", (page) => page.getByRole("button", { name: "Type my own" }).click())],
  ["device-file-written", `${TWELVE}&device=begun`, sheet("file", async (page) => {
    await act(page, "write-file").click();
    await page.locator("[data-written]").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[data-hold]").waitFor();
  })],
  ["device-take-in", TWELVE, async (page) => {
    await device(page);
    await act(page, "take-in").click();
    await act(page, "choose-transfer").click();
    await page.locator("[name=transfer-passphrase]").fill("wrong one");
    await page.keyboard.press("Enter");
    await page.locator("[data-error=transfer_passphrase_wrong]").waitFor();
  }],
  ["device-received", TWELVE, async (page) => {
    await device(page);
    await act(page, "take-in").click();
    await act(page, "choose-transfer").click();
    await page.locator("[name=transfer-passphrase]").fill("7K2M-QX4D-0HRT-9WVB-E5JN");
    await page.keyboard.press("Enter");
    await page.locator("[data-received]").waitFor();
  }],
  ["device-drop", `${TWELVE}&device=way`, sheet("drop")],
  ["device-error", `${TWELVE}&device=way`, async (page) => {
    await list(page);
    await page.evaluate(() => (window.fake.failWith = "vault_io"));
    await page.keyboard.press("Control+Shift+D");
    await page.locator("[data-error=vault_io]").waitFor();
  }],
  ["device-notice", `${TWELVE}&device=way`, async (page) => {
    await page.locator("[data-notice=device-change]").waitFor();
  }],
  ["device-first-run", "scene=first_run", async (page) => {
    await act(page, "take-in").click();
    await act(page, "choose-transfer").click();
    await page.locator("[name=transfer-passphrase]").waitFor();
  }],
  ["device-settings", "", async (page) => {
    await list(page);
    await page.keyboard.press("Control+,");
    await page.locator("#device-title").evaluate((one) => one.scrollIntoView());
  }],
]);

test("by keyboard alone: begun, a code shown and scanned, checked, and on to the next that is left", async () => {
  const page = await open(TWELVE);
  await device(page);
  // The radio has the focus; the name is the next field.
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "other");
  await page.keyboard.type("Pixel");
  await page.keyboard.press("Enter");
  await page.locator("[data-safe=no]").getByText("Do not wipe the old device yet: 12 accounts are left.").waitFor();
  assert.ok((await calls(page)).includes("begin device change old Pixel"));
  await page.waitForFunction(() => document.activeElement?.dataset.search !== undefined);
  await page.keyboard.type("mirox");
  await page.getByText("1 of 12 accounts").waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.dataset.act === "show-code");
  await page.keyboard.press("Enter");
  await page.getByText("This shows the key itself.", { exact: false }).waitFor();
  assert.ok(!(await calls(page)).some((call) => call.startsWith("transfer codes")), "no key before it is asked for");
  await page.keyboard.press("Enter");
  await page.locator("svg[data-qr]").waitFor();
  await page.waitForFunction(() => document.activeElement?.dataset.act === "on-the-other");
  await page.keyboard.press("Enter");
  await rowState(page, MIROX, "to_check");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "code");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.type("mirox");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "code");
  await page.keyboard.type("777123");
  await page.keyboard.press("Enter");
  // A code that was already used in this window proves the key too; there is nothing left among what is shown.
  await rowState(page, MIROX, "checked");
  await page.waitForFunction(() => document.activeElement?.dataset.wanted === "end");
  await page.locator("[data-progress]").getByText("1 of 12 done").waitFor();
});

test("where a code is in sync, the focus is in the field of the next row that is left, from the last round to the first", async () => {
  const page = await open(`${TWELVE}&device=new`);
  await table(page);
  await page.getByLabel("Only what is left").check();
  const left = await page.locator("[data-state=to_check]").evaluateAll((rows) => rows.map((one) => one.dataset.account));
  await row(page, left[1]).locator("[data-act=open]").click();
  for (const name of [...left.slice(1), left[0]]) {
    await page.waitForFunction((wanted) => document.activeElement?.closest("[data-account]")?.dataset.account === wanted && document.activeElement.name === "code", name);
    await page.keyboard.type(name.startsWith("Steam") ? "777" : await codeOf(page, name));
    await page.keyboard.press("Enter");
    if (name === PLUTON) await act(page, "next-account").press("Enter");
    await row(page, name).waitFor({ state: "detached" });
  }
  await page.locator("[data-safe=yes]").getByText("Every account that is here is checked or waived. If “old laptop” shows none that is missing in this table, it is safe to wipe.").waitFor();
  await page.waitForFunction(() => document.activeElement?.dataset.wanted === "end");
});

test("a code that is not in sync leaves the row open, with why and the typed code to be put right", async () => {
  const page = await open(`${TWELVE}&device=new`);
  await opened(PLUTON)(page);
  await page.locator("[name=code]").fill("123456");
  await page.keyboard.press("Enter");
  await page.locator("[data-checked=not_this_key]").waitFor();
  await rowState(page, PLUTON, "to_check");
  assert.equal(await page.locator("[name=code]").inputValue(), "123456");
  await page.locator("[name=code]").fill(await codeOf(page, PLUTON));
  await page.keyboard.press("Enter");
  await rowState(page, PLUTON, "checked");
  await act(page, "next-account").waitFor();
});

test("an answer that cannot tell asks for a second code, which is given with the first", async () => {
  const page = await open(`${TWELVE}&device=new`);
  await opened(PLUTON)(page);
  await page.locator("[name=code]").fill("666123");
  await page.keyboard.press("Enter");
  await page.getByLabel("The next code that it shows").fill(await codeOf(page, PLUTON));
  await page.keyboard.press("Enter");
  await rowState(page, PLUTON, "checked");
  assert.ok((await calls(page)).some((call) => /^check moved 666123 \d{6} /u.test(call)));
});

test("an account is waived by its name with a reason, named again at the end, and not waived after all", async () => {
  const page = await open(`accounts=2&device=begun`);
  await opened(GITHUB)(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  for (const name of [GITHUB, MIROX]) {
    await row(page, name).locator("[data-act=open]").click();
    await act(page, "waive").click();
    await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "why");
    await page.keyboard.type(name === GITHUB ? "it is closed" : "");
    await page.getByRole("button", { name: `Waive ${name}` }).click();
    await rowState(page, name, "waived");
    if (name === GITHUB) {
      await page.waitForFunction((next) => document.activeElement?.closest("[data-account]")?.dataset.account === next, MIROX);
      await page.keyboard.press("Escape");
    }
  }
  const waived = page.locator("[data-safe=yes] [data-waived]");
  await waived.getByText(`${GITHUB}: it is closed`).waitFor();
  await waived.getByText(`${MIROX}: no reason given`).waitFor();
  await row(page, MIROX).locator("[data-act=open]").click();
  await act(page, "unwaive").click();
  await rowState(page, MIROX, "to_move");
  await page.locator("[data-safe=no]").waitFor();
});

test("it is finished only when it is safe, then done on a date, and reopened", async () => {
  const page = await open(`${TWELVE}&device=way`);
  await table(page);
  assert.equal(await act(page, "finish").count(), 0);
  const safe = await open(`${TWELVE}&device=safe`);
  await table(safe);
  await act(safe, "finish").press("Enter");
  await safe.locator("[data-ended=safe]").getByText(/Done on .*: the old device is safe to wipe\./u).waitFor();
  await safe.waitForFunction(() => document.activeElement?.dataset.wanted === "end");
  await safe.locator("[data-waived]").getByText("the panel is switched off next week").waitFor();
  await act(safe, "reopen").click();
  await safe.locator("[data-safe=yes] [data-act=finish]").waitFor();
  assert.deepEqual((await calls(safe)).filter((call) => /finish|reopen/u.test(call)), ["finish device change", "reopen device change"]);
});

test("where another program has changed it meanwhile, finishing is refused, said, and the table is as it is now", async () => {
  const page = await open(`${TWELVE}&device=safe`);
  await table(page);
  await page.evaluate(async () => {
    const { rows } = await window.fake.deviceChange();
    await window.fake.notMoved([rows.find(({ state }) => state === "checked").account.id]);
  });
  await act(page, "finish").click();
  await page.locator("[data-error=change_not_safe]").waitFor();
  await page.locator("[data-safe=no]").getByText("1 account is left").waitFor();
});

test("it is dropped only after a question, and a new one is begun beside it", async () => {
  const page = await open(`${TWELVE}&device=way`);
  await table(page);
  await act(page, "drop").click();
  await page.keyboard.press("Escape");
  assert.ok(!(await calls(page)).includes("drop device change"));
  await act(page, "drop").click();
  await act(page, "drop-it").click();
  await page.locator("[data-ended=dropped]").getByText(/do not wipe the old device\./u).waitFor();
  await act(page, "anew").click();
  await page.getByLabel("I have moved to this one").check();
  await page.locator("[name=other]").fill("tablet");
  await act(page, "begin").click();
  await page.locator("[data-safe=no]").getByText("The old device is “tablet”.").waitFor();
});

test("it is left and resumed where it was; a notice above the list leads there", async () => {
  const page = await open(`${TWELVE}&device=way`);
  await page.locator("[data-notice=device-change]").getByRole("button").click();
  await table(page).catch(() => undefined);
  await page.keyboard.press("Escape");
  await list(page);
  await page.keyboard.press("Control+Shift+D");
  await page.locator("[data-progress]").getByText("5 of 12 done").waitFor();
});

test("what was finished is wiped no more once accounts have come since, and is reopened", async () => {
  const page = await open(`${TWELVE}&device=came`);
  await device(page);
  await page.locator("[data-ended=not_any_more][data-safe=no]").getByText(/Was said to be safe on .*; 2 accounts have come or changed since: do not wipe it yet\./u).waitFor();
  assert.equal(await page.getByText("is safe to wipe").count(), 0);
  await act(page, "reopen").press("Enter");
  await page.locator("[data-safe=no]").getByText("2 accounts are left").waitFor();
});

test("what was dropped is not safe though all is done, and says how many are left now", async () => {
  const page = await open(`${TWELVE}&device=dropped&newer=2`);
  await device(page);
  await page.locator("[data-ended=dropped][data-safe=no]").getByText(/are neither checked nor waived: do not wipe the old device\./u).waitFor();
  await page.locator("[data-unreadable]").getByText("2 accounts only a newer Keyfob understands.", { exact: false }).waitFor();
  const all = await open(`${TWELVE}&device=safe`);
  await table(all);
  await act(all, "drop").click();
  await act(all, "drop-it").click();
  await all.locator("[data-ended=dropped][data-safe=no]").getByText("Every account is checked or waived: reopen it to finish it.").waitFor();
});

test("another change is begun or not after all, and coming back shows the one that has ended", async () => {
  const page = await open(`${TWELVE}&device=finished`);
  await device(page);
  await act(page, "anew").click();
  await act(page, "not-anew").press("Enter");
  await page.locator("[data-ended=safe]").waitFor();
  await act(page, "anew").click();
  await page.keyboard.press("Escape");
  await list(page);
  await device(page);
  await page.locator("[data-ended=safe] ~ * [data-act=reopen]").waitFor();
});

test("on the new device it is finished only after a person has looked for accounts that never came", async () => {
  const page = await open(`${TWELVE}&device=new_safe`);
  await table(page);
  assert.ok(await act(page, "finish").isDisabled());
  await page.getByLabel("I have looked: “old laptop” shows no account that is missing here").check();
  await act(page, "finish").press("Enter");
  await page.locator("[data-ended=safe]").getByText("If “old laptop” shows none that is missing here, it is safe to wipe.").waitFor();
});

test("where the old device has another key, it is not to be wiped, and nothing says to move this key there", async () => {
  const page = await open(`${TWELVE}&device=new`);
  await opened(PLATO)(page);
  await page.locator("[name=code]").fill("000000");
  await page.keyboard.press("Enter");
  const found = page.locator("[data-checked=not_this_key]");
  await found.getByText("the old device has another key. Do not wipe it; bring its key here.").waitFor();
  assert.doesNotMatch(await row(page, PLATO).innerText(), /move the account|Show the QR code|by its QR code/u);
});

test("after a new enrollment the key here is the old one: it is to be brought here, and never moved there", async () => {
  const page = await open(`${TWELVE}&device=again`);
  await opened(GITHUB)(page);
  await row(page, GITHUB).locator("[data-enrolled]").getByText("Bring the new key here (Enroll again), or waive it.").waitFor();
  await page.locator("[name=code]").fill("000000");
  await page.keyboard.press("Enter");
  await page.locator("[data-checked=not_this_key]").getByText("The other device has a key of its own").waitFor();
  assert.doesNotMatch(await row(page, GITHUB).innerText(), /move the account|Show the QR code/u);
  await act(page, "bring-new").press("Enter");
  await page.getByRole("dialog").waitFor();
});

test("a code that says otherwise takes an earlier check back, and the sentence with it", async () => {
  const page = await open(`${TWELVE}&device=way`);
  await table(page);
  const name = await page.locator("[data-state=checked]").first().getAttribute("data-account");
  await row(page, name).locator("[data-act=open]").click();
  await row(page, name).getByText("Both devices gave the same code on", { exact: false }).waitFor();
  await page.locator("[name=code]").fill("888123");
  await page.keyboard.press("Enter");
  await page.locator("[data-checked=other_account]").waitFor();
  assert.equal(await row(page, name).getByText("Both devices gave the same code on", { exact: false }).count(), 0);
  await page.locator("[name=code]").fill("000000");
  await page.keyboard.press("Enter");
  await rowState(page, name, "to_check");
});

test("recovery codes that are only here keep it from being safe, and are printed, go in a file, or are skipped from there", async () => {
  const page = await open(`${TWELVE}&device=safe&only_here`);
  await table(page);
  await page.locator("[data-safe=no]").getByText("Do not wipe the old device yet: 2 accounts have recovery codes that are only here.").waitFor();
  assert.equal(await act(page, "finish").count(), 0);
  const only = page.locator("[data-safe=no] [data-only-here]");
  await only.getByText("Only in this Keyfob: 7 recovery codes of GitHub (zoe)").first().waitFor();
  // Those of an account that is waived are so with it.
  assert.equal(await only.getByText("Mirox", { exact: false }).count(), 0);
  await page.getByRole("button", { name: `Skip the recovery codes of ${GITHUB}: they can stay behind` }).press("Enter");
  await called(page, "let codes stay ");
  await page.locator("[data-safe=no]").getByText("1 account has recovery codes").waitFor();
  await act(page, "file-codes").press("Enter");
  await act(page, "write-file").press("Enter");
  await act(page, "taken-in").press("Enter");
  await called(page, "moved by file ");
  await page.locator("[data-only-here]").waitFor({ state: "detached" });
  await page.locator("[data-safe=yes] [data-act=finish]").waitFor();
  // What was skipped is said in its row, and can be taken back there.
  await row(page, GITHUB).locator("[data-act=open]").click();
  await row(page, GITHUB).locator("[data-codes-stay]").waitFor();
  await row(page, GITHUB).locator("[data-act=codes-not-stay]").click();
  await page.locator("[data-safe=no] [data-only-here]").waitFor();
  const ended = await open(`${TWELVE}&device=finished&only_here`);
  await device(ended);
  await ended.locator("[data-ended=not_any_more][data-safe=no]").getByText("2 accounts have recovery codes that are only here: do not wipe it yet.").waitFor();
  await ended.locator("[data-ended] [data-only-here]").waitFor();
  assert.equal(await act(ended, "codes-stay").count(), 0, "nothing is noted in a change that has ended");
  await act(ended, "file-codes").click();
  await act(ended, "write-file").click();
  await ended.locator("[data-written]").waitFor();
  assert.equal(await act(ended, "taken-in").count(), 0, "nothing is noted in a change that has ended");
  await ended.getByRole("button", { name: "Close", exact: true }).click();
  await ended.getByRole("button", { name: `Print the recovery codes of ${GITHUB}` }).click();
  await ended.locator(".details .title").getByText("GitHub").waitFor();
});

test("a counted account stays open for its counter, and a button leads on to the next", async () => {
  const page = await open(`${TWELVE}&device=new`);
  await opened(PLUTON)(page);
  await page.locator("[data-search]").fill("");
  await page.locator("[name=code]").fill(await codeOf(page, PLUTON));
  await page.keyboard.press("Enter");
  await rowState(page, PLUTON, "checked");
  await row(page, PLUTON).locator("[data-set-counter]").getByRole("button", { name: "Set the counter here to 42" }).click();
  await page.getByRole("button", { name: "Set it", exact: true }).click();
  await page.getByText("The counter here stands at 42 now").waitFor();
  await act(page, "next-account").press("Enter");
  await page.waitForFunction((name) => document.activeElement?.name === "code" && document.activeElement.closest("[data-account]").dataset.account !== name, PLUTON);
});

test("a check here that cannot tell shows what was given and begins again, and an error takes an old answer away", async () => {
  const page = await open(`${TWELVE}&device=new`);
  await opened(PLATO)(page);
  await page.locator("[name=code]").fill("666123");
  await page.keyboard.press("Enter");
  await page.getByText("Given so far: 666123").waitFor();
  await act(page, "again").press("Enter");
  await page.getByLabel("The code that the old device “old laptop” shows now").waitFor();
  await page.waitForFunction(() => document.activeElement?.name === "code");
  await page.keyboard.type("000000");
  await page.keyboard.press("Enter");
  await page.locator("[data-checked=not_this_key]").waitFor();
  await page.evaluate(() => (window.fake.failWith = "vault_io"));
  await page.keyboard.press("Enter");
  await row(page, PLATO).locator("[data-error=vault_io]").waitFor();
  assert.equal(await page.locator("[data-checked]").count(), 0);
});

test("an account that is deleted meanwhile is chosen no more, and its QR code closes", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await table(page);
  await page.getByLabel("Choose all that are shown").check();
  await page.locator("[data-picked]").getByText("12 chosen").waitFor();
  await page.locator("[data-search]").fill("mirox");
  await row(page, MIROX).locator("[data-act=open]").click();
  await act(page, "show-code").click();
  await drawn(page);
  await page.evaluate(async (wanted) => {
    const one = (await window.fake.accounts()).find(({ issuer }) => issuer === wanted);
    await window.fake.deleteAccount(one.id);
    window.fake.touch();
  }, "Mirox");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await page.locator("svg[data-qr]").count(), 0);
  await page.locator("[data-picked]").getByText("11 chosen").waitFor();
});

test("the question whether to drop a change closes once that has ended elsewhere", async () => {
  const page = await open(`${TWELVE}&device=way`);
  await sheet("drop")(page);
  await page.evaluate(async () => {
    await window.fake.dropDeviceChange();
    window.fake.touch();
  });
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator("[data-ended=dropped]").waitFor();
});

test("a written file's passphrase is held once by Escape", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await sheet("file")(page);
  await act(page, "write-file").press("Enter");
  await page.locator("[data-written]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("[data-hold]").getByText("The passphrase is shown only now.", { exact: false }).waitFor();
  assert.ok(await page.locator("[data-passphrase]").isVisible());
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("those that a copy of the key does not do for are not chosen by default, and a sheet names them where they are", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await table(page);
  await page.locator("[data-picked]").getByText("8 chosen").waitFor();
  for (const name of [GITHUB, "Plausible (zoe@example.com)", "Pterodactyl (panel.example.org)"]) assert.equal(await page.getByLabel(`Choose ${name}`).isChecked(), false);
  await page.getByLabel(`Choose ${GITHUB}`).check();
  for (const way of ["google", "file"]) {
    await act(page, way).click();
    await page.locator("[data-again]").getByText(GITHUB).waitFor();
    await page.keyboard.press("Escape");
  }
});

test("all that are ready to be moved are chosen by default, and Google’s codes say which are left out before any key is shown", async () => {
  const page = await open(`accounts=48&device=begun`);
  await table(page);
  await page.locator("[data-picked]").getByText("35 chosen").waitFor();
  await act(page, "google").click();
  await page.locator("[data-left-out]").getByText("Steam’s codes are not Google’s").first().waitFor();
  await page.locator("[data-left-out]").getByText("Google’s codes hold 30 seconds only").first().waitFor();
  assert.ok(!(await calls(page)).some((call) => call.startsWith("transfer codes")));
  await drawn(page);
  await page.getByRole("heading", { name: "27 accounts in QR codes" }).waitFor();
  await page.getByText("Code 1 of 3: 10 accounts").waitFor();
  const first = await page.locator("[data-names]").innerText();
  await page.keyboard.press("ArrowRight");
  await page.getByText("Code 2 of 3").waitFor();
  assert.notEqual(await page.locator("[data-names]").innerText(), first);
  await page.keyboard.press("ArrowLeft");
  await page.getByText("Code 1 of 3").waitFor();
  assert.equal(await act(page, "all-scanned").count(), 0, "not before the last was shown");
  for (let at = 2; at <= 3; at += 1) {
    await act(page, "next").press("Enter");
    await page.getByText(`Code ${at} of 3`).waitFor();
  }
  // What turns the pages has kept the focus: pressed once more, it says nothing for the person.
  await page.waitForFunction(() => document.activeElement?.dataset.act === "next");
  await page.keyboard.press("Enter");
  assert.ok(!(await calls(page)).some((call) => call.startsWith("moved")));
  await act(page, "all-scanned").press("Enter");
  await called(page, "moved by google_qr 27");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator("[data-picked]").getByText("8 chosen").waitFor();
});

test("played, the codes follow one another by themselves until paused or turned by hand; with motion off there is no Play", async () => {
  const page = await open(`accounts=48&device=begun`);
  await sheet("google", drawn)(page);
  await act(page, "play").press("Enter");
  await page.getByText("Code 2 of 3").waitFor();
  await act(page, "play").getByText("Pause").waitFor();
  await act(page, "back").click();
  await page.getByText("Code 1 of 3").waitFor();
  await act(page, "play").getByText("Play").waitFor();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await act(page, "play").waitFor({ state: "detached" });
});

for (const [how, away] of [
  ["the sheet is closed", (page) => page.keyboard.press("Escape")],
  ["the vault is locked", (page) => page.keyboard.press("Control+l")],
  ["the vault was locked elsewhere", (page) => page.evaluate(async () => (await window.fake.lock(), window.fake.touch()))],
  ["the window is hidden", (page) => page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  })],
]) {
  for (const which of ["device_code", "device_google"]) {
    test(`no key stays in the page once ${how} (${which})`, async () => {
      const page = await open(`${TWELVE}&device=begun&closes`);
      if (which === "device_code") {
        await opened(MIROX)(page);
        await act(page, "show-code").click();
      } else {
        await sheet("google")(page);
      }
      await drawn(page);
      await away(page);
      await page.locator("svg[data-qr]").waitFor({ state: "detached" });
      await page.getByRole("dialog").waitFor({ state: "detached" });
    });
  }
}

test("a key that comes only after the sheet was closed is not shown in the next", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await opened(MIROX)(page);
  await page.evaluate(() => {
    const { transferCodes } = window.fake;
    window.fake.transferCodes = async (...asked) => {
      await new Promise((done) => (window.answer = done));
      return transferCodes(...asked);
    };
  });
  await act(page, "show-code").click();
  await act(page, "draw").click();
  await page.waitForFunction(() => window.answer);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await act(page, "show-code").click();
  await page.evaluate(() => window.answer());
  await called(page, "transfer codes");
  await act(page, "draw").waitFor();
  assert.equal(await page.locator("svg[data-qr]").count(), 0);
});

test("a code on the screen is black on white in dark too, with its margin, and large", async () => {
  const page = await open(`${TWELVE}&device=begun`, { dark: true });
  await opened(MIROX)(page);
  await act(page, "show-code").click();
  await drawn(page);
  const { fill, background, width } = await page.locator("svg[data-qr]").evaluate((one) => ({ fill: getComputedStyle(one).fill, background: getComputedStyle(one).backgroundColor, width: one.getBoundingClientRect().width }));
  assert.deepEqual([fill, background], ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
  assert.ok(width >= 340, `${width} pixels wide`);
});

test("a transfer file is written under the passphrase that is shown, and moved only on the person’s word", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await sheet("file")(page);
  await page.locator("[data-passphrase]").getByText("7K2M-QX4D-0HRT-9WVB-E5JN").waitFor();
  await act(page, "write-file").press("Enter");
  await page.locator("[data-written]").getByText("Written to keyfob-transfer.age.").waitFor();
  await called(page, "save transfer 8 7K2M-QX4D-0HRT-9WVB-E5JN");
  await page.locator("[data-passphrase]").getByText("7K2M-QX4D-0HRT-9WVB-E5JN").waitFor();
  assert.ok(!(await calls(page)).some((call) => call.startsWith("moved")));
  await act(page, "taken-in").press("Enter");
  await called(page, "moved by file 8");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await rowState(page, MIROX, "to_check");
});

test("a passphrase of one’s own is taken instead, and a file dialog that is cancelled loses nothing", async () => {
  const page = await open(`${TWELVE}&device=begun&file=cancel`);
  await sheet("file")(page);
  await page.getByRole("button", { name: "Type my own" }).press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "own-passphrase");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await called(page, "save transfer 8 correct horse battery");
  assert.equal(await page.locator("[name=own-passphrase]").inputValue(), "correct horse battery");
  assert.equal(await page.locator("[data-written]").count(), 0);
});

test("only the chosen rows are moved, and a filter chooses among what it shows", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await table(page);
  await page.getByLabel("Choose all that are shown").check();
  await page.getByLabel("Choose all that are shown").uncheck();
  await page.locator("[data-picked]").getByText("0 chosen").waitFor();
  assert.ok(await act(page, "file").isDisabled());
  await page.locator("[data-search]").fill("plato");
  await page.getByText("2 of 12 accounts").waitFor();
  await page.getByLabel("Choose all that are shown").check();
  await page.locator("[data-search]").fill("");
  await page.getByLabel(`Choose ${MIROX}`).check();
  await page.locator("[data-picked]").getByText("3 chosen").waitFor();
  await act(page, "file").click();
  await page.getByRole("heading", { name: "3 accounts in a transfer file" }).waitFor();
});

test("a service that wants a new enrollment leads to the account’s page, and it is noted as enrolled again", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await opened(GITHUB)(page);
  await row(page, GITHUB).getByText("the old device stops working", { exact: false }).waitFor();
  await act(page, "enroll").click();
  await page.locator(".details .title").getByText("GitHub").waitFor();
  await page.keyboard.press("Control+Shift+D");
  await page.waitForFunction(() => document.querySelector("[data-search]")?.value === "GitHub", undefined, { timeout: 15_000 });
  await row(page, GITHUB).locator("[data-act=open]").click();
  await act(page, "enrolled").click();
  await called(page, "moved by enrolled_again");
  await rowState(page, GITHUB, "to_check");
  await act(page, "not-moved").click();
  await rowState(page, GITHUB, "to_move");
});

test("what could not be saved is said in the row that it was asked for", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await opened(MIROX)(page);
  await page.evaluate(() => (window.fake.failWith = "vault_io"));
  await act(page, "otherwise").click();
  await row(page, MIROX).locator("[data-error=vault_io]").waitFor();
  await page.evaluate(() => (window.fake.failWith = null));
  await act(page, "otherwise").click();
  await rowState(page, MIROX, "to_check");
});

test("1,000 accounts put no more rows into the page than the screen holds, and an open row stays in it", async () => {
  for (const size of [undefined, NARROW]) {
    const page = await open("accounts=1000&device=begun", size && { size });
    await table(page);
    assert.ok((await page.locator("#device-grid [role=row]").count()) < 40);
    const first = page.locator("#device-grid [role=row]").first();
    const name = await first.getAttribute("data-account");
    await first.locator("[data-act=open]").click();
    await act(page, "otherwise").click();
    await page.locator("[name=code]").fill("123");
    await page.locator("main").evaluate((main) => (main.scrollTop = main.scrollHeight));
    await page.locator("#device-grid [aria-rowindex='1000']").waitFor();
    assert.equal(await row(page, name).locator("[name=code]").inputValue(), "123");
    const apart = await page.locator("#device-grid [role=row]").evaluateAll((rows) => {
      const places = rows.map((one) => one.getBoundingClientRect()).sort((a, b) => a.top - b.top);
      return places.every((place, n) => n === 0 || place.top >= places[n - 1].bottom - 1);
    });
    assert.ok(apart, "no row lies over another");
  }
});

test("arrows bring the chosen row into sight, below what sticks to the top", async () => {
  const page = await open("accounts=100&device=begun");
  await table(page);
  for (let n = 0; n < 6; n += 1) await page.keyboard.press("PageDown");
  for (let n = 0; n < 9; n += 1) await page.keyboard.press("ArrowUp");
  const { row: [top, bottom], field } = await page.evaluate(() => {
    const one = document.querySelector("#device-grid [aria-selected=true]").getBoundingClientRect();
    return { row: [one.top, one.bottom], field: document.querySelector(".tools").getBoundingClientRect().bottom };
  });
  assert.ok(top >= field - 1 && bottom <= 680, `${top} to ${bottom}, below ${field}`);
  assert.equal(await page.locator("#device-grid [aria-selected=true]").getAttribute("aria-rowindex"), "40");
});

test("a file of another Keyfob says what it brought, and leads on to the check", async () => {
  const page = await open("accounts=5");
  await device(page);
  await act(page, "take-in").click();
  await act(page, "choose-transfer").press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "transfer-passphrase");
  await page.keyboard.type("wrong one");
  await page.keyboard.press("Enter");
  await page.locator("[data-error=transfer_passphrase_wrong]").waitFor();
  assert.equal(await page.locator("[name=transfer-passphrase]").inputValue(), "wrong one");
  await page.getByText("Chosen: keyfob-transfer.age").waitFor();
  await page.keyboard.type("7K2M-QX4D");
  await page.keyboard.press("Enter");
  await page.locator("[data-received]").getByText("2 accounts are new, 1 was changed, 3 were here already.").waitFor();
  await act(page, "check-them").press("Enter");
  await page.getByLabel("I have moved to this one").waitFor();
  assert.ok(await page.getByLabel("I have moved to this one").isChecked());
});

test("what differs in a transfer file of another vault is shown with what it brought, and used at a word", async () => {
  const page = await open("accounts=5&differs");
  await device(page);
  await act(page, "take-in").click();
  await act(page, "choose-transfer").press("Enter");
  await page.locator("[name=transfer-passphrase]").fill("7K2M-QX4D");
  await page.keyboard.press("Enter");
  const received = page.locator("[data-received]");
  await received.getByText("it has another key there", { exact: false }).waitFor();
  await act(page, "take-differences").press("Enter");
  await received.getByText("They are used now.").waitFor();
  assert.ok(await page.evaluate(() => window.fake.calls.includes("take differences 2")));
});

test("a file that is none says so, and nothing is lost", async () => {
  const page = await open("file=wrong");
  await device(page);
  await act(page, "take-in").click();
  await act(page, "choose-transfer").click();
  await page.locator("[data-error=transfer_unreadable]").waitFor();
  assert.equal(await page.locator("[data-chosen]").count(), 0);
});

test("on the first screen a file of another Keyfob makes the vault, and the notice asks to check it", async () => {
  const page = await open("scene=first_run&accounts=4");
  await act(page, "take-in").click();
  await act(page, "choose-transfer").click();
  await page.locator("[name=transfer-passphrase]").fill("7K2M-QX4D");
  await page.keyboard.press("Enter");
  await page.locator("[data-received]").getByText("4 accounts are new", { exact: false }).waitFor();
  await page.keyboard.press("Escape");
  await list(page);
  await page.locator("[data-notice=arrived]").getByRole("button", { name: "Check them" }).click();
  assert.ok(await page.getByLabel("I have moved to this one").isChecked());
});

test("a restored backup ends with the offer to check the accounts against the old device", async () => {
  const page = await open("scene=first_run");
  await page.getByRole("button", { name: "I have a backup" }).click();
  await page.getByRole("button", { name: "Choose the backup file…" }).click();
  await page.getByLabel("Passphrase").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.locator("[data-notice=arrived]").getByRole("button", { name: "Not now" }).click();
  await page.locator("[data-notice=arrived]").waitFor({ state: "detached" });
});

test("from the overview and from the settings the ways lead there", async () => {
  const page = await open("");
  await list(page);
  await page.keyboard.press("Control+Shift+O");
  await act(page, "device").click();
  await act(page, "begin").waitFor();
  await page.keyboard.press("Control+,");
  await act(page, "compare").click();
  await act(page, "compare-make").waitFor();
  await page.locator("[data-part=change]").click();
  await act(page, "begin").waitFor();
});

test("what is pasted into the filter is read by Rust, and comes back as words", async () => {
  const page = await open(`${TWELVE}&device=begun`);
  await table(page);
  await page.evaluate(() => {
    window.fake.clipboardText = "plato";
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true }));
  });
  await page.getByText("2 of 12 accounts").waitFor();
});

test("a lock takes the change off the page", async () => {
  const page = await open(`${TWELVE}&device=way&closes`);
  await table(page);
  await page.keyboard.press("Control+l");
  await page.locator("[data-locked]").waitFor();
  assert.ok(!/GitHub|Mirox|Plato|phone/u.test(await page.evaluate(() => document.body.innerText)));
});

test("in German it is German, from the beginning to the end", async () => {
  const page = await open(TWELVE, { locale: "de-DE" });
  await device(page);
  await page.getByRole("heading", { name: "Ein anderes Gerät" }).waitFor();
  await shoot(page, "device-german-none");
  for (const [scene, size] of [["way", undefined], ["safe", NARROW], ["dropped", NARROW]]) {
    const one = await open(`${TWELVE}&device=${scene}`, { locale: "de-DE", ...(size && { size }) });
    await device(one);
    await one.locator("[data-safe]").waitFor();
    await shoot(one, `device-german-${scene}`);
    await assertAccessible(one, `german ${scene}`);
    assert.equal(await one.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false, "nothing sticks out at the side");
  }
});
