/** The twelve words and the thread behind them, on a page in a browser: by keyboard, when things go wrong, and what stays. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Page } from "puppeteer-core";
import { elsewhere } from "../../src/leave.ts";
import { answering, correspondence, otherWords, type Step } from "../correspondence.ts";
import { type Known, Recipient } from "../correspondents.ts";
import { Mailboxes } from "../mailboxes.ts";
import { enclose, pressMain, type Stage, type State, write } from "../acts.ts";
import { type Theatre, theatre } from "../stage.ts";
import { type Behaviour, refusal } from "../wire.ts";
import { openThread, press, thread, wordsOf } from "./hands.ts";
import { missing } from "./rig.ts";

const skip = missing("chromium");
const house: Theatre | undefined = skip ? undefined : await theatre(join("ui", "dist"));
after(() => house?.stop());

async function opened(t: { after(f: () => Promise<void>): void }, state: Partial<State> = {}): Promise<Stage> {
  const { stage, complaints } = await house!.stage({ name: "", heading: "", hasty: true, ...state });
  stage.wire.deposits.length = 0;
  t.after(async () => {
    await stage.page.browserContext().close();
    // Who leaves goes there; where that is not reachable, the browser's own page has pictures in it.
    assert.deepEqual(complaints.filter((each) => !each.startsWith(`request: ${elsewhere}`) && !each.startsWith("request: data:")), []);
  });
  return stage;
}

const body = (page: Page): Promise<string> => page.evaluate(() => document.querySelector("main")!.innerText);
const says = (page: Page, words: RegExp): Promise<unknown> =>
  page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector("main")!.innerText), { timeout: 30_000 }, words.source);

/** A drop whose recipient answers, at a server that keeps what it is given. */
async function alive(t: { after(f: () => Promise<void>): void }): Promise<{ stage: Stage; recipient: Recipient; mailboxes: Mailboxes }> {
  const mailboxes = new Mailboxes();
  const recipient = new Recipient("harbour", mailboxes);
  const drop = await recipient.publish();
  const stage = await opened(t, { drop: async () => drop, behave: (b: Behaviour) => void (b.mailboxes = mailboxes) });
  await stage.page.waitForSelector("#letter");
  return { stage, recipient, mailboxes };
}

/** Presses Tab until the focus is on something, as somebody without a mouse has to. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate((each) => document.activeElement?.matches(each) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to ${selector}`);
}

async function enterOn(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector);
  await page.keyboard.press("Enter");
}

test("a whole conversation by keyboard alone", { skip, timeout: 120_000 }, async (t) => {
  const { stage, recipient, mailboxes } = await alive(t);
  const { page } = stage;
  await page.focus("h1");
  await tabTo(page, "#letter");
  await page.keyboard.type("By keyboard.");
  await enterOn(page, ".foot .main");
  const words = await wordsOf(page);
  await enterOn(page, ".next");
  await page.waitForSelector(".word");
  await tabTo(page, ".word");
  for (const which of [0, 1]) {
    if (which) await page.keyboard.press("Enter");
    const n = Number((await page.evaluate(() => document.activeElement!.id)).replace("word-", ""));
    await page.keyboard.type(words[n - 1]!);
  }
  await page.keyboard.press("Enter");
  await says(page, /Both words are right/);

  const [letter] = await recipient.collect();
  const known: Known = { to: letter!.meta!.reply!, sender: letter!.meta!.author };
  await recipient.reply(known, "Heard, by keyboard.");
  await page.goto(stage.wire.url);
  await enterOn(page, ".codename");
  await page.waitForSelector("#words");
  await tabTo(page, "#words");
  await page.keyboard.type(words.join(" "));
  await page.keyboard.press("Enter");
  await page.waitForSelector(".thread");
  await tabTo(page, "#letter");
  await page.keyboard.type("And again.");
  await enterOn(page, ".foot .main");
  await says(page, /Your letter is on the server, sealed/);
  assert.deepEqual((await thread(page)).map(({ message }) => message), ["By keyboard.", "Heard, by keyboard.", "And again."]);
  assert.equal((await recipient.collect())[0]!.meta!.seq, 2);

  await page.focus("h1");
  await enterOn(page, ".erase");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { hidden: true });
  assert.ok(await page.evaluate(() => document.activeElement?.matches(".erase")), "the focus is lost when nothing is deleted");
  await page.keyboard.press("Enter");
  await enterOn(page, "dialog .quiet");
  await says(page, /The answer was erased/);
  assert.equal((await thread(page)).length, 2);
  await enterOn(page, ".close");
  await enterOn(page, "dialog .quiet");
  await says(page, /The thread is closed/);
  assert.equal((await recipient.collect())[0]!.meta!.closed, true);
  assert.equal(mailboxes.kept.size, 0, "something is left at the server");
});

test("what is typed wrong is told apart: a word, their number, their order, nothing there, no answer yet", { skip, timeout: 120_000 }, async (t) => {
  const stage = await opened(t, { thread: (origin) => correspondence(origin, [{ did: "write", ago: 1, message: "Hello." }]) });
  const { page, wire } = stage;
  await press(page, "codename");
  await page.waitForSelector("#words");
  const enter = async (words: string, answer: RegExp): Promise<void> => {
    await page.$eval("#words", (field) => void ((field as HTMLTextAreaElement).value = ""));
    await page.type("#words", words);
    await press(page, "open");
    await says(page, answer);
  };
  const asked = wire.asked.length;
  const twelve = stage.words.split(" ");
  await enter(twelve.map((word, i) => (i === 4 ? "amuont" : word)).join(" "), /Word 5, .*amuont.*, is not one of the words/);
  await enter(twelve.slice(0, 11).join(" "), /These are 11 words/);
  await enter([...twelve].reverse().join(" "), /together they are no codename/);
  assert.equal(wire.asked.length, asked, "a server was asked about words that are none");
  await enter(otherWords, /There is nothing under these words/);
  await enter(stage.words, /There is no answer yet\. The words are right/);
  assert.ok(!wire.asked.some((each) => twelve.some((word) => each.includes(word))), "a word is in a request");
});

test("a suggestion is taken by a tap, in its place", { skip }, async (t) => {
  const { page } = await opened(t);
  await press(page, "codename");
  await page.waitForSelector("#words");
  await page.type("#words", "1. letter 2. advise 3. cage ");
  await page.waitForSelector(".offered button");
  const offered = await page.$$eval(".offered button", (all) => all.map((each) => each.textContent));
  assert.ok(offered.includes("advice"), `offered: ${offered}`);
  await page.$$eval(".offered button", (all) => void (all.find((each) => each.textContent === "advice") as HTMLElement).click());
  assert.equal(await page.$eval("#words", (field) => (field as HTMLTextAreaElement).value), "1. letter 2. advice 3. cage ");
  assert.equal(await page.$(".offered"), null);
});

test("two words are asked back, kindly", { skip, timeout: 60_000 }, async (t) => {
  const { page } = (await alive(t)).stage;
  await page.type("#letter", "Keep this.");
  await page.click(".foot .main");
  const words = await wordsOf(page);
  let asks = 0;
  page.on("dialog", (dialog) => {
    asks++;
    void dialog.dismiss();
  });
  await page.click(".words");
  const leave = () => page.goto("about:blank", { timeout: 3000 }).catch(() => null);
  await leave();
  assert.equal(asks, 1, "the browser does not ask before unkept words are lost");
  await press(page, "next");
  const fields = await page.$$(".word");
  const numbers = await Promise.all(fields.map((field) => field.evaluate((each) => Number(each.id.replace("word-", "")))));
  assert.ok(numbers.length === 2 && numbers[0]! < numbers[1]!, `asked for ${numbers}`);
  await fields[0]!.type(words[numbers[0]! - 1]!.slice(0, 4).toUpperCase());
  await fields[1]!.type("zoo");
  await press(page, "compare");
  await says(page, new RegExp(`Word ${numbers[1]} is another one`));
  assert.equal(await page.$(".words"), null, "the words stand beside the question");
  await press(page, "again");
  assert.deepEqual(await wordsOf(page), words);
  await press(page, "next");
  await press(page, "skip");
  await says(page, /Look after the words/);
  await leave();
  assert.equal(asks, 1, "it asks again though the check was skipped");
});

test("words that were saved are in a file of no telling name, and nothing else is", { skip }, async (t) => {
  const stage = await opened(t, { drop: () => answering(), before: ({ page }) => page.evaluateOnNewDocument(recordSaved) });
  await write(stage, "Keep this.");
  await pressMain(stage);
  const words = await wordsOf(stage.page);
  await press(stage.page, "save");
  const [saved] = await savedBy(stage.page);
  assert.deepEqual(saved, { name: "notes.txt", type: "application/octet-stream", content: words.join("\n") + "\n" });
});

test("what is printed is the words alone", { skip }, async (t) => {
  const { page } = (await alive(t)).stage;
  await page.type("#letter", "Print this.");
  await page.click(".foot .main");
  const words = await wordsOf(page);
  await page.emulateMediaType("print");
  assert.deepEqual((await page.evaluate(() => document.body.innerText)).split(/\s+/).filter(Boolean), words);
  assert.equal(await page.title(), "Notes");
});

/** Runs in the page: notes what is handed to the browser to be saved. */
function recordSaved(): void {
  const made = new Map<string, Blob>();
  const saved: { name: string; blob: Blob }[] = [];
  const create = URL.createObjectURL;
  URL.createObjectURL = (blob: Blob) => {
    const url = create(blob);
    made.set(url, blob);
    return url;
  };
  HTMLAnchorElement.prototype.click = function () {
    saved.push({ name: this.download, blob: made.get(this.href)! });
  };
  Object.assign(globalThis, { saved, made });
}

function savedBy(page: Page): Promise<{ name: string; type: string; content: string }[]> {
  return page.evaluate(() => {
    const { saved } = globalThis as unknown as { saved: { name: string; blob: Blob }[] };
    return Promise.all(saved.map(async ({ name, blob }) => ({ name, type: blob.type, content: await blob.text() })));
  });
}

const hostile: Step[] = [
  { did: "write", ago: 2, message: "Hello." },
  { did: "reply", ago: 1, saw: 1, message: '<img src=x onerror="document.title=1"> \u202ehidden', files: { "page.html": new TextEncoder().encode("<script>alert(1)</script>") } },
];

test("what came is shown as text, saved as bytes, and gone on leaving", { skip, timeout: 60_000 }, async (t) => {
  const stage = await opened(t, { thread: (origin) => correspondence(origin, hostile), before: ({ page }) => page.evaluateOnNewDocument(recordSaved) });
  const { page, wire } = stage;
  await openThread(page, stage.words);
  assert.equal(await page.$(".thread img, .thread script, .thread a"), null, "markup has become elements");
  assert.equal((await thread(page))[1]!.message, '<img src=x onerror="document.title=1"> \u202ehidden');
  await press(page, "save");
  assert.deepEqual(await savedBy(page), [{ name: "page.html", type: "application/octet-stream", content: "<script>alert(1)</script>" }]);
  const requests = wire.asked.length;
  await page.evaluate(() => {
    dispatchEvent(new Event("pagehide"));
  });
  assert.equal(await page.evaluate(() => document.body.textContent), "");
  assert.equal(wire.asked.length, requests);
  const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
  assert.deepEqual(kept, ["", 0, 0]);
});

for (const [where, go] of [
  ["the words", async (page: Page, words: string) => void (await page.type("#words", words))],
  ["a thread", openThreadFrom],
] as const) {
  test(`${where}: leaving empties the page, and there is no way back to it`, { skip, timeout: 60_000 }, async (t) => {
    const stage = await opened(t, { thread: (origin) => correspondence(origin, hostile) });
    const { page } = stage;
    await press(page, "codename");
    await page.waitForSelector("#words");
    await go(page, stage.words);
    await page.goto("about:blank");
    await page.goBack();
    await page.waitForSelector(".codename");
    const content = await page.content();
    assert.ok(!content.includes("Hello.") && !stage.words.split(" ").some((word) => content.includes(`>${word}<`)), "something is still there");
    assert.equal(await page.$("#words"), null);
  });
}

async function openThreadFrom(page: Page, words: string): Promise<void> {
  await page.type("#words", words);
  await press(page, "open");
  await page.waitForSelector(".thread");
}

test("Leave is in reach also while something is asked", { skip, timeout: 60_000 }, async (t) => {
  const stage = await opened(t, { thread: (origin) => correspondence(origin, hostile) });
  const { page } = stage;
  await openThread(page, stage.words);
  await write(stage, "Unsent.");
  await press(page, "erase");
  await page.waitForSelector("dialog[open]");
  let dialogs = 0;
  page.on("dialog", (dialog) => {
    dialogs++;
    void dialog.accept();
  });
  const asked = page.waitForRequest((request) => request.isNavigationRequest());
  await page.setRequestInterception(true);
  page.on("request", (request) => void request.abort());
  await page.click(".leave");
  assert.equal((await asked).url(), elsewhere);
  assert.equal(dialogs, 0, "who leaves in a hurry is asked nothing");
  const left = await page.content().catch(() => "");
  assert.ok(!left.includes("Hello.") && !left.includes("Unsent."), "the thread is still there");
});

test("a part of the page that does not arrive costs nobody their letter", { skip, timeout: 60_000 }, async (t) => {
  let attempts = 0;
  const stage = await opened(t, {
    drop: () => answering(),
    behave: (b) => (b.instead = (request) => (/thread\.js/.test(request) && attempts++ === 0 ? refusal(503, "busy") : undefined)),
  });
  await write(stage, "Still here.");
  await enclose(stage, "payments.csv");
  await pressMain(stage);
  await stage.page.waitForSelector(".notice");
  assert.match(await body(stage.page), /Nothing was sent\.[^]*did not arrive[^]*Your letter is still on this page/);
  assert.equal(await stage.page.$eval("#letter", (sheet) => (sheet as HTMLTextAreaElement).value), "Still here.");
  assert.equal(stage.wire.deposits.length, 0);
  await pressMain(stage);
  await stage.page.waitForSelector(".words");
});

test("without the copy there are no words, and with it there are", { skip, timeout: 60_000 }, async (t) => {
  let deposits = 0;
  const stage = await opened(t, {
    drop: () => answering(),
    behave: (b) => (b.instead = (request) => (/^PUT .*envelopes/.test(request) && ++deposits === 2 ? refusal(507, "full") : undefined)),
  });
  await write(stage, "Two steps.");
  await pressMain(stage);
  await says(stage.page, /not there yet/);
  assert.match(await body(stage.page), /^Your letter is on the server, sealed\./);
  assert.equal(await stage.page.$(".words"), null);
  await press(stage.page, "main");
  await stage.page.waitForSelector(".words");
  assert.equal(stage.wire.deposits.length, 2, "the letter was sent again");
});

test("no reply wanted: one deposit, and no words", { skip, timeout: 60_000 }, async (t) => {
  const stage = await opened(t, { drop: () => answering() });
  await write(stage, "No reply.");
  await stage.page.click(".reply input");
  await pressMain(stage);
  await stage.page.waitForSelector(".shut");
  assert.equal(stage.wire.deposits.length, 1);
  assert.equal(await stage.page.$(".words"), null);
});

test("a letter that is written again can be taken back, a deleted answer leaves no gap", { skip, timeout: 60_000 }, async (t) => {
  const { stage, recipient, mailboxes } = await alive(t);
  const { page } = stage;
  await write(stage, "One.");
  await pressMain(stage);
  const words = await wordsOf(page);
  const [letter] = await recipient.collect();
  const known: Known = { to: letter!.meta!.reply!, sender: letter!.meta!.author };
  await recipient.reply(known, "An answer.");
  await recipient.reply(known, "Another answer.");
  page.on("dialog", (dialog) => void dialog.accept());
  const again = async (): Promise<void> => {
    await page.goto(stage.wire.url);
    await openThread(page, words.join(" "));
  };
  await again();
  await press(page, "erase");
  await page.waitForSelector("dialog[open]");
  await page.click("dialog .quiet");
  await says(page, /The answer was erased/);
  await write(stage, "Two.");
  await pressMain(stage);
  await page.waitForFunction(() => document.querySelectorAll(".thread > li").length === 3);
  const before = mailboxes.kept.size;
  await press(page, "back");
  await page.waitForSelector("dialog[open]");
  await page.click("dialog .quiet");
  await says(page, /It may already have been read/);
  assert.equal(mailboxes.kept.size, before - 1, "the drop's mailbox is not empty");
  await again();
  assert.deepEqual((await thread(page)).map(({ message }) => message), ["One.", "Another answer."]);
  assert.equal(await page.$(".gap"), null, "what was deleted looks as if it was lost");
});
