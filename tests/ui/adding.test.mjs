// The screen, the camera, and exports in several parts, on the page's deterministic backend: every state through axe and
// as pictures under target/ui, and each way by keyboard.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertAccessible, open, seeScenes, shoot } from "./page.mjs";

const calls = (page) => page.evaluate(() => window.fake.calls);
const list = async (page) => page.getByRole("option").first().waitFor();
const paste = (page) => page.evaluate(() => void document.activeElement.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true })));
const drop = (page) => page.evaluate(() => window.fake.drop({ Ok: window.fake.nextPart() }));
const note = (page, text) => page.locator("[data-parts]").getByText(text, { exact: false }).waitFor();

async function screen(page) {
  await list(page);
  await page.keyboard.press("Control+s");
  await page.getByRole("dialog", { name: "Scan the screen" }).waitFor();
}

async function camera(page) {
  await list(page);
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Use a camera" }).waitFor();
}

const says = (kind) => async (page) => {
  await camera(page);
  await page.locator(`[data-said=${kind}]`).waitFor();
};

const fails = (code) => async (page) => {
  await camera(page);
  await page.locator(`[data-error=${code}]`).waitFor();
};

async function threeParts(page) {
  await list(page);
  await paste(page);
  await note(page, "1 of 7 parts");
  await paste(page);
  await drop(page);
  await note(page, "3 of 7 parts, still missing 2, 5, 6, 7");
}

seeScenes([
  ["screen", "", screen],
  ["screen-portal", "screen=portal", screen],
  ["screen-system", "screen=system", screen],
  ...["screen_refused", "screen_unavailable", "screen_no_code", "picture_code_unreadable"].map((code) => [
    `screen-${code}`, `screen=${code}`, async (page) => {
      await screen(page);
      await page.keyboard.press("Enter");
      await page.locator(`[data-error=${code}]`).waitFor();
    },
  ]),
  ["camera-starts", "camera=starts", says("looking")],
  ["camera-looks", "camera=looks&devices", async (page) => {
    await camera(page);
    await page.locator("[data-camera=on]").waitFor();
    await page.getByText("Looking for a QR code").waitFor();
  }],
  ["camera-reads", "camera=reads", says("read")],
  ["camera-wide", "camera=reads&wide", says("read")],
  ["camera-web", "camera=web", says("problem")],
  ["camera-parts", "camera=parts&few=3", async (page) => {
    await camera(page);
    await page.getByText("3 of 7, still missing 2, 5, 6, 7").waitFor();
  }],
  ["camera-none", "camera=none", fails("camera_none")],
  ["camera-refused", "camera=refused", fails("camera_refused")],
  ["camera-busy", "camera=busy&devices", fails("camera_unavailable")],
  ["parts-3", "parts", threeParts],
  ["parts-all", "parts", async (page) => {
    await threeParts(page);
    for (let part = 4; part <= 7; part += 1) await paste(page);
    await note(page, "All 7 parts are there.");
  }],
  ["parts-failed", "parts", async (page) => {
    await threeParts(page);
    await page.evaluate(() => (window.fake.failWith = "picture_code_unreadable"));
    await page.getByRole("dialog").getByRole("button", { name: "Choose a picture" }).click();
    await page.locator("[data-error=picture_code_unreadable]").waitFor();
  }],
  ["parts-added", "parts", async (page) => {
    await threeParts(page);
    await page.getByRole("button", { name: "Add 6 accounts" }).click();
    await page.locator("[data-toast]").waitFor();
  }],
]);

test("in a low window the camera's buttons are in sight, below its picture", async () => {
  const page = await open("camera=parts&few=3", { size: { width: 720, height: 420 } });
  await camera(page);
  const goOn = page.getByRole("button", { name: "Go on with what was read" });
  await goOn.waitFor();
  await page.getByText("3 of 7", { exact: false }).waitFor();
  await shoot(page, "camera-low");
  const { y, height } = await goOn.boundingBox();
  assert.ok(y + height <= 420, `${y + height}`);
});

test("the screen is scanned by keyboard alone, and what it shows is previewed", async () => {
  const page = await open("scene=first_run");
  await page.getByRole("button", { name: "Scan the screen" }).press("Enter");
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "Scan the whole screen");
  assert.deepEqual(await calls(page), [], "nothing is looked at before the person says so");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Add this account?" }).waitFor();
  await page.keyboard.press("Enter");
  await list(page);
  assert.deepEqual(await calls(page), ["scan screen", "add"]);
});

test("a part of the screen is drawn around where that can be done, and not offered where it cannot", async () => {
  const page = await open("");
  await screen(page);
  await page.getByRole("button", { name: "Draw around the code" }).press("Enter");
  await page.getByRole("heading", { name: "Add this account?" }).waitFor();
  assert.deepEqual(await calls(page), ["scan screen region"]);
  const other = await open("screen=system");
  await screen(other);
  assert.equal(await other.getByRole("button", { name: "Draw around the code" }).count(), 0);
});

test("a refusal is said where it was asked for, and the focus stays to try again", async () => {
  const page = await open("screen=screen_refused");
  await screen(page);
  await page.keyboard.press("Enter");
  await page.locator("[data-error=screen_refused]").waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "Try again");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.fake.calls.length === 2);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("who changes their mind is back in the sheet, with no error", async () => {
  const page = await open("screen=cancel");
  await screen(page);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.fake.calls.length === 1);
  await page.getByText("Looking at the screen").waitFor({ state: "detached" });
  assert.equal(await page.locator("[data-error]").count(), 0);
  await page.getByRole("dialog", { name: "Scan the screen" }).waitFor();
});

test("from the sheet of ways and back to it with Escape", async () => {
  const page = await open("camera=looks");
  await list(page);
  await page.keyboard.press("Control+n");
  await page.getByRole("dialog").getByRole("button", { name: "Use a camera" }).press("Enter");
  await page.locator("[data-camera=on]").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Add an account" }).waitFor();
  await page.waitForFunction(() => window.fake.calls.includes("stop camera"));
});

test("a code before the camera stops it and is previewed", async () => {
  const page = await open("");
  await camera(page);
  await page.locator("svg polygon.seen").waitFor();
  await page.getByRole("heading", { name: "Add this account?" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "Add");
  assert.deepEqual(await calls(page), ["cameras", "start camera /dev/video0", "stop camera"]);
  await page.keyboard.press("Enter");
  await page.locator("[data-toast]").waitFor();
});

test("seven parts before the camera come in one after the other", async () => {
  const page = await open("camera=parts");
  await camera(page);
  await page.getByText("of 7, still missing", { exact: false }).waitFor();
  await note(page, "All 7 parts are there.");
  await page.getByRole("button", { name: "Add 14 accounts" }).waitFor();
});

test("the line under the camera's picture changes only when there is something new to say", async () => {
  const page = await open("camera=parts&few=3");
  await list(page);
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => {
      const text = document.querySelector("[data-said]")?.textContent ?? "";
      if (text !== window.said.at(-1)) window.said.push(text);
      window.changes = (window.changes ?? 0) + 1;
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await page.keyboard.press("Control+k");
  await page.getByText("3 of 7, still missing 2, 5, 6, 7").waitFor();
  await page.waitForTimeout(2_500);
  const said = await page.evaluate(() => window.said);
  assert.equal(said.filter((text) => text.includes("of 7")).length, 3, said.join("\n"));
});

test("the camera that was chosen stays chosen", async () => {
  const page = await open("camera=looks&devices");
  await camera(page);
  await page.locator("[name=camera]").selectOption("/dev/video2");
  await page.waitForFunction(() => window.fake.calls.includes("start camera /dev/video2"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.locator("[data-camera=on]").waitFor();
  assert.equal(await page.locator("[name=camera]").inputValue(), "/dev/video2");
  assert.equal((await calls(page)).at(-1), "start camera /dev/video2");
});

test("the camera is off while the window is out of sight", async () => {
  const page = await open("camera=looks");
  await camera(page);
  await page.locator("[data-camera=on]").waitFor();
  const hide = (hidden) =>
    page.evaluate((is) => {
      Object.defineProperty(document, "hidden", { value: is, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await page.waitForFunction(() => window.fake.calls.at(-1) === "stop camera");
  await page.waitForTimeout(300);
  assert.equal(await page.locator("[data-camera=on]").count(), 0);
  await hide(false);
  await page.locator("[data-camera=on]").waitFor();
});

test("a lock ends the camera and takes what it collected off the page", async () => {
  const page = await open("camera=parts&few=2&closes");
  await camera(page);
  await page.getByText("2 of 7", { exact: false }).waitFor();
  await page.keyboard.press("Control+l");
  await page.locator("[data-locked]").waitFor();
  await page.waitForFunction(() => window.fake.calls.includes("stop camera"));
  assert.equal(await page.getByRole("dialog").count(), 0);
});

test("a camera that breaks off can be tried again, and another way taken instead", async () => {
  const page = await open("camera=breaks");
  await camera(page);
  await page.locator("[data-error=camera_unavailable]").waitFor();
  await page.getByRole("button", { name: "Try again" }).press("Enter");
  await page.locator("[data-camera=on]").waitFor();
  await page.locator("[data-error=camera_unavailable]").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Scan the screen" }).press("Enter");
  await page.getByRole("dialog", { name: "Scan the screen" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("what was read goes on without the parts that are missing, and they can still be shown", async () => {
  const page = await open("camera=parts&few=3");
  await camera(page);
  await page.getByText("3 of 7, still missing 2, 5, 6, 7").waitFor();
  await page.getByRole("button", { name: "Go on with what was read" }).press("Enter");
  await note(page, "3 of 7 parts");
  await page.getByRole("button", { name: "Add 6 accounts" }).press("Enter");
  await page.locator("[data-toast]").getByText("Added 6 accounts. Parts 2, 5, 6, 7 of 7 are still missing").waitFor();
});

test("cancelled with parts collected, the camera's preview is let go of", async () => {
  const page = await open("camera=parts&few=2");
  await camera(page);
  await page.getByText("2 of 7", { exact: false }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.waitForFunction(() => window.fake.calls.at(-1) === "discard preview");
  assert.ok((await calls(page)).indexOf("stop camera") < (await calls(page)).indexOf("discard preview"));
});

test("what a person has chosen stays while parts come in, in any order and by every way", async () => {
  const page = await open("parts");
  await threeParts(page);
  const boxes = page.getByRole("dialog").getByRole("checkbox");
  await boxes.first().press("Space");
  await page.locator("[name=label]").nth(1).fill("renamed");
  await page.getByRole("button", { name: "Add 5 accounts" }).waitFor();
  const ways = page.getByRole("group", { name: "Ways to the next part" });
  await ways.getByRole("button", { name: "Scan the screen" }).press("Enter");
  await note(page, "4 of 7 parts, still missing 5, 6, 7");
  await ways.getByRole("button", { name: "Choose a picture" }).press("Enter");
  await note(page, "5 of 7 parts, still missing 5, 6");
  await ways.getByRole("button", { name: "Paste" }).press("Enter");
  await note(page, "6 of 7 parts, still missing 6. Scan, paste or drop it");
  await ways.getByRole("button", { name: "Paste" }).press("Enter");
  await note(page, "All 7 parts are there.");
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "Add 13 accounts");
  assert.equal(await boxes.first().isChecked(), false);
  assert.equal(await page.locator("[name=label]").nth(1).inputValue(), "renamed");
  assert.equal(await boxes.nth(6).isChecked(), false, "one that is there already is not picked");
  assert.equal(await boxes.nth(6).isDisabled(), true);
});

test("the camera collects into the preview that it was opened from, and Escape leads back to it", async () => {
  const page = await open("parts&camera=parts&few=2");
  await threeParts(page);
  await page.locator("[name=label]").first().fill("renamed");
  await page.getByRole("group", { name: "Ways to the next part" }).getByRole("button", { name: "Camera" }).press("Enter");
  await page.getByText("5 of 7, still missing 5, 6").waitFor();
  await page.keyboard.press("Escape");
  await note(page, "5 of 7 parts, still missing 5, 6");
  assert.equal(await page.locator("[name=label]").first().inputValue(), "renamed");
  await page.waitForFunction(() => window.fake.calls.at(-1) === "stop camera");
});

test("who will ask is said before the screen is scanned for a further part, and once", async () => {
  const page = await open("parts&screen=portal");
  await threeParts(page);
  const scan = page.getByRole("dialog").getByRole("button", { name: "Scan the screen" });
  await scan.press("Enter");
  await page.locator("[data-asks=portal]").waitFor();
  await page.keyboard.press("Enter");
  await note(page, "4 of 7 parts");
  await scan.press("Enter");
  await note(page, "5 of 7 parts");
});

test("a picture that fails takes nothing away of what was collected", async () => {
  const page = await open("parts");
  await threeParts(page);
  await page.evaluate(() => (window.fake.failWith = "picture_no_code"));
  await paste(page);
  await page.locator("dialog [data-error=picture_no_code]").waitFor();
  assert.ok(await page.locator("dialog [data-error]").isVisible());
  await note(page, "3 of 7 parts");
  await page.evaluate(() => (window.fake.failWith = null));
  await page.evaluate(() => window.fake.drop({ Err: { code: "picture_damaged", message: "the picture is damaged", remedy: "Save it again." } }));
  await page.locator("dialog [data-error=picture_damaged]").waitFor();
  await paste(page);
  await note(page, "4 of 7 parts");
  assert.equal(await page.locator("[data-error]").count(), 0);
});

test("words on the clipboard are no account, and are said so where there is nothing to search", async () => {
  const page = await open("parts");
  await threeParts(page);
  await page.evaluate(() => (window.fake.clipboardText = "plato"));
  await paste(page);
  await page.locator("dialog [data-error=not_otp]").waitFor();
  await note(page, "3 of 7 parts");
});

test("in a name, a pasted picture is the next part, and pasted words are a name", async () => {
  const page = await open("parts");
  await threeParts(page);
  await page.locator("[name=label]").first().focus();
  const pasteInto = (kind) =>
    page.evaluate((what) => {
      const clipboardData = new DataTransfer();
      if (what === "picture") clipboardData.items.add(new File(["x"], "part.png", { type: "image/png" }));
      else clipboardData.setData("text/plain", "zoe");
      return document.activeElement.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }));
    }, kind);
  assert.equal(await pasteInto("words"), true, "left to the field");
  await note(page, "3 of 7 parts");
  assert.equal(await pasteInto("picture"), false);
  await note(page, "4 of 7 parts");
});

test("all or none of several accounts are picked at once", async () => {
  const page = await open("parts");
  await threeParts(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "None" }).press("Enter");
  assert.ok(await dialog.getByRole("button", { name: "Add 0 accounts" }).isDisabled());
  await dialog.getByText("0 of 7 chosen").waitFor();
  await dialog.getByRole("button", { name: "All", exact: true }).press("Enter");
  await dialog.getByRole("button", { name: "Add 6 accounts" }).waitFor();
});

for (const [name, query, reach] of [
  ["camera", "camera=parts&few=3", async (page) => {
    await page.keyboard.press("Control+k");
    await page.getByText("3 von 7, es fehlen noch 2, 5, 6, 7").waitFor();
  }],
  ["screen", "screen=portal", async (page) => {
    await page.keyboard.press("Control+s");
    await page.getByRole("button", { name: "Code umrahmen" }).waitFor();
  }],
  ["parts", "parts", async (page) => {
    await paste(page);
    await paste(page);
    await drop(page);
    await note(page, "3 von 7 Teilen, es fehlen noch 2, 5, 6, 7.");
  }],
]) {
  test(`in German the ${name} is German`, async () => {
    const page = await open(query, { locale: "de-DE" });
    await list(page);
    await reach(page);
    await shoot(page, `${name}-german`);
    await assertAccessible(page, `${name} in German`);
  });
}
