/** Every state that the page can be in, and how to get there. Pictures and checks of accessibility go through all of them. */

import { join } from "node:path";
import type { ElementHandle, Page } from "puppeteer-core";
import { today } from "../src/days.ts";
import { type Body, drop, type Drop, dropUntil } from "./fixture.ts";
import { type Behaviour, good, information, refusal, type Wire } from "./wire.ts";

export interface Stage {
  page: Page;
  wire: Wire;
  /** A folder with files to enclose: see scenery. */
  files: string;
}

export interface State {
  name: string;
  /** The drop whose link is opened; without one the page is opened without a link. */
  drop?: () => Promise<Drop>;
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
  /** How the browser is to see the server: as loopback, as an onion service, or over plain http. */
  host?: "onion" | "plain";
}

const now = today();

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

const ordinary = (changes: Body = {}) => () => drop("harbour", changes);

async function write({ page }: Stage, words = written): Promise<void> {
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

async function fill(stage: Stage): Promise<void> {
  await write(stage);
  await enclose(stage, "minutes-14-march.pdf", "quay-7-at-night.jpg", "payments.csv");
}

async function send(stage: Stage): Promise<void> {
  await write(stage);
  await pressMain(stage);
}

async function wayOf(stage: Stage): Promise<void> {
  await fill(stage);
  await pressMain(stage);
  await stage.page.waitForSelector(".way");
}

/** Until the page has said how the line is. */
async function lineTold(stage: Stage): Promise<void> {
  await wayOf(stage);
  await stage.page.waitForFunction(() => document.querySelector(".way .soft:not(.figure)")?.textContent !== "");
}

/** Until something was handed to the connection. */
async function onTheWay(stage: Stage): Promise<void> {
  await wayOf(stage);
  await handed(stage);
}

const handed = ({ page }: Stage) => page.waitForFunction(() => document.querySelectorAll(".figure")[1]?.textContent !== "");

const done = async (stage: Stage): Promise<void> => {
  await fill(stage);
  await pressMain(stage);
  await stage.page.waitForSelector(".shut");
  await new Promise((settled) => setTimeout(settled, 2000)); // until the pane has closed
};

const press = (words: RegExp) => async ({ page }: Stage) => {
  const pressed = await page.evaluate((pattern) => {
    const found = [...document.querySelectorAll("button")].find((each) => new RegExp(pattern).test(each.className + " " + each.textContent));
    found?.click();
    return found !== undefined;
  }, words.source);
  if (!pressed) throw new Error(`there is no button like ${words}`);
};

async function drag(stage: Stage, type: "dragEnter" | "dragOver" | "drop", names: string[]): Promise<void> {
  const session = await stage.page.createCDPSession();
  const data = { items: [], files: names.map((name) => join(stage.files, name)), dragOperationsMask: 1 };
  await session.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
}

const paste = (words: string) => async ({ page }: Stage) => {
  await page.type("#paste", words);
};

const takenBack = async (stage: Stage): Promise<void> => {
  await done(stage);
  await stage.page.click("main .acts .quiet");
  await new Promise((settled) => setTimeout(settled, 500));
};

const withoutLink: State[] = [
  { name: "welcome", heading: "A letter" },
  { name: "welcome-short", act: paste("https://drop.example.org/#drop1qyqszqgpqyqszqgp"), heading: "A letter" },
  {
    name: "welcome-damaged",
    act: async (stage) => paste(`${stage.wire.url}/#${(await drop("harbour")).code.replace(/.$/, "!")}`)(stage),
    heading: "A letter",
  },
  {
    name: "elsewhere",
    act: async (stage) => {
      await paste(`https://drop.harbourpost.example/#${(await drop("other")).code}`)(stage);
      await press(/main/)(stage);
    },
    heading: "This link leads elsewhere",
  },
  { name: "noscript", before: ({ page }) => page.setJavaScriptEnabled(false), heading: "Nothing was sent" },
  {
    name: "loading",
    before: async ({ page }) => {
      await page.setRequestInterception(true);
      page.on("request", (request) => void (request.url().endsWith("/app.js") ? request.abort() : request.continue()));
    },
    act: () => new Promise((late) => setTimeout(late, 12_500)),
    heading: "One moment",
  },
  { name: "insecure", host: "plain", heading: "Nothing was sent" },
  {
    name: "old-browser",
    before: ({ page }) => page.evaluateOnNewDocument(() => void Reflect.deleteProperty(globalThis, "ReadableStream")),
    heading: "Nothing was sent",
  },
];

const reading: State[] = [
  { name: "reading", drop: ordinary(), behave: (b) => (b.card = "hang"), heading: "Reading the card" },
  {
    name: "reading-slow",
    drop: ordinary(),
    behave: (b) => (b.card = "hang"),
    hasty: true,
    act: ({ page }) => page.waitForFunction(() => document.querySelector("main .soft")?.textContent !== ""),
    heading: "Reading the card",
  },
];

const unreadable: State[] = [
  { name: "link-damaged", drop: ordinary(), code: (code) => code.slice(0, -1), heading: "Nothing was sent" },
  { name: "link-other", drop: ordinary(), code: () => "a1lqfn3a", heading: "Nothing was sent" },
  { name: "card-unknown", drop: ordinary(), behave: (b) => (b.card = refusal(404, "not_found")), heading: "Nothing was sent" },
  { name: "card-exchanged", drop: () => drop("harbour", {}, { root: "mallory" }), heading: "Nothing was sent. Do not" },
  { name: "card-forged", drop: () => drop("harbour", {}, { forged: true }), heading: "Nothing was sent. Do not" },
  { name: "card-newer", drop: ordinary({ version: 2 }), heading: "Nothing was sent" },
  { name: "card-unreadable", drop: ordinary({ mood: "calm" }), heading: "Nothing was sent" },
  { name: "card-expired", drop: () => dropUntil(now - 10), heading: "Nothing was sent" },
  { name: "card-keyless", drop: () => dropUntil(now + 5, now - 5), heading: "Nothing was sent" },
  { name: "card-future", drop: ordinary({ published: now + 9 }), heading: "Nothing was sent" },
  { name: "server-garbage", drop: ordinary(), behave: (b) => (b.info = { status: 200, body: "hello" }), heading: "Nothing was sent" },
  { name: "server-busy", drop: ordinary(), behave: (b) => (b.info = refusal(503, "busy")), heading: "Nothing was sent" },
  { name: "server-away", drop: ordinary(), behave: (b) => (b.card = "break"), heading: "Nothing was sent" },
];

const writing: State[] = [
  { name: "letter", drop: ordinary(), heading: "The Harbour Post" },
  { name: "letter-written", drop: ordinary(), act: fill, heading: "The Harbour Post" },
  { name: "letter-more", drop: ordinary(), act: ({ page }) => page.click("summary"), heading: "The Harbour Post" },
  { name: "letter-onion", drop: ordinary(), host: "onion", heading: "The Harbour Post" },
  { name: "letter-no-files", drop: ordinary({ policy: { files: false, largest: 1 << 20, replies: false } }), heading: "The Harbour Post" },
  { name: "letter-asked", drop: () => drop("clinic", asked), heading: "Ombudsstelle" },
  { name: "letter-arabic", drop: () => drop("majlis", arabic), heading: "مجلس" },
  { name: "letter-empty", drop: ordinary(), act: pressMain, heading: "The Harbour Post" },
  {
    name: "letter-too-large",
    drop: ordinary(),
    act: async (stage) => {
      await write(stage);
      await enclose(stage, "archive-of-everything.zip", "payments.csv");
      await pressMain(stage);
    },
    heading: "The Harbour Post",
  },
  {
    name: "letter-folder",
    drop: ordinary(),
    act: async (stage) => {
      for (const type of ["dragEnter", "dragOver", "drop"] as const) await drag(stage, type, ["a folder"]);
      await stage.page.waitForFunction(() => document.querySelector(".note")?.textContent !== "");
    },
    heading: "The Harbour Post",
  },
  {
    name: "letter-dragging",
    drop: ordinary(),
    act: async (stage) => {
      for (const type of ["dragEnter", "dragOver"] as const) await drag(stage, type, ["payments.csv"]);
      await stage.page.waitForSelector(".hover:not([hidden])");
    },
    heading: "The Harbour Post",
  },
  {
    name: "discard",
    drop: ordinary(),
    act: async (stage) => {
      await write(stage);
      const { code } = await drop("other");
      await stage.page.evaluate((hash) => void (location.hash = hash), code);
      await stage.page.waitForSelector("dialog[open]");
    },
    heading: "The Harbour Post",
  },
];

const sending: State[] = [
  {
    name: "sealing",
    drop: ordinary(),
    before: ({ page }) => page.emulateCPUThrottling(12),
    act: async (stage) => {
      await write(stage);
      await enclose(stage, "long.bin");
      await pressMain(stage);
      await stage.page.waitForFunction(() => document.querySelector(".figure")?.textContent !== "");
    },
    behave: (b) => (b.deposit = () => "hang"),
    heading: "The Harbour Post",
  },
  { name: "sending", drop: ordinary(), behave: (b) => (b.deposit = () => "hang"), act: onTheWay, heading: "The Harbour Post" },
  { name: "sending-slow", drop: ordinary(), hasty: true, behave: (b) => (b.deposit = () => "hang"), act: lineTold, heading: "The Harbour Post" },
  { name: "sending-broken", drop: ordinary(), behave: (b) => (b.deposit = () => "break"), act: lineTold, heading: "The Harbour Post" },
];

const failed = (name: string, behave: (b: Behaviour) => void, more: (stage: Stage) => Promise<unknown> = async () => {}): State => ({
  name,
  drop: ordinary(),
  hasty: true,
  behave,
  act: async (stage) => {
    await send(stage);
    await more(stage);
    await stage.page.waitForSelector(".notice", { timeout: 120_000 });
  },
  heading: "The Harbour Post",
});

/** Cancels once something may have left. */
const cancelOnTheWay = async (stage: Stage): Promise<void> => {
  await handed(stage);
  await stage.page.click(".way .plain");
};

const failures: State[] = [
  failed("send-too-large", (b) => (b.deposit = () => refusal(413, "too_large"))),
  failed("send-closed", (b) => (b.deposit = () => refusal(404, "not_found"))),
  failed("send-unsealed", (b) => (b.deposit = () => refusal(422, "not_sealed"))),
  failed("send-conflict", (b) => (b.deposit = () => refusal(409, "conflict"))),
  failed("send-full", (b) => (b.deposit = () => refusal(507, "full"))),
  failed("send-broken", (b) => (b.deposit = () => "break")),
  {
    name: "send-away",
    drop: ordinary(),
    hasty: true,
    act: async (stage) => {
      stage.wire.behave.info = "break";
      await send(stage);
      await stage.page.waitForSelector(".notice", { timeout: 120_000 });
    },
    heading: "The Harbour Post",
  },
  {
    name: "send-file-gone",
    drop: ordinary(),
    before: ({ page }) =>
      page.evaluateOnNewDocument(() => {
        Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotReadableError"));
      }),
    act: async (stage) => {
      await fill(stage);
      await pressMain(stage);
      await stage.page.waitForSelector(".notice");
    },
    heading: "The Harbour Post",
  },
  {
    name: "cancelled-nothing",
    drop: ordinary(),
    before: ({ page }) => page.emulateCPUThrottling(6),
    act: async (stage) => {
      await write(stage);
      await enclose(stage, "long.bin");
      await pressMain(stage);
      await stage.page.waitForFunction(() => document.querySelector(".figure")?.textContent !== "");
      await stage.page.click(".way .plain");
      await stage.page.waitForSelector(".notice");
    },
    heading: "The Harbour Post",
  },
  {
    name: "send-expired",
    drop: ordinary(),
    act: async (stage) => {
      await write(stage);
      await stage.page.evaluate(() => {
        const later = Date.now() + 40 * 86400_000;
        Date.now = () => later;
      });
      await pressMain(stage);
      await stage.page.waitForSelector(".notice");
    },
    heading: "The Harbour Post",
  },
  failed("cancelled-gone", (b) => { b.deposit = () => "hang"; b.withdraw = refusal(404, "not_found"); }, cancelOnTheWay),
  failed("cancelled-erased", (b) => (b.deposit = () => "hang"), cancelOnTheWay),
  failed("cancelled-unsure", (b) => { b.deposit = () => "hang"; b.withdraw = "break"; }, cancelOnTheWay),
];

const arrived: State[] = [
  { name: "done", drop: ordinary(), act: done, heading: "Your letter is on the server" },
  {
    name: "withdrawn",
    drop: ordinary(),
    act: takenBack,
    heading: "Your letter was erased",
  },
  {
    name: "withdrawn-gone",
    drop: ordinary(),
    behave: (b) => (b.withdraw = refusal(404, "not_found")),
    act: takenBack,
    heading: "Your letter is no longer there",
  },
  {
    name: "withdraw-failed",
    drop: ordinary(),
    behave: (b) => (b.withdraw = "break"),
    act: takenBack,
    heading: "Your letter is on the server",
  },
];

const asked: Body = {
  title: "Ombudsstelle der Rheinisch-Westfälischen Universitätskliniken für Beschäftigte und Studierende",
  intro: "Wir sind drei, und keiner von uns gehört zur Klinikleitung.\n\nÜber uns: https://ombud.example.org\nSprechstunde: dienstags",
  questions: [
    { id: "where", label: "On which ward or in which building?", kind: "text", required: false, choices: [] },
    { id: "safe", label: "Is anybody in danger now?", kind: "choice", required: true, choices: ["yes", "no"] },
  ],
  notices: [{ day: now - 3, text: "We have had several letters about the night shifts on ward 4, and are looking into it. Thank you." }],
};

const arabic: Body = {
  title: "مجلس الصحافة المستقلة",
  intro: "نقرأ كل رسالة تصل إلينا.\n\nاكتب ما حدث وكيف عرفت به، ولا ترسل ما يدل عليك.",
};

export const states: State[] = [...withoutLink, ...reading, ...unreadable, ...writing, ...sending, ...failures, ...arrived];

export function behaviour(state: State, sealed: Uint8Array): Behaviour {
  const behave = good(sealed);
  behave.info = { status: 200, body: information };
  state.behave?.(behave);
  return behave;
}
