/**
 * The main job, with everything real: a letter with three files goes from a browser
 * through the server to the recipient's terminal and comes out as it went in.
 */

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { ElementHandle, Page } from "puppeteer-core";
import { heading, kinds, launch, missing, open, Recipient, server, temporary, undoing } from "./rig.ts";

/** 2,000 characters: Latin, an emoji of several code points, Arabic, lines. */
const message = ("The minutes of 14 March 👩🏽‍⚕️ are missing.\nالمحضر غير موجود في الأرشيف.\t“Ask” for sheet 3 – and 4.\n\n".repeat(40).slice(0, 1990) + "\nThe end.").normalize();

/** A pattern that no layer could repair if it lost or changed a byte. */
function pattern(size: number, head: string): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0, x = 1; i < size; i++) bytes[i] = (x = (x * 48271) % 2147483647) & 0xff;
  bytes.write(head, 0, "latin1");
  return bytes;
}

/** Names that a terminal, a shell, a file manager or a tar might stumble over. */
const hostile = "-rf \u202egpj.exe\u001b[2J.txt";
const enclosures: [name: string, content: Buffer][] = [
  ["minutes of 14 March – übersicht.pdf", pattern(1_234_567, "%PDF-1.7\n")],
  ["quay.jpg", pattern(65_537, "\xff\xd8\xff\xe0\x00\x10JFIF")],
  [hostile, Buffer.alloc(0)],
];

async function write(page: Page, dir: string): Promise<void> {
  const sheet = (await page.waitForSelector("#letter"))!;
  await sheet.focus();
  await page.keyboard.type("x"); // a real key, so that the page's own listeners see one
  await sheet.evaluate((field, words) => {
    (field as HTMLTextAreaElement).value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, message);
  const picker = (await page.$("input[type=file]")) as ElementHandle<HTMLInputElement>;
  await picker.uploadFile(...enclosures.map((_, i) => join(dir, enclosures[i]![0])));
  await page.waitForFunction((n) => document.querySelectorAll(".enclosed li").length === n, {}, enclosures.length);
}

for (const kind of kinds) {
  test(`a letter from ${kind} arrives byte for byte`, { skip: missing(kind), timeout: 300_000 }, async (t) => {
    const after = undoing(t);
    const dir = await temporary(after);
    const at = await server(dir);
    after(() => at.stop());
    const recipient = await Recipient.make(join(dir, "recipient"));
    const link = await recipient.drop(at.url);
    for (const [name, content] of enclosures) await writeFile(join(dir, name), content);

    const browser = await launch(kind);
    after(() => browser.close());
    const { page, complaints } = await open(browser, link);
    await heading(page, /The Harbour Post/);
    await write(page, dir);
    await page.click(".foot .main");
    assert.match(await heading(page, /on the server|sent|taken/i, 180_000), /on the server, sealed/);
    assert.match(await page.evaluate(() => document.body.innerText), /Only .*The Harbour Post.* can open it/);
    assert.deepEqual(complaints, []);

    await recipient.run("collect");
    const [letter] = JSON.parse(await recipient.run("list", "--json")) as { number: number }[];
    assert.ok(letter, "nothing was collected");
    const read = await recipient.run("read", String(letter.number));
    assert.ok(!read.includes("\u001b"), "an escape sequence reached the terminal");
    assert.ok(read.includes("المحضر غير موجود في الأرشيف."), "the message is not shown");
    const saved = join(dir, "saved");
    await recipient.run("save", String(letter.number), "--to", saved);
    assert.equal(await readFile(join(saved, "message.txt"), "utf8"), message);
    const names = (await readdir(saved)).filter((name) => name !== "message.txt");
    for (const [name, content] of enclosures.slice(0, 2)) {
      assert.ok(names.includes(name), `${name} is not among ${names.join(", ")}`);
      assert.ok((await readFile(join(saved, name))).equals(content), `${name} has changed`);
    }
    const odd = names.filter((name) => !enclosures.slice(0, 2).some(([n]) => n === name));
    assert.equal(odd.length, 1, `one more file, not ${odd.join(", ")}`);
    assert.match(odd[0]!, /^[^-.\u0000-\u001f\u007f\u202e]+$|^_[^\u0000-\u001f\u007f\u202e]*$/, "the name is not safe");
    assert.equal((await readFile(join(saved, odd[0]!))).length, 0);
    assert.equal((await recipient.run("collect", "--json")).trim().replace(/^\[\]$/, ""), "", "collected twice");
  });
}
