// This computer's clock, on the page's deterministic backend: each verdict through axe and as pictures under target/ui, asking a host
// by keyboard, codes that are set off, and a clock that is set while the page is open.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NARROW, assertAccessible, open, seeScenes, shoot } from "./page.mjs";

const calls = (page) => page.evaluate(() => window.fake.calls);
const button = (page, name) => page.getByRole("button", { name, exact: true });
const list = (page) => page.getByRole("option").first().waitFor();
const focused = (page, what) => page.waitForFunction((selector) => document.activeElement?.matches(selector), what);
const verdict = (page, is) => page.locator(`[data-clock=${is}]`);
const bigCode = (page) => page.locator(".details .code.large [data-code]").getAttribute("data-code");

async function section(page) {
  await list(page);
  await page.keyboard.press("Control+,");
  await page.locator("[data-clock] [data-system]").waitFor();
  await page.locator("[data-clock]").evaluate((one) => one.scrollIntoView());
}

const asked = (is) => async (page) => {
  await section(page);
  await page.locator("[data-ask]").click();
  await page.locator("[data-answers]").waitFor();
  await verdict(page, is).waitFor();
  await page.locator("[data-clock]").evaluate((one) => one.scrollIntoView());
};

const offset = async (page) => {
  await section(page);
  await page.getByText("I cannot set this computer’s clock").click();
  await page.locator("[name=offset]").evaluate((one) => one.scrollIntoView({ block: "center" }));
};

const account = async (page) => {
  await list(page);
  await page.getByRole("combobox").fill("github");
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  if (page.viewportSize().width < 720) await page.keyboard.press("ArrowRight");
  await page.locator(".view [data-clock-offset]").waitFor();
};

seeScenes([
  ["clock-good", "", section],
  ["clock-asked", "", asked("good")],
  ["clock-warn", "ask=warn", asked("warn")],
  ["clock-alarm", "ask=alarm&system=windows", asked("alarm")],
  ["clock-years", "ask=years&system=macos", asked("alarm")],
  ["clock-disagree", "ask=disagree", asked("disagree")],
  ["clock-partial", "ask=partial", asked("good")],
  ["clock-failed", "ask=fail&clock=unsure", asked("unsure")],
  ["clock-unsure", "clock=unsure", section],
  ["clock-rough", "clock=rough", section],
  ["clock-behind-vault", "clock=behind", section],
  ["clock-kept", "clock=alarm&kept", section],
  ["clock-behind", "clock=behind&program", section],
  ["clock-asking", "ask=hang", async (page) => {
    await section(page);
    await page.locator("[data-ask]").click();
    await button(page, "Do not wait").waitFor();
  }],
  ["clock-error", "", async (page) => {
    await list(page);
    await page.evaluate(() => (window.fake.clock = () => Promise.reject({ code: "internal", message: "it failed (internal)", remedy: "Try again." })));
    await page.evaluate(() => window.fake.jump(0));
    await page.keyboard.press("Control+,");
    await page.locator("[data-clock] [data-error=internal]").waitFor();
    await page.locator("[data-clock]").evaluate((one) => one.scrollIntoView());
  }],
  ["clock-offset-ask", "clock=alarm", async (page) => {
    await offset(page);
    await button(page, "Use this offset…").click();
    await page.getByText("Is that what you want?").waitFor();
  }],
  ["clock-offset", "clock=alarm&offset=-45", async (page) => {
    await section(page);
    await page.locator("[name=offset]").evaluate((one) => one.scrollIntoView({ block: "center" }));
  }],
  ["clock-offset-list", "offset=-45&clock=alarm", list],
  ["clock-offset-account", "offset=-45&clock=alarm", account],
  ["clock-notice-alarm", "clock=alarm", list],
  ["clock-notice-behind", "clock=behind&program", list],
  ["clock-notice-warn", "clock=warn", list],
  ["clock-notice-jumped", "clock=jumped", list],
]);

test("no host is asked but by a click that names it, and then that one alone", async () => {
  const page = await open("");
  const contacted = [];
  page.on("request", (request) => contacted.push(request.url()));
  await section(page);
  assert.deepEqual(await calls(page), []);
  const host = page.getByLabel("Host", { exact: true });
  assert.equal(await host.inputValue(), "time.cloudflare.com");
  await button(page, "Ask time.cloudflare.com").waitFor();
  await host.fill("sntp://time.example.org");
  await page.getByText("A click contacts time.example.org by SNTP, and asks it for the time.").waitFor();
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => document.activeElement.textContent.trim() === "Ask sntp://time.example.org");
  await page.keyboard.press("Enter");
  await verdict(page, "good").locator("[data-way=sntp]").waitFor();
  assert.deepEqual(await calls(page), ["ask clock sntp://time.example.org"]);
  assert.deepEqual(contacted, [], "the page itself contacts nobody");
});

test("an empty field asks nobody, and what is no host is refused where it was typed", async () => {
  const page = await open("");
  await section(page);
  const host = page.getByLabel("Host", { exact: true });
  await host.fill(" ");
  assert.equal(await page.locator("[data-ask]").isDisabled(), true);
  await page.keyboard.press("Enter");
  await host.fill("not a host");
  await page.keyboard.press("Enter");
  await page.locator("[data-clock] [data-error=time_host_invalid]").waitFor();
  assert.deepEqual(await calls(page), ["ask clock not a host"]);
});

test("asking can be left, and what comes after that is shown to nobody", async () => {
  const page = await open("");
  await section(page);
  await page.evaluate(() => {
    const { askClock } = window.fake;
    window.fake.askClock = async (host) => {
      await new Promise((done) => (window.goOn = done));
      return askClock(host);
    };
  });
  await page.locator("[data-ask]").press("Enter");
  await page.getByText("Asking time.cloudflare.com…").waitFor();
  await page.waitForFunction(() => document.activeElement.textContent.trim() === "Do not wait");
  await page.keyboard.press("Enter");
  await focused(page, "[name=host]");
  await page.evaluate(() => window.goOn());
  await page.waitForFunction(() => window.fake.calls.includes("ask clock time.cloudflare.com"));
  assert.equal(await page.locator("[data-answers]").count(), 0);
  await page.locator("[data-ask]").waitFor();
});

test("each answer says how far off the clock is and how exactly that is known, or what to do", async () => {
  const page = await open("ask=partial");
  await asked("good")(page);
  await page.locator("[data-way=https]").getByText("This computer’s clock is 0.48 seconds behind, ± 0.54.").waitFor();
  await page.locator("[data-way=sntp] [data-error=time_timeout]").getByText("ask another host").waitFor();
});

test("a wrong clock says how to mend it on the system that it is on", async () => {
  for (const [system, said] of [["linux", "timedatectl set-ntp true"], ["windows", "Settings ▸ Time & language ▸ Date & time ▸ Set time automatically"], ["macos", "System Settings ▸ General ▸ Date & Time ▸ Set time and date automatically"]]) {
    const page = await open(`ask=alarm&system=${system}`);
    await section(page);
    assert.equal(await page.locator("[data-mend]").count(), 0, "a right clock needs no mending");
    await page.locator("[data-ask]").click();
    await page.locator(`[data-mend=${system}]`).getByText(said).waitFor();
  }
});

test("codes are set off only after a person has read what that means, and that is then always in sight", async () => {
  const page = await open("clock=alarm");
  await offset(page);
  assert.equal(await page.locator("[name=offset]").inputValue(), "45");
  assert.equal(await page.locator("[name=way]").inputValue(), "back");
  await page.locator("[name=offset]").press("Enter");
  await page.getByText("From now on, codes are made for a time 45 seconds before the one that this computer’s clock shows.").waitFor();
  assert.deepEqual(await calls(page), []);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator("[data-clock] [data-offset='-45']").waitFor();
  assert.deepEqual(await calls(page), ["set clock offset -45"]);
  await verdict(page, "good").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".list [data-clock-offset='-45']").waitFor();
  await page.locator(".view [data-clock-offset='-45']").waitFor();
  // The codes are those of then.
  const [shown, expected] = await page.evaluate(() => {
    const id = document.querySelector("[role=option][aria-selected=true]").id.slice("row-".length);
    const step = Number(document.querySelector(".details [data-code]").dataset.code.length === 8 ? 60 : 30);
    return [document.querySelector(".details [data-code]").dataset.code, window.fake.codeAt(id, Math.floor((window.fake.now() - 45) / step))];
  });
  assert.equal(shown, expected);
  await page.locator(".list [data-clock-offset] button").press("Enter");
  await focused(page, "#clock");
  await button(page, "Take it back").press("Enter");
  await page.locator("[data-clock] [data-offset]").waitFor({ state: "detached" });
  assert.deepEqual(await calls(page), ["set clock offset -45", "set clock offset 0"]);
  await page.keyboard.press("Escape");
  await list(page);
  assert.equal(await page.locator("[data-clock-offset]").count(), 0);
});

test("codes can be set forward too, and more than the core takes is refused there", async () => {
  const page = await open("clock=unsure");
  await offset(page);
  await page.locator("[name=offset]").fill("7200");
  await page.locator("[name=way]").selectOption("forward");
  await button(page, "Use this offset…").click();
  await page.getByText("for a time 2 hours after the one").waitFor();
  await page.evaluate(() => (window.fake.failWith = "number_invalid"));
  await button(page, "Use it").click();
  await page.locator("[data-clock] [data-error=number_invalid]").waitFor();
  assert.deepEqual(await calls(page), ["set clock offset 7200"]);
});

test("an offset is in sight in a narrow window too, on the list and on the account's page", async () => {
  const page = await open("offset=-45", { size: NARROW });
  await list(page);
  assert.equal(await page.locator(".list [data-clock-offset]").isVisible(), true);
  await account(page);
  assert.equal(await page.locator(".view [data-clock-offset]").isVisible(), true);
});

test("where the clock is set, the codes on the page are of the new time, and a notice leads to the clock", async () => {
  const page = await open("clock=unsure");
  await list(page);
  await page.getByRole("combobox").fill("github");
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  const before = await bigCode(page);
  await page.evaluate(() => window.fake.jump(3_600));
  await page.waitForFunction((old) => document.querySelector(".details .code.large [data-code]").dataset.code !== old, before);
  const expected = await page.evaluate(() => {
    const id = document.querySelector("[role=option]").id.slice("row-".length);
    return window.fake.codeAt(id, Math.floor(window.fake.now() / 30));
  });
  assert.equal(await bigCode(page), expected);
  await page.locator("[data-clock-notice=jumped]").getByText("was set 1 hour forward").waitFor();
  await button(page, "Look at the clock").press("Enter");
  await focused(page, "#clock");
  await page.locator("[data-jumped]").getByText("It was set 1 hour forward").waitFor();
});

test("a notice of a jump is put away, comes back with the next jump, and an alarm stays", async () => {
  const page = await open("clock=unsure");
  await list(page);
  await page.evaluate(() => window.fake.jump(-600));
  await page.locator("[data-clock-notice=jumped]").getByText("10 minutes back").waitFor();
  await button(page, "It is fine").press("Enter");
  await page.locator("[data-clock-notice]").waitFor({ state: "detached" });
  // The computer slept: the codes are looked up, and there is nothing to say.
  await page.evaluate(() => window.fake.jump(0));
  await page.evaluate(() => window.fake.jump(7_200));
  await page.locator("[data-clock-notice=jumped]").getByText("2 hours forward").waitFor();
  const other = await open("clock=alarm");
  await other.locator("[data-clock-notice=alarm]").waitFor();
  assert.equal(await button(other, "It is fine").count(), 0);
});

test("a clock that shows a time that has surely passed is an alarm from the start", async () => {
  const page = await open("clock=behind&program");
  await page.locator("[data-clock-notice=alarm]").getByText("This computer’s clock is at least 2 days behind: codes are wrong.").waitFor();
  await button(page, "Look at the clock").click();
  await verdict(page, "alarm").getByText("It shows a time before this Keyfob was made.").waitFor();
  // No host knows better.
  await page.locator("[data-ask]").click();
  await page.locator("[data-answers]").waitFor();
  await verdict(page, "alarm").getByText("It shows a time before this Keyfob was made.").waitFor();
});

test("a clock that shows a time before the vault was last saved is behind now, or was ahead then", async () => {
  const page = await open("clock=behind");
  await page.locator("[data-clock-notice=warn]").getByText("This computer’s clock may be behind: services may refuse codes.").waitFor();
  await button(page, "Look at the clock").click();
  await verdict(page, "warn").getByText("It shows a time before this vault was last saved: it is behind now, or was ahead then.").waitFor();
});

test("an answer that is too rough, or too old, vouches for nothing and says so", async () => {
  const rough = await open("clock=rough");
  await section(rough);
  await verdict(rough, "unsure").getByText("The answer was too rough (± 12.4 s): ask again, or another host.").waitFor();
  const old = await open("clock=old");
  await section(old);
  await verdict(old, "unsure").getByText("What a host said of it was too long ago: ask again.").waitFor();
});

test("while the system keeps the clock right, how to mend it is said only where it is measured to be wrong", async () => {
  const page = await open("clock=disagree&kept");
  await section(page);
  await verdict(page, "disagree").waitFor();
  assert.equal(await page.locator("[data-mend]").count(), 0);
  const wrong = await open("clock=alarm&kept");
  await section(wrong);
  await wrong.locator("[data-mend-on]").getByText("Automatic time is switched on, but does not work").waitFor();
});

test("a locked vault keeps no notice of the clock in the page", async () => {
  const page = await open("closes&clock=behind&program");
  await page.locator("[data-clock-notice=alarm]").waitFor();
  await page.keyboard.press("Control+l");
  await page.locator("[data-locked]").waitFor();
  assert.equal(await page.locator("[data-clock-notice]").count(), 0);
});

test("in German the clock is German", async () => {
  const page = await open("clock=alarm&offset=-90", { locale: "de-DE" });
  await list(page);
  await shoot(page, "clock-german-list");
  await assertAccessible(page, "german list with clock");
  await page.keyboard.press("Control+,");
  await page.locator("[data-clock] [data-system]").waitFor();
  await page.getByText("Einen Rechner im Netz fragen").waitFor();
  await page.locator("[data-clock]").evaluate((one) => one.scrollIntoView());
  await shoot(page, "clock-german");
  await assertAccessible(page, "german clock");
});
