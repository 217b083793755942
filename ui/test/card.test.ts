import assert from "node:assert/strict";
import { test } from "node:test";
import { type Card, checkDay, currentEpoch, largestCard, openCard } from "../src/card.ts";
import { dateOf, today } from "../src/days.ts";
import { type Code, TransomError } from "../src/errors.ts";
import { parseLink } from "../src/link.ts";
import { drop } from "./fixture.ts";

function refusal(code: Code): (error: unknown) => boolean {
  return (error) => error instanceof TransomError && error.code === code && error.sent === "nothing";
}

function card(published: number, expires: number, epochs: [from: number, until: number][]): Card {
  return {
    version: 1,
    root: new Uint8Array(32),
    seq: 1,
    published,
    expires,
    title: "t",
    intro: "",
    languages: [],
    questions: [],
    epochs: epochs.map(([from, until], number) => ({ number, from, until, keys: [] })),
    desks: [],
    policy: { files: true, largest: 1, replies: false },
    notices: [],
  };
}

test("a day of grace on either side, and no more", () => {
  const c = card(100, 110, [[100, 110]]);
  for (const day of [99, 100, 105, 110, 111]) checkDay(c, day);
  assert.throws(() => checkDay(c, 98), refusal("card/future"));
  assert.throws(() => checkDay(c, 112), refusal("card/expired"));
  assert.throws(() => checkDay(card(100, 110, [[102, 104]]), 100), refusal("card/epoch"));
  assert.throws(() => checkDay(card(100, 110, [[102, 104]]), 106), refusal("card/epoch"));
});

test("the epoch is today's, else tomorrow's, else yesterday's", () => {
  const c = card(100, 120, [[100, 104], [105, 109], [112, 115]]);
  const numbers = new Map([[99, 0], [100, 0], [104, 0], [105, 1], [109, 1], [110, 1], [111, 2], [112, 2], [115, 2], [116, 2]]);
  for (const [day, number] of numbers) assert.equal(currentEpoch(c, day).number, number, `day ${day}`);
  assert.equal(currentEpoch(card(100, 120, [[100, 104], [106, 109]]), 105).number, 1);
  assert.throws(() => currentEpoch(c, 117), refusal("card/epoch"));
});

test("a good card opens; cut or changed anywhere, or too large, it does not", async () => {
  const { code, sealed } = await drop("card test");
  const link = parseLink(code);
  assert.equal((await openCard(sealed, link)).version, 1);
  for (let at = 0; at < sealed.length; at += 97) {
    await assert.rejects(openCard(sealed.subarray(0, at), link), refusal("card/sealed"), `cut at ${at}`);
    const changed = sealed.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    await assert.rejects(openCard(changed, link), refusal("card/sealed"), `changed at ${at}`);
  }
  await assert.rejects(openCard(new Uint8Array(largestCard + 1), link), refusal("card/sealed"));
  await assert.rejects(openCard(sealed, { ...link, secret: link.mailbox }), refusal("card/sealed"));
  await assert.rejects(openCard(sealed, { ...link, mailbox: link.secret }), refusal("card/root"));
});

test("a card of another owner, and a forged one, are refused before they are read", async () => {
  const other = await drop("card test", { title: "" }, { root: "another owner" });
  await assert.rejects(openCard(other.sealed, parseLink(other.code)), refusal("card/root"));
  const forged = await drop("card test", { title: "" }, { forged: true });
  await assert.rejects(openCard(forged.sealed, parseLink(forged.code)), refusal("card/signature"));
  const wrong = await drop("card test", { title: "" });
  await assert.rejects(openCard(wrong.sealed, parseLink(wrong.code)), refusal("card/format"));
});

const breaches: Record<string, Record<string, unknown>> = {
  "a title of two lines": { title: "a\nb" },
  "a title of 201 bytes": { title: "é".repeat(100) + "x" },
  "a title that reorders itself": { title: "a\u202eb" },
  "a control character": { intro: "a\u0007" },
  "a tab": { intro: "a\tb" },
  "a language that is none": { languages: ["en_GB"] },
  "a language with a Kelvin sign": { languages: ["\u212an"] },
  "a member too many": { more: 1 },
  "a null": { intro: null },
  "a number as text": { seq: "1" },
  "seq 0": { seq: 0 },
  "91 days": { expires: today() + 91 },
  "no epoch": { epochs: [] },
  "a question of an unknown kind": { questions: [{ id: "a", label: "", kind: "map", required: false, choices: [] }] },
  "a choice without choices": { questions: [{ id: "a", label: "", kind: "choice", required: false, choices: [] }] },
  "a scale with choices": { questions: [{ id: "a", label: "", kind: "scale", required: false, choices: ["1"] }] },
  "a policy with a fraction": { policy: { files: true, largest: 1.5, replies: false } },
  "33 desks": { desks: new Array<string>(33).fill("A".repeat(43)) },
};

test("a card that breaks a rule is refused", async (t) => {
  for (const [what, change] of Object.entries(breaches)) {
    await t.test(what, async () => {
      const { code, sealed } = await drop("card test", change);
      await assert.rejects(openCard(sealed, parseLink(code)), refusal("card/format"));
    });
  }
});

test("a day begins at midnight UTC, before 1970 too", () => {
  assert.equal(today(Date.UTC(2026, 0, 1)), 20454);
  assert.equal(today(Date.UTC(2026, 0, 1) - 1), 20453);
  assert.equal(today(-1), -1);
  assert.equal(dateOf(20454).toISOString(), "2026-01-01T00:00:00.000Z");
});
