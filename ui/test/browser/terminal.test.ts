/**
 * One thread carried on from the page and from a terminal: whoever has the twelve words may sit at either. Both
 * have to tell the same letters in the same order, with the same files, and the same of what became of them.
 */

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Browser, Page } from "puppeteer-core";
import { openThread, press, thread, wordsOf, write } from "./hands.ts";
import { heading, launch, missing, open, Recipient, server, temporary, undoing } from "./rig.ts";

/** A letter as either side tells it. */
interface Told {
  own: boolean;
  message: string;
  files: string[];
  state: string;
}

const minutes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7919) & 0xff));
const payments = Buffer.from("date;sum\n2026-01-14;4000\n");

class Sender {
  private readonly browser: Browser;
  private readonly terminal: Recipient;
  private readonly url: string;
  /** Where the words are kept, for the terminal. */
  private readonly words: string;

  constructor(browser: Browser, terminal: Recipient, url: string, dir: string) {
    this.browser = browser;
    this.terminal = terminal;
    this.url = url;
    this.words = join(dir, "words.txt");
  }

  /** Keeps the words as they are saved to a file, one a line. */
  keep(words: string): Promise<void> {
    return writeFile(this.words, words.trim().split(" ").join("\n") + "\n");
  }

  run(...args: string[]): Promise<string> {
    return this.terminal.run(...args, "--server", this.url, "--codename-file", this.words);
  }

  /** Opens the thread on a page of its own, does something there, and leaves. */
  async at<T>(act: (page: Page) => Promise<T>): Promise<T> {
    const { page, complaints } = await open(this.browser, this.url);
    await openThread(page, (await readFile(this.words, "utf8")).split("\n").join(" "));
    const outcome = await act(page);
    await page.close();
    assert.deepEqual(complaints, []);
    return outcome;
  }

  /** What both tell, once they agree. */
  async told(): Promise<Told[]> {
    const { letters } = JSON.parse(await this.run("replies", "--json")) as { letters: { own: boolean; message: string; files: { name: string }[]; state?: string }[] };
    const inTerminal = letters.map(({ own, message, files, state = "" }) => ({ own, message: message.trim(), files: files.map(({ name }) => name), state }));
    const onPage = (await this.at(thread)).map(({ own, state, ...rest }) => ({ own, ...rest, state: own ? stateOf(state) : "" }));
    assert.deepEqual(onPage, inTerminal, "the page and the terminal do not agree");
    return onPage;
  }
}

/** The page's sentence as the terminal's JSON has it. */
function stateOf(sentence: string): string {
  if (/^On the server/.test(sentence)) return "server";
  return /^Collected/.test(sentence) ? "collected" : sentence.replace(/\.$/, "").toLowerCase();
}

async function stage(t: { after(f: () => Promise<void>): void }) {
  const after = undoing(t);
  const dir = await temporary(after);
  const at = await server(dir);
  after(() => at.stop());
  const recipient = await Recipient.make(join(dir, "recipient"));
  const link = await recipient.drop(at.url);
  const downloads = join(dir, "downloads");
  await mkdir(downloads);
  await writeFile(join(dir, "minutes – übersicht.pdf"), minutes);
  await writeFile(join(dir, "payments.csv"), payments);
  const browser = await launch("chromium", downloads);
  after(() => browser.close());
  const terminal = await Recipient.make(join(dir, "sender"));
  return { dir, url: at.url, link, recipient, browser, terminal, sender: new Sender(browser, terminal, at.url, dir) };
}

async function sent(page: Page): Promise<void> {
  await page.click(".foot .main");
  await page.waitForFunction(() => [...document.querySelectorAll("main .status")].some((each) => /on the server, sealed/.test(each.textContent!)), { timeout: 60_000 });
}

/** Collects, and returns the number of the last letter. */
async function collected(recipient: Recipient): Promise<number> {
  await recipient.run("collect");
  const letters = JSON.parse(await recipient.run("list", "--json", "--all")) as { number: number }[];
  return Math.max(...letters.map(({ number }) => number));
}

test("a thread begun on the page goes on in a terminal, and on the page again", { skip: missing("chromium"), timeout: 240_000 }, async (t) => {
  const { dir, link, recipient, browser, sender } = await stage(t);
  const { page } = await open(browser, link);
  await write(page, "Begun on the page.", join(dir, "minutes – übersicht.pdf"));
  await page.click(".foot .main");
  await heading(page, /on the server, sealed/);
  await sender.keep((await wordsOf(page)).join(" "));
  await page.close();
  assert.deepEqual(await sender.told(), [{ own: true, message: "Begun on the page.", files: ["minutes – übersicht.pdf"], state: "server" }]);

  const first = await collected(recipient);
  assert.equal((await sender.told())[0]!.state, "collected");
  await recipient.run("reply", String(first), join(dir, "payments.csv"), "--message", "Who signed?");
  await sender.run("send", "--continue", join(dir, "payments.csv"), "--message", "Written in a terminal.");
  assert.deepEqual(await sender.told(), [
    { own: true, message: "Begun on the page.", files: ["minutes – übersicht.pdf"], state: "answered" },
    { own: false, message: "Who signed?", files: ["payments.csv"], state: "" },
    { own: true, message: "Written in a terminal.", files: ["payments.csv"], state: "server" },
  ]);
  await sender.run("replies", "--save", join(dir, "saved"));
  assert.ok((await readFile(join(dir, "saved", "reply-2", "payments.csv"))).equals(payments), "the file of the reply has changed");

  const third = await collected(recipient);
  await recipient.run("save", String(third), "--to", join(dir, "third"));
  assert.ok((await readFile(join(dir, "third", "payments.csv"))).equals(payments), "the file sent from the terminal has changed");
  assert.equal((await sender.told())[2]!.state, "collected");
  await sender.at(async (again) => {
    await write(again, "On the page once more.");
    await sent(again);
  });
  await collected(recipient);
  const all = await sender.told();
  assert.deepEqual(all.map(({ message }) => message), ["Begun on the page.", "Who signed?", "Written in a terminal.", "On the page once more."]);
  assert.deepEqual(all.map(({ state }) => state), ["answered", "", "collected", "collected"]);
  assert.equal((JSON.parse(await recipient.run("threads", "--json")) as unknown[]).length, 1, "the recipient sees more than one thread");
  assert.doesNotMatch(await recipient.run("transcript", String(first)), /missing/i);
});

test("a thread begun in a terminal goes on on the page, where an answer is deleted and a letter taken back", { skip: missing("chromium"), timeout: 240_000 }, async (t) => {
  const { dir, link, recipient, terminal, sender } = await stage(t);
  await sender.keep(await terminal.run("send", link, join(dir, "payments.csv"), "--message", "Begun in a terminal."));
  const first = await collected(recipient);
  await recipient.run("reply", String(first), "--message", "The first answer.");
  await recipient.run("reply", String(first), "--message", "The second answer.");
  assert.deepEqual((await sender.told()).map(({ message }) => message), ["Begun in a terminal.", "The first answer.", "The second answer."]);

  await sender.at(async (page) => {
    await press(page, "erase");
    await page.waitForSelector("dialog[open]");
    await page.click("dialog .quiet");
    await page.waitForFunction(() => /The answer was erased/.test(document.querySelector("main")!.innerText));
    await write(page, "From the page.", join(dir, "minutes – übersicht.pdf"));
    await sent(page);
  });
  const left = [
    { own: true, message: "Begun in a terminal.", files: ["payments.csv"], state: "answered" },
    { own: false, message: "The second answer.", files: [], state: "" },
  ];
  assert.deepEqual(await sender.told(), [...left, { own: true, message: "From the page.", files: ["minutes – übersicht.pdf"], state: "server" }]);
  assert.doesNotMatch(await sender.run("replies"), /missing/i, "what was deleted on the page looks lost in the terminal");

  await sender.run("replies", "--withdraw", "3", "--yes");
  assert.deepEqual(await sender.told(), left);
  await sender.at(async (page) => assert.equal(await page.$(".gap"), null, "what was deleted or taken back looks lost on the page"));
  await sender.run("send", "--continue", "--message", "After all.");
  await sender.at(async (page) => {
    await press(page, "back");
    await page.waitForSelector("dialog[open]");
    await page.click("dialog .quiet");
    await page.waitForFunction(() => /It may already have been read/.test(document.querySelector("main")!.innerText));
  });
  assert.deepEqual(await sender.told(), left);
  await sender.run("replies", "--close", "--yes");
  await assert.rejects(sender.run("replies"), /nothing|no letters/i);
  await recipient.run("collect");
  assert.match(await recipient.run("threads"), /closed/);
});
