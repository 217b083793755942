/** The states that a codename brings: its words, kept and entered, and the thread behind them. */

import { done, enclose, fill, ordinary, press, pressMain, type Stage, type State, write } from "./acts.ts";
import { bytesOf, correspondence, otherWords, type Step } from "./correspondence.ts";
import type { Body } from "./fixture.ts";
import { refusal, type Reply } from "./wire.ts";

const seconds = (n: number): Promise<void> => new Promise((over) => setTimeout(over, n * 1000));

/** Waits until something stands on the page that is not empty. */
const there = (selector: string) => ({ page }: Stage) =>
  page.waitForFunction((each) => document.querySelector(each)?.textContent, { timeout: 30_000 }, selector);

/** Waits until what is said of an act is no longer that it is being done. */
const settled = ({ page }: Stage) =>
  page.waitForFunction(() => document.querySelector(".status:not(.small):not(:empty)") && !document.querySelector("main button:disabled"), { timeout: 30_000 });

export async function openWords(stage: Stage): Promise<void> {
  await press("codename")(stage);
  await stage.page.waitForSelector("#words");
}

export const enter = (words: string | ((stage: Stage) => string)) => async (stage: Stage): Promise<void> => {
  await openWords(stage);
  await stage.page.type("#words", typeof words === "string" ? words : words(stage));
};

export const open = (words?: string) => async (stage: Stage): Promise<void> => {
  await enter(words ?? stage.words)(stage);
  await press("open")(stage);
};

/** Opens the thread and then does something in it. */
const inThread = (...acts: ((stage: Stage) => Promise<unknown>)[]) => async (stage: Stage): Promise<void> => {
  await open()(stage);
  await stage.page.waitForSelector(".thread");
  for (const act of acts) await act(stage);
};

const agree = async (stage: Stage): Promise<void> => {
  await stage.page.waitForSelector("dialog[open]");
  await stage.page.click("dialog .quiet");
};

const asked = async ({ page }: Stage): Promise<void> => void (await page.waitForSelector("dialog[open]"));

/** A lively thread: three letters each way, files among the answers. */
const steps: Step[] = [
  {
    did: "write",
    ago: 12,
    message:
      "On 14 March the harbour board approved the dredging contract in a meeting that is not in the published calendar. The minutes are enclosed.\n\nI can get the payments, if they help.",
    files: { "minutes-14-march.pdf": new Uint8Array(1_400_000) },
    answers: { how: "I was in the room.", sure: "5" },
  },
  { did: "reply", ago: 10, saw: 1, message: "Thank you. The minutes are what they seem: we have compared the signatures.\n\nThe payments would help. Is there a way to get the attendance list without it being noticed? If not, leave it." },
  { did: "write", ago: 9, known: true, message: "Here are the payments until January. The list is out of reach.", files: { "payments.csv": new Uint8Array(21_300), "quay-7-at-night.jpg": new Uint8Array(640_000) } },
  {
    did: "reply",
    ago: 6,
    saw: 2,
    message: "We have what we need. Enclosed is the page as we mean to print it. Is anything in it that only you could know?",
    files: { "page-4-proof.pdf": bytesOf("%PDF-1.7", 480_000), "questions.txt": bytesOf("1. Who else was there?\n") },
  },
  { did: "receipt", ago: 3, saw: 3 },
  { did: "write", ago: 4, known: true, message: "The second paragraph: only three of us knew of the car. Leave the car out, please." },
];

const questions: Body = {
  questions: [
    { id: "how", label: "How do you know?", kind: "text", required: false, choices: [] },
    { id: "sure", label: "How sure are you?", kind: "scale", required: true, choices: [] },
  ],
};

const lively = (more: Step[] = [], changes: Body = questions) => (origin: string) => correspondence(origin, [...steps, ...more], changes);

const waiting: Step[] = [{ did: "write", ago: 2, message: "The minutes of 14 March are missing from the archive." }];

const quiet = (...more: Step[]) => (origin: string) => correspondence(origin, [...waiting, ...more]);

/** Lets so many requests of a kind through, and answers the rest. It counts for one state: each makes its own. */
const after = (n: number, kind: RegExp, reply: Reply) => {
  let passed = 0;
  return (request: string): Reply | undefined => (kind.test(request) && passed++ >= n ? reply : undefined);
};

const deposit = /^PUT .*envelopes/;
const fetched = /^GET .*envelopes\/./;
const erasing = /^DELETE /;

const entering: State[] = [
  { name: "words", act: openWords, heading: "Your twelve words" },
  { name: "words-some", act: enter("letter advice cage absurd amount "), heading: "Your twelve words" },
  { name: "words-unknown", act: enter("letter advice cage absurd amuont doctor acoustic "), heading: "Your twelve words" },
  { name: "words-strange", act: enter("letter advice xyzzyplugh "), heading: "Your twelve words" },
  { name: "words-whole", thread: quiet(), act: (stage) => enter(stage.words)(stage), heading: "Your twelve words" },
  { name: "words-few", act: open("letter advice cage absurd amount doctor acoustic avoid letter advice cage"), heading: "Your twelve words" },
  { name: "words-many", act: open("letter advice cage absurd amount doctor acoustic avoid letter advice cage above above"), heading: "Your twelve words" },
  { name: "words-checksum", act: open("letter advice cage absurd amount doctor acoustic avoid letter advice cage cage"), heading: "Your twelve words" },
  {
    name: "words-nothing",
    act: async (stage) => {
      await open(otherWords)(stage);
      await there(".notice")(stage);
    },
    heading: "Your twelve words",
  },
  {
    name: "words-away",
    thread: quiet(),
    act: async (stage) => {
      stage.wire.behave.info = "break";
      await open()(stage);
      await there(".notice")(stage);
    },
    heading: "Your twelve words",
  },
  {
    name: "opening",
    thread: lively(),
    behave: (b) => (b.instead = after(3, fetched, "hang")),
    hasty: true,
    act: async (stage) => {
      await open()(stage);
      await there(".way .figure")(stage);
      await seconds(1);
    },
    heading: "Your twelve words",
  },
  {
    name: "part-missing",
    split: true,
    behave: (b) => (b.instead = after(0, /thread\.js/, refusal(503, "busy"))),
    act: async (stage) => {
      await press("codename")(stage);
      await there("h1 + p + p + .acts")(stage);
    },
    heading: "Nothing was sent",
  },
];

const step = (name: string, ...acts: ((stage: Stage) => Promise<unknown>)[]) => async (stage: Stage): Promise<void> => {
  await done(stage);
  await press(name)(stage);
  for (const act of acts) await act(stage);
};

const keeping: State[] = [
  { name: "keep-copied", drop: ordinary(), act: step("copy", () => seconds(0.3)), heading: "Your letter is on the server" },
  { name: "keep-saved", drop: ordinary(), act: step("save", () => seconds(0.3)), heading: "Your letter is on the server" },
  { name: "keep-print", drop: ordinary(), act: done, heading: "", printed: true },
  { name: "check", drop: ordinary(), act: step("next"), heading: "Your letter is on the server" },
  {
    name: "check-wrong",
    drop: ordinary(),
    act: step("next", async (stage) => {
      for (const field of await stage.page.$$(".word")) await field.type("abandon");
      await press("compare")(stage);
    }),
    heading: "Your letter is on the server",
  },
  { name: "kept", drop: ordinary(), act: step("next", answerCheck), heading: "Your letter is on the server" },
  { name: "kept-skipped", drop: ordinary(), act: step("next", press("skip")), heading: "Your letter is on the server" },
  {
    name: "keep-leaving",
    drop: ordinary(),
    act: async (stage) => {
      await done(stage);
      await stage.page.evaluate(() => void (location.hash = "drop1other"));
      await asked(stage);
    },
    heading: "Your letter is on the server",
  },
  { name: "done-without", drop: ordinary(), act: async (stage) => { await stage.page.click(".reply input"); await done(stage); }, heading: "Your letter is on the server" },
  {
    name: "sending-copy",
    drop: ordinary(),
    hasty: true,
    behave: (b) => (b.instead = after(1, deposit, "hang")),
    act: async (stage) => {
      await fill(stage);
      await pressMain(stage);
      await stage.page.waitForSelector(".way .figure:not(:empty) + .figure:empty + .soft:not(:empty)");
    },
    heading: "The Harbour Post",
  },
  {
    name: "half",
    drop: ordinary(),
    behave: (b) => (b.instead = after(1, deposit, refusal(507, "full"))),
    act: async (stage) => {
      await fill(stage);
      await pressMain(stage);
      await there("main .notice")(stage);
    },
    heading: "Your letter is on the server",
  },
];

/** Reads the words off the grid before it goes, as somebody would who has written them down. */
export async function answerCheck(stage: Stage): Promise<void> {
  const { page } = stage;
  await press("again")(stage);
  const words = await page.$$eval(".words li", (all) => all.map((each) => each.textContent!));
  await press("next")(stage);
  for (const field of await page.$$(".word")) {
    const n = await field.evaluate((each) => Number(each.id.replace("word-", "")));
    await field.type(words[n - 1]!);
  }
  await press("compare")(stage);
}

const threads: State[] = [
  { name: "thread", thread: lively(), act: inThread(), heading: "The Harbour Post" },
  { name: "thread-waiting", thread: quiet(), act: inThread(), heading: "The Harbour Post" },
  { name: "thread-collected", thread: quiet({ did: "receipt", ago: 1, saw: 1 }), act: inThread(), heading: "The Harbour Post" },
  {
    name: "thread-gap",
    thread: quiet({ did: "reply", ago: 2, saw: 1, message: "", lost: true }, { did: "reply", ago: 1, saw: 1, message: "As I wrote, do not come to the quay." }),
    act: inThread(),
    heading: "The Harbour Post",
  },
  { name: "thread-closed", thread: lively([{ did: "receipt", ago: 1, saw: 3, closed: true }]), act: inThread(), heading: "The Harbour Post" },
  { name: "thread-not-genuine", thread: quiet({ did: "forge", ago: 1 }, { did: "forge", ago: 1 }), act: inThread(), heading: "The Harbour Post" },
  { name: "thread-card-gone", thread: lively(), behave: (b) => (b.instead = after(0, /card$/, refusal(404, "not_found"))), act: inThread(), heading: "Your letters" },
  { name: "thread-elsewhere", thread: () => correspondence("https://drop.harbourpost.example", steps), act: inThread(), heading: "Your letters" },
  { name: "thread-hostile", thread: quiet(...hostile()), act: inThread(), heading: "The Harbour Post" },
  { name: "thread-erase", thread: lively(), act: inThread(press("erase"), asked), heading: "The Harbour Post" },
  { name: "thread-erased", thread: lively(), act: inThread(press("erase"), agree, settled), heading: "The Harbour Post" },
  { name: "thread-erase-failed", thread: lively(), behave: (b) => (b.instead = after(0, erasing, "break")), act: inThread(press("erase"), agree, settled), heading: "The Harbour Post" },
  { name: "thread-withdraw", thread: quiet(), act: inThread(press("back"), asked), heading: "The Harbour Post" },
  { name: "thread-withdrawn", thread: lively([{ did: "write", ago: 0, known: true, message: "One more thing." }]), act: inThread(press("back"), agree, settled), heading: "The Harbour Post" },
  {
    name: "thread-withdrawn-gone",
    thread: quiet(),
    behave: (b) => (b.instead = after(0, erasing, refusal(404, "not_found"))),
    act: inThread(press("back"), agree, settled),
    heading: "The Harbour Post",
  },
  { name: "thread-close", thread: lively(), act: inThread(press("close"), asked), heading: "The Harbour Post" },
  { name: "closed", thread: lively([{ did: "write", ago: 0, known: true, message: "One more thing." }]), act: inThread(press("close"), agree, () => seconds(1)), heading: "The thread is closed" },
  { name: "close-failed", thread: lively(), behave: (b) => (b.instead = after(0, erasing, "break")), act: inThread(press("close"), agree, settled), heading: "The Harbour Post" },
  {
    name: "thread-writing",
    thread: lively(),
    act: inThread(async (stage) => {
      await write(stage, "The list has turned up. It is enclosed.");
      await enclose(stage, "payments.csv");
    }),
    heading: "The Harbour Post",
  },
  {
    name: "thread-sent",
    thread: lively(),
    act: inThread((stage) => write(stage, "The list has turned up."), pressMain, settled, () => seconds(2)),
    heading: "The Harbour Post",
  },
  {
    name: "thread-half",
    thread: lively(),
    behave: (b) => (b.instead = after(1, deposit, refusal(507, "full"))),
    act: inThread((stage) => write(stage, "The list has turned up."), pressMain, there(".writing > .acts")),
    heading: "The Harbour Post",
  },
  { name: "thread-looked", thread: lively(), act: inThread(press("look"), settled), heading: "The Harbour Post" },
  {
    name: "thread-look-failed",
    thread: lively(),
    act: inThread(async (stage) => {
      stage.wire.behave.info = "break";
      await press("look")(stage);
      await settled(stage);
    }),
    heading: "The Harbour Post",
  },
];

/** What a recipient who means ill could answer. */
function hostile(): Step[] {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}-${"long".repeat(i)}`.slice(0, 180), bytesOf("x")]));
  return [
    {
      did: "reply",
      ago: 1,
      saw: 1,
      message: `<script>alert(1)</script> <b>bold</b> \u202egnp.exe\u202c \u0007 ${"unbroken".repeat(60)}\n\nhttps://drop.example/#drop1qqqq\n\n${"\u0301".repeat(40)}a\n\nكل شيء على ما يرام.`,
      files,
    },
  ];
}

export const threadStates: State[] = [...entering, ...keeping, ...threads];
