/** What the states of the page are made of: a stage, and what somebody does on it. */

import { join } from "node:path";
import type { ElementHandle, Page } from "puppeteer-core";
import { answering, type Correspondence } from "./correspondence.ts";
import type { Body, Drop } from "./fixture.ts";
import type { Behaviour, Wire } from "./wire.ts";

export interface Stage {
  page: Page;
  wire: Wire;
  /** A folder with files to enclose: see scenery. */
  files: string;
  /** The twelve words of the thread that lies at the server. */
  words: string;
}

export interface State {
  name: string;
  /** The drop whose link is opened; without one the page is opened without a link. */
  drop?: () => Promise<Drop>;
  /** The thread that lies at the server, by its address. */
  thread?: (origin: string) => Promise<Correspondence>;
  /** Changes what the server does. */
  behave?: (behave: Behaviour) => void;
  /** Changes the code in the address. */
  code?: (code: string) => string;
  /** Before the page is opened. */
  before?: (stage: Stage) => Promise<unknown>;
  /** From the page as it was opened to the state. */
  act?: (stage: Stage) => Promise<unknown>;
  /** The beginning of a heading, by which the state is known. */
  heading: string;
  /** Makes the page's long waits short: its patience is not what is to be seen. */
  hasty?: boolean;
  /** As it would be printed: a picture only. */
  printed?: boolean;
  /** Needs the second script as a file of its own, which the pseudo-translation does not have. */
  split?: boolean;
  /** How the browser is to see the server: as loopback, as an onion service, or over plain http. */
  host?: "onion" | "plain";
}

/** What the scenery folder holds. */
export const scenery: Record<string, number> = {
  "minutes-14-march.pdf": 1_400_000,
  "quay-7-at-night.jpg": 640_000,
  "payments.csv": 21_300,
  "archive-of-everything.zip": 19_000_000,
  "long.bin": 15_000_000,
};

export const written = `On 14 March the harbour board approved the dredging contract in a meeting that is not in the published calendar. The minutes are enclosed.

Two of the five who voted had been paid by the contractor until January: see the third sheet of the payments. Ask the board for the attendance list of that day; it is kept for two years.`;

export const ordinary = (changes: Body = {}) => () => answering(changes);

export async function write({ page }: Stage, words = written): Promise<void> {
  const sheet = (await page.$("#letter"))!;
  await sheet.evaluate((field, value) => {
    (field as HTMLTextAreaElement).value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, words);
}

export async function enclose({ page, files }: Stage, ...names: string[]): Promise<void> {
  const picker = (await page.$("input[type=file]")) as ElementHandle<HTMLInputElement>;
  await picker.uploadFile(...names.map((name) => join(files, name)));
  await page.waitForFunction((n) => document.querySelectorAll(".enclosed li").length >= n, {}, names.length);
  await new Promise((done) => setTimeout(done, 300));
}

export const pressMain = ({ page }: Stage): Promise<void> => page.click(".foot .main");

export async function fill(stage: Stage): Promise<void> {
  await write(stage);
  await enclose(stage, "minutes-14-march.pdf", "quay-7-at-night.jpg", "payments.csv");
}

export async function send(stage: Stage): Promise<void> {
  await write(stage);
  await pressMain(stage);
}

export async function wayOf(stage: Stage): Promise<void> {
  await fill(stage);
  await pressMain(stage);
  await stage.page.waitForSelector(".way");
}

/** Until the page has said how the line is. */
export async function lineTold(stage: Stage): Promise<void> {
  await wayOf(stage);
  await stage.page.waitForFunction(() => document.querySelector(".way .soft:not(.figure)")?.textContent);
}

/** Until something was handed to the connection. */
export async function onTheWay(stage: Stage): Promise<void> {
  await wayOf(stage);
  await handed(stage);
}

export const handed = ({ page }: Stage) => page.waitForFunction(() => document.querySelectorAll(".figure")[1]?.textContent);

export const done = async (stage: Stage): Promise<void> => {
  await fill(stage);
  await pressMain(stage);
  await stage.page.waitForSelector(".shut");
  await new Promise((settled) => setTimeout(settled, 2000)); // until the pane has closed
};

/** Presses the first button of a class: words differ in translation. */
export const press = (name: string) => async ({ page }: Stage): Promise<void> => {
  const pressed = await page.evaluate((selector) => {
    const found = document.querySelector<HTMLElement>(selector);
    found?.click();
    return found !== null;
  }, `main button.${name}`);
  if (!pressed) throw new Error(`there is no button of the class ${name}`);
};

export async function drag(stage: Stage, type: "dragEnter" | "dragOver" | "drop", names: string[]): Promise<void> {
  const session = await stage.page.createCDPSession();
  const data = { items: [], files: names.map((name) => join(stage.files, name)), dragOperationsMask: 1 };
  await session.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
}

export const paste = (words: string) => async ({ page }: Stage) => {
  await page.type("#paste", words);
};

export const takenBack = async (stage: Stage): Promise<void> => {
  await done(stage);
  await stage.page.click("main .back");
  await new Promise((settled) => setTimeout(settled, 500));
};
