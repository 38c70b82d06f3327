// Keys, locking, past versions and backups, on the page's deterministic backend: every view by keyboard, through axe,
// and as pictures under target/ui.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertAccessible, open, seeScenes, shoot } from "./page.mjs";

const settings = async (page) => {
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Control+,");
  await page.getByRole("heading", { name: "Who can open the vault" }).waitFor();
  await page.locator("[data-key]").first().waitFor();
};

const dialog = (button) => async (page) => {
  await settings(page);
  await page.getByRole("button", { name: button }).first().click();
  await page.getByRole("dialog").waitFor();
};

const ALL = "keys&backups&trash";

seeScenes([
  ["locked", "scene=locked&closes", async (page) => page.getByLabel("Passphrase").waitFor()],
  ["locked-keychain", "scene=locked", async (page) => page.getByRole("button", { name: "Unlock with this computer" }).waitFor()],
  ["locked-wrong", "scene=locked&closes&wait=12", async (page) => {
    await page.getByText("Try again in 1", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Use the recovery key" }).click();
    await page.getByLabel("Recovery key").waitFor();
  }],
  ["locked-forgot", "scene=locked&closes", async (page) => {
    await page.getByRole("button", { name: "I cannot open it" }).click();
    await page.getByRole("heading", { name: "If the passphrase is forgotten" }).waitFor();
  }],
  ["settings-fresh", "", settings],
  ["settings-full", ALL, settings],
  ["settings-bottom", ALL, async (page) => {
    await settings(page);
    await page.getByRole("heading", { name: "Where the vault lies" }).scrollIntoViewIfNeeded();
  }],
  ["recovery-key", "", dialog("Make a recovery key")],
  ["prove-key", "keys&unproved", dialog("Type it back")],
  ["passphrase-set", "", dialog("Set a passphrase")],
  ["passphrase-change", "keys", dialog("Change the passphrase")],
  ["remove-key", "keys", dialog("Remove: A computer")],
  ["remove-this-device", "keys", dialog("Remove: This computer")],
  ["rekey", "keys", dialog("Make new keys for all")],
  ["past", ALL, dialog("Look into the version")],
  ["empty-trash", ALL, dialog("Empty the trash")],
  ["restore", "", async (page) => {
    await dialog("Restore a backup")(page);
    await page.getByRole("button", { name: "Choose the backup file" }).click();
    await page.getByText("Chosen:", { exact: false }).waitFor();
  }],
  ["first-run-backup", "scene=first_run", async (page) => {
    await page.getByRole("button", { name: "I have a backup" }).click();
    await page.getByRole("button", { name: "Choose the backup file" }).click();
    await page.getByText("Chosen:", { exact: false }).waitFor();
  }],
  ["notice-one-key", "", async (page) => page.locator("[data-notice=one-key]").waitFor()],
  ["notice-backup", "keys&backups&unproved", async (page) => page.locator("[data-notice=backup]").waitFor()],
  ["notice-waiting", "keys&waiting&takenin=1", async (page) => {
    await page.locator("[data-waiting]").waitFor();
    await page.locator("[data-notice=taken-in]").waitFor();
  }],
  ["notice-beside", "keys&beside", async (page) => page.locator("[data-notice=beside]").waitFor()],
  ["codes-foreign", "nolock&foreign", async (page) => {
    await settings(page);
    await page.getByRole("button", { name: "Enter its passphrase" }).click();
    await page.getByRole("dialog").getByLabel("Passphrase").waitFor();
  }],
  ["offer", "scene=trouble-vault_damaged", async (page) => {
    await page.getByRole("button", { name: "Look for a past version" }).click();
    await page.locator("[data-offer]").waitFor();
  }],
  ["other-ways", "scene=trouble-keychain_no_key&keys", async (page) => {
    await page.getByRole("button", { name: "Other ways in" }).click();
    await page.getByLabel("Passphrase").waitFor();
  }],
  ...["vault_forged", "vault_replaced", "passphrase_old", "keychain_two_keys", "keychain_no_collection"].map((code) => [
    `trouble-${code}`, `scene=trouble-${code}`, async (page) => page.getByRole("button", { name: "Try again" }).waitFor(),
  ]),
]);

const calls = (page) => page.evaluate(() => window.fake.calls);

test("a lock takes everything off the page, and the passphrase brings it back, by keyboard", async () => {
  const page = await open("closes");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await page.keyboard.press("Control+l");
  await page.locator("[data-locked]").waitFor();
  const text = await page.evaluate(() => document.body.innerText);
  assert.ok(!/GitHub|Mirox|Plato|\d{3}\s\d{3}/u.test(text), text);
  await page.keyboard.type("wrong one");
  await page.keyboard.press("Enter");
  await page.locator("[data-error=passphrase_wrong]").waitFor();
  await page.keyboard.type("the right one");
  await page.keyboard.press("Enter");
  await page.getByRole("option").first().waitFor();
});

test("a vault that was locked elsewhere closes the page too", async () => {
  const page = await open("");
  await page.getByRole("option").first().waitFor();
  await page.evaluate(async () => {
    await window.fake.lock();
    window.fake.touch();
  });
  await page.locator("[data-locked]").waitFor();
});

test("the lock screen is there at once, though the vault does not answer, and what comes back late is not shown", async () => {
  const page = await open("closes");
  await page.getByRole("option").first().waitFor();
  await page.evaluate(() => {
    const never = () => new Promise(() => {});
    const { accounts, openVault } = window.fake;
    window.late = [];
    // A look at the vault is under way, and is answered only after the lock.
    window.fake.openVault = () => new Promise((answer) => window.late.push(() => answer(openVault())));
    window.fake.accounts = accounts;
    window.fake.touch();
    window.fake.lock = window.fake.ways = window.fake.vaultPlace = never;
    window.fake.lockFromOutside();
  });
  await page.locator("[data-locked]").waitFor();
  assert.equal(await page.getByRole("option").count(), 0);
  await page.getByLabel("Passphrase").waitFor();
  await page.evaluate(() => window.late.splice(0, 1).forEach((answer) => answer()));
  await page.waitForTimeout(300);
  assert.equal(await page.getByRole("option").count(), 0);
  assert.equal(await page.locator("[data-locked]").count(), 1);
  assert.deepEqual(page.broken, []);
});

test("another action that does not end is named where the vault is to be unlocked", async () => {
  const page = await open("scene=locked&closes");
  await page.getByLabel("Passphrase").waitFor();
  await page.evaluate(() => {
    window.fake.unlock = () => Promise.reject({ code: "still_running", message: "another action is still running", remedy: "Wait a moment, then try again." });
  });
  await page.getByLabel("Passphrase").fill("the right one");
  await page.keyboard.press("Enter");
  await page.locator("[data-error=still_running]").waitFor();
  assert.equal(await page.locator("[data-locked]").count(), 1);
});

test("a recovery key is made from the notice, proved by three groups, and the notice goes", async () => {
  const page = await open("");
  await page.locator("[data-notice=one-key] button").click();
  const fields = page.getByRole("dialog").getByRole("textbox");
  await fields.first().waitFor();
  const shown = await page.locator("[data-kit] code").allInnerTexts();
  const groups = shown.filter((text) => text.length <= 4);
  assert.equal(groups.length, 15);
  await fields.nth(0).fill("AAAA");
  await fields.nth(1).fill(groups[6].toLowerCase());
  await fields.nth(2).fill(groups[11]);
  await page.keyboard.press("Enter");
  await page.locator("[data-error=recovery_key_unproved]").waitFor();
  await fields.nth(0).fill(groups[1]);
  await page.keyboard.press("Enter");
  await page.getByText("The recovery key opens the vault now").first().waitFor();
  assert.equal(await page.locator("[data-notice=one-key]").count(), 0);
});

test("a recovery key that is not kept is forgotten", async () => {
  const page = await open("");
  await page.locator("[data-notice=one-key] button").click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual(await calls(page), ["make recovery key false", "discard recovery key"]);
  assert.ok(!(await page.content()).includes("Q9778"));
});

test("on paper there is the kit and nothing else", async () => {
  const page = await open("");
  await page.locator("[data-notice=one-key] button").click();
  await page.locator("[data-kit]").waitFor();
  await page.emulateMedia({ media: "print" });
  await shoot(page, "kit-paper");
  const seen = await page.evaluate(() => [...document.querySelectorAll("button, [role=option], input")].filter((e) => getComputedStyle(e).visibility === "visible").length);
  assert.equal(seen, 0);
  assert.ok(await page.getByText("age -d -i key.txt vault.age", { exact: false }).isVisible());
});

test("two different new passphrases are not taken", async () => {
  const page = await open("");
  await dialog("Set a passphrase")(page);
  await page.getByLabel("New passphrase").fill("correct horse");
  await page.getByLabel("Once more").fill("correct hose");
  await page.keyboard.press("Enter");
  await page.getByText("The two are not the same.").waitFor();
  assert.ok(!(await calls(page)).includes("set passphrase"));
});

test("removing the key that is in use asks for another first", async () => {
  const page = await open("keys");
  await dialog("Remove: This computer")(page);
  await page.getByRole("dialog").getByLabel("Passphrase").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.fake.calls.some((call) => /^remove .* proved$/u.test(call)));
});

test("an account of a past version is put back, and all of them are", async () => {
  const page = await open(ALL);
  await dialog("Look into the version")(page);
  await page.getByRole("dialog").getByRole("button", { name: "Put back: Mirox", exact: false }).click();
  await page.waitForFunction(() => window.fake.calls.includes("restore snapshot-6 1"));
  await page.getByRole("button", { name: "Put all back" }).click();
  await page.waitForFunction(() => window.fake.calls.includes("restore snapshot-6 all"));
});

test("a backup restores a first run", async () => {
  const page = await open("scene=first_run");
  await page.getByRole("button", { name: "I have a backup" }).press("Enter");
  await page.getByRole("button", { name: "Choose the backup file" }).press("Enter");
  await page.getByLabel("Passphrase").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.getByRole("option").first().waitFor();
  assert.deepEqual(await calls(page), ["choose backup", "restore backup"]);
});

test("a past version takes the place of a damaged file", async () => {
  const page = await open("scene=trouble-vault_damaged");
  await page.getByRole("button", { name: "Look for a past version" }).press("Enter");
  await page.getByRole("button", { name: "Put it in place" }).press("Enter");
  await page.getByRole("option").first().waitFor();
});

test("in German the settings are German", async () => {
  const page = await open(ALL, { locale: "de-DE" });
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Control+,");
  await page.getByRole("heading", { name: "Wer den Tresor öffnen kann" }).waitFor();
  await shoot(page, "settings-german");
  await assertAccessible(page, "german settings");
});

test("the changes of a computer that was removed wait until a person adds them", async () => {
  const page = await open("keys&waiting");
  const notice = page.locator("[data-notice=waiting]");
  await notice.getByText("12 accounts, 2 of them new", { exact: false }).waitFor();
  await notice.getByRole("button", { name: "Add its changes" }).press("Enter");
  await notice.waitFor({ state: "detached" });
  assert.ok((await calls(page)).includes("end waiting vault.age.waiting-1699900000 take"));
});

test("the changes of a computer that was removed are set aside where a person says so", async () => {
  const page = await open("keys&waiting");
  await page.getByRole("button", { name: "Set aside" }).press("Enter");
  await page.locator("[data-notice=waiting]").waitFor({ state: "detached" });
  assert.ok((await calls(page)).includes("end waiting vault.age.waiting-1699900000 aside"));
});

test("what is open takes the place of a file that no key opens when a person says so", async () => {
  const page = await open("keys&beside");
  const notice = page.locator("[data-notice=beside]");
  await notice.getByRole("button", { name: "Put mine in its place" }).press("Enter");
  await notice.waitFor({ state: "detached" });
  assert.ok((await calls(page)).includes("take place"));
});

test("that changes of another computer were added is said until it is read", async () => {
  const page = await open("keys&takenin=2");
  const notice = page.locator("[data-notice=taken-in]");
  await notice.getByRole("button").press("Enter");
  await notice.waitFor({ state: "detached" });
});

test("what differs in a backup of another vault is used only where a person says so", async () => {
  const page = await open("differs");
  await dialog("Restore a backup")(page);
  await page.getByRole("button", { name: "Choose the backup file" }).press("Enter");
  await page.getByRole("dialog").getByLabel("Passphrase").fill("correct horse");
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog", { name: "What else the file says" });
  await sheet.getByText("it has another key there", { exact: false }).waitFor();
  await sheet.getByText("3 other recovery codes there; 1 recovery code was used there, or is void; 2FA was turned off there", { exact: false }).waitFor();
  await sheet.getByText("is in the trash", { exact: false }).waitFor();
  await sheet.getByText("in the future of this computer", { exact: false }).waitFor();
  assert.ok(!(await calls(page)).includes("take differences 2"));
  await assertAccessible(page, "differences");
  await shoot(page, "differences");
  await sheet.getByRole("button", { name: "Use these too" }).press("Enter");
  await sheet.getByText("They are used now.").waitFor();
  assert.ok((await calls(page)).includes("take differences 2"));
});

test("recovery codes from a file with its own passphrase are opened by it, though the person has none", async () => {
  const page = await open("nolock&foreign");
  await dialog("Enter its passphrase")(page);
  await page.getByRole("dialog").getByLabel("Passphrase").fill("theirs");
  await page.keyboard.press("Enter");
  await page.locator("[data-foreign]").waitFor({ state: "detached" });
});

test("an old passphrase leads to the screen where the old copy can be accepted", async () => {
  const page = await open("scene=locked&closes");
  await page.getByLabel("Passphrase").waitFor();
  await page.evaluate(() => {
    window.fake.unlock = () => Promise.reject({ code: "passphrase_old", message: "that passphrase is an old one", remedy: "Use the current one." });
  });
  await page.getByLabel("Passphrase").fill("the old one");
  await page.keyboard.press("Enter");
  await page.locator("[data-trouble=passphrase_old]").waitFor();
  await page.getByRole("button", { name: "Accept this file" }).press("Enter");
  await page.getByLabel("Passphrase").fill("the old one");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.fake.calls.includes("accept"));
});
