// Driving the page on its deterministic backend, in Debian's Chromium; shared by the tests of the page.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(join(root, "ui/package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { preview } = await import(pathToFileURL(require.resolve("vite")).href);

const shots = join(root, "target/ui");
export const AT = 1_700_000_012;
export const WIDE = { width: 980, height: 680 };
export const NARROW = { width: 360, height: 640 };
let server;
export let browser, base;

before(async () => {
  mkdirSync(shots, { recursive: true });
  process.chdir(join(root, "ui"));
  server = await preview({ build: { outDir: "dist-fake" }, preview: { port: 0, host: "127.0.0.1" }, logLevel: "error" });
  base = server.resolvedUrls.local[0];
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

export async function open(query, { size = WIDE, dark = false, locale = "en-GB", contrast = "no-preference" } = {}) {
  const context = await browser.newContext({ viewport: size, colorScheme: dark ? "dark" : "light", locale, contrast });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const broken = [];
  page.on("pageerror", (error) => broken.push(String(error)));
  await page.goto(`${base}?at=${AT}&${query}`);
  page.broken = broken;
  return page;
}

// A page that a failed test leaves open would go on drawing its rings, and slow all that follow.
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

export async function settle(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

export async function shoot(page, name) {
  await settle(page);
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"];

export async function assertAccessible(page, name, rules = { type: "tag", values: RULES }) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const found = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), rules);
  const said = found.violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `  ${n.html}\n  ${n.failureSummary}`).join("\n")}`);
  assert.equal(said.length, 0, `${name}: ${said.join("\n")}`);
  assert.deepEqual(page.broken, [], name);
}

async function assertNothingSticksOut(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  assert.equal(wide, false, "nothing sticks out at the side");
}

/** Each scene is a name, the query of the fake backend, and how it is reached: through axe and as a picture, in light, in dark and
 *  in a narrow window. Dark is the same page with other colours: of it axe looks at those alone. */
export function seeScenes(scenes) {
  for (const [name, query, reach] of scenes) {
    const reached = async (options) => {
      const page = await open(query, options);
      await page.locator("main h1").first().waitFor({ state: "attached" });
      await reach(page);
      return page;
    };
    test(`${name} is accessible (light and dark)`, async () => {
      const page = await reached({});
      await shoot(page, `${name}-light`);
      await assertAccessible(page, name);
      await assertNothingSticksOut(page);
      await page.emulateMedia({ colorScheme: "dark" });
      // Colours on their way from light to dark have no contrast to speak of.
      await settle(page);
      await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)));
      await shoot(page, `${name}-dark`);
      await assertAccessible(page, `${name}, dark`, { type: "rule", values: ["color-contrast"] });
    });
    test(`${name} is accessible (narrow)`, async () => {
      const page = await reached({ size: NARROW });
      await shoot(page, `${name}-narrow`);
      await assertAccessible(page, name);
      await assertNothingSticksOut(page);
    });
  }
}
