/** A thread on the page among enemies: a hostile recipient, a hostile server, a line that breaks, a second link. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import type { HTTPRequest, Page } from "puppeteer-core";
import { concat, toBase32, utf8 } from "../../src/bytes.ts";
import { parseCodename, threadKeys } from "../../src/codename.ts";
import { sealEnvelope } from "../../src/envelope.ts";
import { elsewhere } from "../../src/leave.ts";
import { writeLetter } from "../../src/letter.ts";
import { paddedSize } from "../../src/padding.ts";
import { blockPadding, canonicalHeader, endSize, toByteString } from "../../src/tar.ts";
import { enclose, pressMain, type Stage, type State, write } from "../acts.ts";
import { answering, correspondence, type Step } from "../correspondence.ts";
import { knownOf, Recipient } from "../correspondents.ts";
import type { Mailboxes } from "../mailboxes.ts";
import { type Theatre, theatre } from "../stage.ts";
import { type Behaviour, refusal, type Reply } from "../wire.ts";
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
    assert.deepEqual(complaints.filter((each) => !each.startsWith(`request: ${elsewhere}`) && !each.startsWith("request: data:") && !each.startsWith("request: blob:")), []);
  });
  return stage;
}

const says = (page: Page, words: RegExp): Promise<unknown> =>
  page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector("main")!.innerText), { timeout: 30_000 }, words.source);

async function confirm(page: Page): Promise<void> {
  await page.waitForSelector("dialog[open]");
  await page.click("dialog .quiet");
}

const short: Step[] = [
  { did: "write", ago: 2, message: "Hello." },
  { did: "reply", ago: 1, saw: 1, message: "One." },
  { did: "reply", ago: 1, saw: 1, message: "Two." },
];

/** A thread that is open, and what the server keeps of it. */
async function open(t: { after(f: () => Promise<void>): void }, steps: Step[]): Promise<{ stage: Stage; page: Page; mailboxes: Mailboxes }> {
  let mailboxes!: Mailboxes;
  const stage = await opened(t, {
    async thread(origin) {
      const made = await correspondence(origin, steps);
      mailboxes = made.mailboxes;
      return made;
    },
  });
  await openThread(stage.page, stage.words);
  return { stage, page: stage.page, mailboxes };
}

/** Answers requests of a kind, after some that pass, in the server's place, until it is over. Browsers repeat one by themselves when a line breaks. */
function faults({ wire }: Stage, kind: RegExp, reply: Reply, pass = 0): void {
  let n = 0;
  wire.behave.instead = (request) => (kind.test(request) && n++ >= pass ? reply : undefined);
}

function over({ wire }: Stage): void {
  delete wire.behave.instead;
}

const script = { "Content-Type": "text/javascript" };
const nothing = new Uint8Array(0);
const wrongScripts: Record<string, Reply> = {
  "nothing at all": { status: 200, bytes: nothing, headers: script },
  "another script": { status: 200, bytes: utf8("export const Foot = 1;"), headers: script },
  "half a script": { status: 200, bytes: utf8("export function Foot() {"), headers: script },
  "a script that fails": { status: 200, bytes: utf8("throw new Error()"), headers: script },
  "a page to log in": { status: 200, bytes: utf8("<html>"), headers: { "Content-Type": "text/html" } },
  "a broken line": "break",
};

test("whatever comes in place of the second script, nothing is sent and the next attempt can succeed", { skip, timeout: 60_000 }, async (t) => {
  const stage = await opened(t, { drop: () => answering() });
  await write(stage, "Still here.");
  for (const [what, reply] of Object.entries(wrongScripts)) {
    faults(stage, /thread\.js/, reply);
    await stage.page.$eval(".foot", (foot) => foot.querySelector(".notice")?.remove());
    await pressMain(stage);
    await stage.page.waitForSelector(".foot .notice");
    assert.match(await stage.page.$eval(".foot", (foot) => foot.textContent!), /Nothing was sent\..*did not arrive/, what);
    assert.equal(await stage.page.$eval("#letter", (sheet) => (sheet as HTMLTextAreaElement).value), "Still here.");
  }
  assert.equal(stage.wire.deposits.length, 0);
  over(stage);
  await pressMain(stage);
  assert.equal((await wordsOf(stage.page)).length, 12);
});

test("days that no calendar has keep nobody from their words or their thread", { skip, timeout: 60_000 }, async (t) => {
  const never = Number.MAX_SAFE_INTEGER;
  const sent = await opened(t, { drop: () => answering(), behave: (b: Behaviour) => void (b.deposit = () => ({ status: 201, body: { day: never, expires: never } })) });
  await write(sent, "Until when?");
  await pressMain(sent);
  assert.equal((await wordsOf(sent.page)).length, 12);

  const stage = await opened(t, {
    async thread(origin) {
      const made = await correspondence(origin, short);
      for (const all of made.mailboxes.kept.values()) for (const each of all.values()) each.day = each.expires = never;
      return made;
    },
  });
  await openThread(stage.page, stage.words);
  assert.equal((await thread(stage.page)).length, 3);
});

test("while a thread is closed nothing is written to it or erased from it", { skip, timeout: 60_000 }, async (t) => {
  const { stage, page } = await open(t, short);
  await write(stage, "Too late.");
  faults(stage, /^DELETE/, "hang");
  await press(page, "close");
  await confirm(page); // what is not sent is lost
  await confirm(page);
  await says(page, /Closing the thread/);
  const asked = stage.wire.asked.length;
  await page.click(".foot .main").catch(() => {}); // with a real pointer: what is inert takes none
  await page.click(".erase").catch(() => {});
  assert.equal(await page.$("dialog[open]"), null);
  assert.equal(await page.$eval(".look", (look) => (look as HTMLButtonElement).disabled), true);
  await new Promise((settled) => setTimeout(settled, 300));
  assert.deepEqual(stage.wire.asked.slice(asked).filter((each) => /PUT|thread\.js/.test(each)), []);
});

for (const reply of ["break", refusal(503, "busy")] as const) {
  const how = reply === "break" ? "the line breaks" : "the server is busy";
  test(`${how} while something is erased: what is said is true, and the next attempt goes on`, { skip, timeout: 90_000 }, async (t) => {
    const { stage, page, mailboxes } = await open(t, short);
    faults(stage, /^DELETE/, reply);
    await press(page, "erase");
    await confirm(page);
    await says(page, /The answer may still be on the server/);
    assert.equal((await thread(page)).length, 3, "it is no longer shown, though it is there");
    over(stage);
    await press(page, "erase");
    await confirm(page);
    await says(page, /The answer was erased/);
    assert.deepEqual((await thread(page)).map(({ message }) => message), ["Hello.", "Two."]);
    assert.equal(await page.$(".gap"), null);

    await write(stage, "Take this back.");
    await pressMain(stage);
    await page.waitForSelector(".back");
    faults(stage, /^DELETE/, reply);
    await press(page, "back");
    await confirm(page);
    await says(page, /Your letter may still be there/);
    over(stage);
    await press(page, "back");
    await confirm(page);
    await says(page, /Your letter was erased from the server/);

    for (const pass of [0, 1]) {
      faults(stage, /^DELETE/, reply, pass);
      await press(page, "close");
      await confirm(page);
      await says(page, /The thread is not wholly closed/);
      assert.equal(await page.$eval(".close", (close) => (close as HTMLButtonElement).disabled), false);
    }
    over(stage);
    await press(page, "close");
    await confirm(page);
    await says(page, /The thread is closed/);
    assert.deepEqual([...mailboxes.kept.values()].map((all) => all.size), [2], "more is left than the first letter, which was answered, and the word that the thread is closed");
  });
}

test("a letter without its copy is not left without a question", { skip, timeout: 60_000 }, async (t) => {
  const { stage, page } = await open(t, short);
  await write(stage, "Two steps.");
  faults(stage, /^PUT/, refusal(507, "full"), 1);
  await pressMain(stage);
  await says(page, /The copy for yourself is not there yet/);
  await page.evaluate(() => void (location.hash = "drop1"));
  await page.waitForSelector("dialog[open]");
  assert.match(await page.$eval("dialog", (dialog) => dialog.textContent!), /Go on without the copy\?/);
  await page.click("dialog .main");
  over(stage);
  await page.click(".writing .main");
  await page.waitForFunction(() => document.querySelectorAll(".thread > li").length === 4);
  await page.evaluate(() => void (location.hash = "drop1"));
  await page.waitForFunction(() => !document.querySelector(".thread"));
});

test("another link takes the words or a thread away, but not unasked what nobody has kept", { skip, timeout: 60_000 }, async (t) => {
  const other = await answering();
  const stage = await opened(t, { drop: () => answering() });
  const { page } = stage;
  await write(stage, "Keep these.");
  await pressMain(stage);
  const words = await wordsOf(page);
  const follow = (): Promise<void> => page.evaluate((code) => void (location.hash = code), other.code);
  await follow();
  await page.waitForSelector("dialog[open]");
  assert.equal(new URL(page.url()).hash, "", "a link is left in the address");
  await page.click("dialog .main");
  assert.deepEqual(await wordsOf(page), words);
  await follow();
  await confirm(page);
  await page.waitForSelector("#letter");
  const left = await page.evaluate(() => [document.body.textContent!, document.title] as const);
  assert.ok(!left[0].includes(words.join("")) && left[1] === "Transom", "something of the words is left");
});

/** Puts a reply there whose files have names that no honest program writes, though its tar is as it has to be. */
async function replyNaming({ words }: Stage, mailboxes: Mailboxes, names: readonly string[]): Promise<void> {
  const keys = await threadKeys(parseCodename(words));
  const meta = await new Recipient("harbour", mailboxes).reply(knownOf(keys), "", {}, { seq: 3 });
  mailboxes.erase(toBase32(meta.mailbox), toBase32(meta.envelope));
  const tar: Uint8Array[] = [];
  for await (const chunk of writeLetter(meta, "Look at these.", [])) if (tar.length < 6) tar.push(new Uint8Array(chunk)); // what follows is padding
  for (const name of names) tar.push(canonicalHeader(toByteString(`files/${name}`), 8), utf8("<script>"), new Uint8Array(blockPadding(8)));
  const size = concat(...tar).length;
  tar.push(new Uint8Array(paddedSize(size + endSize) - size));
  async function* letter(): AsyncGenerator<Uint8Array> {
    yield* tar;
  }
  const sealed = await sealEnvelope([keys.recipient], letter());
  mailboxes.put(meta.mailbox, meta.envelope, new Uint8Array(await sealed.arrayBuffer()));
}

test("names that would leave their folder, hide or pose as others are shown and saved as harmless ones", { skip, timeout: 60_000 }, async (t) => {
  const { stage, page, mailboxes } = await open(t, short);
  await replyNaming(stage, mailboxes, ["evil\u202egpj.exe", "...", "a\\b.txt", "a:b.txt", ".bashrc", "CON.txt", "-rf.pdf", "a\u0007b.txt"]);
  await press(page, "look");
  await says(page, /One letter is new/);
  const { files } = (await thread(page))[3]!;
  assert.deepEqual(files, ["evil_gpj.exe", "___", "a_b.txt", "a_b-2.txt", "_bashrc", "_CON.txt", "_rf.pdf", "a_b-3.txt"]);
});

test("a reply as large as can be neither hangs the page nor leaves it, and nothing of a thread is kept or sent", { skip, timeout: 90_000 }, async (t) => {
  const files = Object.fromEntries(Array.from({ length: 999 }, (_, i) => [`${i}.html`, utf8("<script>alert(1)</script>")]));
  const steps: Step[] = [
    { did: "write", ago: 2, message: "Hello." },
    { did: "reply", ago: 1, saw: 1, message: "Z" + "\u0335\u0489".repeat(260_000) },
    { did: "reply", ago: 1, saw: 1, message: "<base href=//evil><meta http-equiv=refresh content=0><form>\u202e\u2067", files: { ...files, "big.svg": new Uint8Array(3_000_000) } },
  ];
  const requests: HTTPRequest[] = [];
  const stage = await opened(t, { thread: (origin) => correspondence(origin, steps), before: async ({ page }) => void page.on("request", (request) => requests.push(request)) });
  const { page, words } = stage;
  const began = performance.now();
  await openThread(page, words);
  assert.ok(performance.now() - began < 20_000, "the page takes too long");
  assert.ok((await page.$$("*")).length < 1000, "the page has become enormous");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than the window");
  const kept = await page.evaluate(async () => {
    const [found, caught] = await Promise.all([indexedDB.databases(), caches.keys()]);
    return [document.cookie, localStorage.length, sessionStorage.length, found.length, caught.length, history.state, name, location.href.replace(location.origin, ""), document.title];
  });
  assert.deepEqual(kept, ["", 0, 0, 0, 0, null, "", "/", "Transom"]);
  await write(stage, "And again.");
  await enclose(stage, "payments.csv");
  await pressMain(stage);
  await page.waitForFunction(() => document.querySelectorAll(".thread > li").length === 4);
  for (const request of requests) {
    const whole = `${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ""}`;
    assert.ok(!words.split(" ").some((word) => word.length > 4 && whole.includes(word)), `a word is in ${request.method()} ${request.url()}`);
    assert.ok(!("referer" in request.headers()) || !/#/.test(request.headers()["referer"]!));
  }
  assert.ok(requests.length > 8);
});
