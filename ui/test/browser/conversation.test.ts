/**
 * A thread of six letters with everything real: browsers, the server, the recipient's command line.
 * Between the letters the browser is closed, and nothing is kept of it but twelve words.
 */

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "puppeteer-core";
import { openThread, press, save, thread, wordsOf, write } from "./hands.ts";
import { heading, type Kind, kinds, launch, missing, open, Recipient, server, temporary, undoing } from "./rig.ts";

/** A pattern that no layer could repair if it lost or changed a byte. */
function pattern(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0, x = seed; i < size; i++) bytes[i] = (x = (x * 48271) % 2147483647) & 0xff;
  return bytes;
}

const files: Record<string, Buffer> = {
  "minutes – übersicht.pdf": pattern(1_234_567, 3),
  "questions.txt": pattern(65_536, 5),
  "payments.csv": pattern(65_537, 7),
  "proof.pdf": pattern(300_001, 11),
  "empty.txt": Buffer.alloc(0),
};

/** Somebody sits down at a browser, does one thing, and closes it. */
async function sitting<T>(kind: Kind, folder: string, url: string, act: (page: Page) => Promise<T>): Promise<T> {
  const browser = await launch(kind, folder);
  try {
    const { page, complaints } = await open(browser, url);
    const outcome = await act(page);
    // An empty mailbox answers 404, and browsers note that by themselves.
    assert.deepEqual(complaints.filter((each) => !/status of 404/.test(each)), []);
    return outcome;
  } finally {
    await browser.close();
  }
}

async function sent(page: Page): Promise<void> {
  await page.click(".foot .main");
  await page.waitForFunction(() => [...document.querySelectorAll("main .status")].some((each) => /on the server, sealed/.test(each.textContent!)), { timeout: 120_000 });
}

/** What the recipient has got of a letter, byte for byte. */
async function received(recipient: Recipient, number: number, to: string, names: string[]): Promise<void> {
  await recipient.run("save", String(number), "--to", to);
  assert.deepEqual((await readdir(to)).filter((name) => names.includes(name)).sort(), [...names].sort());
  for (const name of names) assert.ok((await readFile(join(to, name))).equals(files[name]!), `${name} has changed`);
}

async function newest(recipient: Recipient): Promise<number> {
  await recipient.run("collect");
  const letters = JSON.parse(await recipient.run("list", "--json", "--all")) as { number: number }[];
  return Math.max(...letters.map(({ number }) => number));
}

for (const kind of kinds) {
  test(`six letters between ${kind} and the command line`, { skip: missing(kind), timeout: 600_000 }, async (t) => {
    const after = undoing(t);
    const dir = await temporary(after);
    const at = await server(dir);
    after(() => at.stop());
    const recipient = await Recipient.make(join(dir, "recipient"));
    const link = await recipient.drop(at.url);
    for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
    const downloads = join(dir, "downloads");
    await mkdir(downloads);
    const sit = <T>(act: (page: Page) => Promise<T>, url = at.url): Promise<T> => sitting(kind, downloads, url, act);

    const words = await sit(async (page) => {
      await heading(page, /The Harbour Post/);
      await write(page, "The first letter.\n\nالمحضر غير موجود.", join(dir, "minutes – übersicht.pdf"));
      await page.click(".foot .main");
      await heading(page, /on the server, sealed/, 180_000);
      const twelve = await wordsOf(page);
      assert.equal(twelve.length, 12);
      await press(page, "next");
      await press(page, "skip");
      return twelve.join(" ");
    }, link);

    await sit(async (page) => {
      await openThread(page, words);
      assert.match(await page.evaluate(() => document.querySelector("main")!.innerText), /There is no answer yet/);
      assert.match((await thread(page))[0]!.state, /On the server/);
    });

    const first = await newest(recipient);
    await received(recipient, first, join(dir, "first"), ["minutes – übersicht.pdf"]);
    await sit(async (page) => {
      await openThread(page, words);
      assert.match((await thread(page))[0]!.state, /^Collected by the recipient, on /, "the receipt was not seen");
    });
    await recipient.run("reply", String(first), join(dir, "questions.txt"), "--message", "The second letter.");

    await sit(async (page) => {
      await openThread(page, words);
      const letters = await thread(page);
      assert.deepEqual(letters.map(({ own }) => own), [true, false]);
      assert.equal(letters[0]!.state, "Answered.");
      const [saved] = await save(page, downloads, ["questions.txt"]);
      assert.ok(saved!.equals(files["questions.txt"]!), "questions.txt has changed");
      await write(page, "The third letter.", join(dir, "payments.csv"));
      await sent(page);
      assert.equal((await thread(page)).length, 3);
    });

    const third = await newest(recipient);
    await received(recipient, third, join(dir, "third"), ["payments.csv"]);
    await recipient.run("reply", String(first), "--message", "The fourth letter.");
    await sit(async (page) => {
      await openThread(page, words);
      assert.equal((await thread(page)).length, 4);
      await write(page, "The fifth letter.");
      await sent(page);
    });
    await newest(recipient);
    await recipient.run("reply", String(third), join(dir, "proof.pdf"), join(dir, "empty.txt"), "--message", "The sixth letter.");

    await sit(async (page) => {
      await openThread(page, words.toUpperCase().split(" ").map((word, i) => `${i + 1}. ${word.slice(0, 4)}`).join("\n"));
      const letters = await thread(page);
      assert.deepEqual(letters.map(({ message }) => message.split("\n")[0]), ["first", "second", "third", "fourth", "fifth", "sixth"].map((n) => `The ${n} letter.`));
      assert.deepEqual(letters.map(({ own }) => own), [true, false, true, false, true, false]);
      assert.deepEqual(letters.filter(({ own }) => own).map(({ state }) => state), ["Answered.", "Answered.", "Answered."]);
      assert.deepEqual(letters[0]!.files, ["minutes – übersicht.pdf"]);
      const saved = await save(page, downloads, ["proof.pdf", "empty.txt"]);
      assert.ok(saved[0]!.equals(files["proof.pdf"]!), "proof.pdf has changed");
      assert.equal(saved[1]!.length, 0);
    });
    assert.match(await recipient.run("transcript", String(first)), /first[^]*second[^]*third[^]*fourth[^]*fifth[^]*sixth/);

    await sit(async (page) => {
      await openThread(page, words);
      await press(page, "close");
      await page.waitForSelector("dialog[open]");
      await page.click("dialog .quiet");
      await heading(page, /The thread is closed/);
      await page.goto(at.url);
      await press(page, "codename");
      await page.waitForSelector("#words");
      await page.type("#words", words);
      await press(page, "open");
      await page.waitForFunction(() => /There is nothing under these words/.test(document.querySelector("main .notice")?.textContent ?? ""));
    });
    await recipient.run("collect");
    assert.match(await recipient.run("threads"), /closed/);
  });
}
