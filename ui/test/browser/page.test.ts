/** What the page promises by itself: its weight, what it leaves behind, how one leaves it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Browser, Page } from "puppeteer-core";
import { drop } from "../fixture.ts";
import { heading, launch, missing, open, Recipient, server, temporary, undoing } from "./rig.ts";
import { good, wire } from "../wire.ts";

const honest = await drop("harbour");

test("a first load is four requests and at most 60 KB", { skip: missing("chromium"), timeout: 120_000 }, async (t) => {
  const after = undoing(t);
  const dir = await temporary(after);
  const at = await server(dir);
  after(() => at.stop());
  const recipient = await Recipient.make(join(dir, "recipient"));
  const link = await recipient.drop(at.url);
  const browser = await launch("chromium");
  after(() => browser.close());
  const page = await browser.newPage();
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  const urls = new Map<string, string>();
  let weight = 0;
  const loaded: string[] = [];
  session.on("Network.requestWillBeSent", (e) => urls.set(e.requestId, new URL(e.request.url).pathname));
  session.on("Network.loadingFinished", (e) => {
    const path = urls.get(e.requestId) ?? "?";
    if (path.startsWith("/v1/")) return;
    loaded.push(path);
    weight += e.encodedDataLength;
  });
  await page.goto(link, { waitUntil: "networkidle0" });
  await heading(page, /The Harbour Post/);
  t.diagnostic(`${loaded.length} requests, ${weight} bytes with headers`);
  assert.deepEqual(loaded.sort(), ["/", "/app.js", "/mark.svg", "/style.css"]);
  assert.ok(weight <= 60_000, `${weight} bytes`);
});

for (const kind of ["chromium", "firefox"] as const) {
  test(`what ${kind} keeps`, { skip: missing(kind), timeout: 240_000 }, async (t) => {
    const after = undoing(t);
    const at = await wire(join("ui", "dist"), good(honest.sealed));
    after(() => at.stop());
    const browser = await launch(kind);
    after(() => browser.close());
    const link = `${at.url}/#${honest.code}`;

    await t.test("the code leaves the address bar, and never goes to the server", async () => {
      const { page } = await open(browser, link);
      await heading(page, /The Harbour Post/);
      assert.equal(await page.evaluate(() => location.href), `${at.url}/`);
      assert.ok(!at.asked.some((each) => each.includes("drop1")), "the code is in a request");
      await page.close();
    });

    await t.test("nothing is stored", async () => {
      const { page } = await open(browser, link);
      await heading(page, /The Harbour Post/);
      await page.type("#letter", "canary-in-the-letter");
      const kept = await page.evaluate(async () => ({
        cookies: document.cookie,
        local: localStorage.length,
        session: sessionStorage.length,
        databases: (await indexedDB.databases()).length,
        workers: (await navigator.serviceWorker?.getRegistrations())?.length ?? 0,
      }));
      assert.deepEqual(kept, { cookies: "", local: 0, session: 0, databases: 0, workers: 0 });
      const fields = await page.$$eval("textarea, input", (all) =>
        all.map((each) => [each.getAttribute("autocomplete"), each.getAttribute("name"), each.closest("form")]),
      );
      for (const field of fields) assert.deepEqual(field, ["off", null, null]);
      const sheet = await page.$eval("#letter", (each) => [(each as HTMLTextAreaElement).spellcheck, each.getAttribute("translate")]);
      assert.deepEqual(sheet, [false, "no"]);
      await discard(page);
    });

    await t.test("Shift three times empties the page and leaves it", () => leaves(browser, link, async (page) => {
      for (let i = 0; i < 3; i++) await page.keyboard.press("Shift");
    }));

    await t.test("Leave does the same", () => leaves(browser, link, (page) => page.click(".leave")));

    const cannot = kind === "firefox" && "WebDriver BiDi cannot switch JavaScript off in Firefox";
    await t.test("without JavaScript it says why nothing is sent", { skip: cannot }, async () => {
      const page = await browser.newPage();
      await page.setJavaScriptEnabled(false);
      await page.goto(link);
      assert.match(await page.$eval("noscript", (each) => (each as HTMLElement).innerText), /^Nothing was sent.[^]*JavaScript/);
      await page.close();
    });
  });
}

/** Closes a page that asks before it goes. */
async function discard(page: Page): Promise<void> {
  page.on("dialog", (dialog) => void dialog.accept());
  await page.close();
}

/** Writes, leaves in the given way, and looks for what stays: nothing of the letter, and no way back. */
async function leaves(browser: Browser, link: string, exit: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage();
  await page.goto("about:blank");
  await page.goto(link, { waitUntil: "load" });
  await heading(page, /The Harbour Post/);
  await page.type("#letter", "canary-in-the-letter");
  let asked = "";
  page.on("request", (request) => {
    if (request.isNavigationRequest()) asked = request.url();
  });
  let dialogs = 0;
  page.on("dialog", (dialog) => {
    dialogs++;
    void dialog.accept();
  });
  await exit(page);
  for (let i = 0; i < 50 && !asked; i++) await new Promise((r) => setTimeout(r, 100));
  assert.match(asked, /^https:\/\/www\.wikipedia\.org\//);
  assert.equal(dialogs, 0, "who leaves in a hurry is asked nothing");
  const left = await page.evaluate(() => document.documentElement.outerHTML).catch(() => "");
  assert.ok(!left.includes("canary-in-the-letter") && !left.includes("Harbour Post"), "the page is still there");
  await page.close();
}
