/** Every state that the page can be in, and how to get there. Pictures and checks of accessibility go through all of them. */

import { today } from "../src/days.ts";
import { done, drag, enclose, fill, handed, lineTold, onTheWay, ordinary, paste, press, pressMain, send, type Stage, type State, takenBack, write } from "./acts.ts";
import { answering } from "./correspondence.ts";
import { type Body, drop, dropUntil } from "./fixture.ts";
import { threadStates } from "./threadstates.ts";
import { type Behaviour, good, information, refusal } from "./wire.ts";

const now = today();

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
      await press("main")(stage);
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
    act: ({ page }) => page.waitForFunction(() => document.querySelector("main .soft")?.textContent),
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
  {
    name: "letter-asked-missing",
    drop: () => answering(asked),
    act: async (stage) => {
      await write(stage);
      await pressMain(stage);
    },
    heading: "Ombudsstelle",
  },
  { name: "letter-no-reply", drop: ordinary(), act: ({ page }) => page.click(".reply input"), heading: "The Harbour Post" },
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
      await stage.page.waitForFunction(() => document.querySelector(".note")?.textContent);
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
      await stage.page.waitForFunction(() => document.querySelector(".figure")?.textContent);
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
      await stage.page.waitForFunction(() => document.querySelector(".figure")?.textContent);
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
    { id: "safe", label: "Is anybody in danger now?", kind: "choice", required: true, choices: ["Yes, now", "Not now, but it can happen again", "No"] },
    { id: "often", label: "How often does it happen?", kind: "choice", required: false, choices: ["Once", "Every week"] },
    { id: "trust", label: "How much do you trust that something will change?", kind: "scale", required: false, choices: [] },
  ],
  notices: [{ day: now - 3, text: "We have had several letters about the night shifts on ward 4, and are looking into it. Thank you." }],
};

const arabic: Body = {
  title: "مجلس الصحافة المستقلة",
  intro: "نقرأ كل رسالة تصل إلينا.\n\nاكتب ما حدث وكيف عرفت به، ولا ترسل ما يدل عليك.",
};

export const states: State[] = [...withoutLink, ...reading, ...unreadable, ...writing, ...sending, ...failures, ...arrived, ...threadStates];

/** A server that does what it should, with time as it is now. */
export function behaviour(sealed: Uint8Array): Behaviour {
  return { ...good(sealed), info: { status: 200, body: { ...information, time: Math.floor(Date.now() / 1000) } } };
}
