/** What somebody does with the page to carry on a thread, in any browser. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ElementHandle, Page } from "puppeteer-core";

/** Presses a button by its class. */
export async function press(page: Page, name: string): Promise<void> {
  const button = (await page.waitForSelector(`main button.${name}`))!;
  await button.evaluate((each) => (each as HTMLElement).click());
}

/** Writes on the sheet, with one real key, and encloses files. */
export async function write(page: Page, words: string, ...files: string[]): Promise<void> {
  const sheet = (await page.waitForSelector("#letter"))!;
  await sheet.focus();
  await page.keyboard.type("x");
  await sheet.evaluate((field, value) => {
    (field as HTMLTextAreaElement).value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, words);
  if (files.length === 0) return;
  const picker = (await page.$("main input[type=file]")) as ElementHandle<HTMLInputElement>;
  await picker.uploadFile(...files);
  await page.waitForFunction((n) => document.querySelectorAll(".files .enclosed li").length === n, {}, files.length);
}

/** The words as they stand in the grid. */
export async function wordsOf(page: Page): Promise<string[]> {
  await page.waitForSelector(".words");
  return page.$$eval(".words bdi", (all) => all.map((each) => each.textContent!));
}

/** Enters the words on the page without a link, and waits for the thread. */
export async function openThread(page: Page, words: string): Promise<void> {
  await press(page, "codename");
  await page.waitForSelector("#words");
  await page.type("#words", words);
  await press(page, "open");
  await page.waitForSelector(".thread", { timeout: 120_000 });
}

/** The letters as they stand in the thread: whose they are, and what is said in and of them. */
export function thread(page: Page): Promise<{ own: boolean; message: string; files: string[]; state: string }[]> {
  return page.$$eval(".thread > li", (all) =>
    all.map((each) => ({
      own: each.classList.contains("own"),
      message: each.querySelector(".written")?.textContent ?? "",
      files: [...each.querySelectorAll(".name")].map((name) => name.textContent!),
      state: each.querySelector(".state")?.textContent ?? "",
    })),
  );
}

/** Saves all files of the last answer, and returns what the browser has written. */
export async function save(page: Page, folder: string, names: string[]): Promise<Buffer[]> {
  const saves = await page.$$(".reply-letter:last-of-type .save, .reply-letter .save");
  const last = saves.slice(-names.length);
  for (const each of last) await each.evaluate((button) => (button as HTMLElement).click());
  return Promise.all(names.map((name) => whole(join(folder, name))));
}

/** Waits until a file is there and no longer grows. */
async function whole(path: string): Promise<Buffer> {
  for (let i = 0, size = -1; i < 300; i++) {
    const content = await readFile(path).catch(() => undefined);
    const partial = (await readdir(join(path, ".."))).some((name) => /\.(crdownload|part)$/.test(name));
    if (content && !partial && content.length === size) return content;
    size = content?.length ?? -1;
    await new Promise((r) => setTimeout(r, 100));
  }
  throw new Error(`${path} was not saved`);
}

