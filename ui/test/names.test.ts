import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../src/bytes.ts";
import { safeName, uniqueNames } from "../src/names.ts";
import { Chance } from "./chance.ts";

const forbidden =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}/\\:*?"<>|\p{Surrogate}]/u;

function assertSafe(name: string, of: string): void {
  const label = JSON.stringify(of);
  assert.ok(name !== "" && utf8(name).length <= 200, label);
  assert.doesNotMatch(name, forbidden, label);
  assert.doesNotMatch(name, /^[.\- ]|[. ]$/, label);
  assert.doesNotMatch(name, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i, label);
  assert.equal(safeName(name), name, label);
}

test("a safe name is safe, and making it safe again changes nothing", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 20_000; i++) {
    const name = chance.text(chance.pick([3, 10, 250]));
    assertSafe(safeName(name), name);
  }
});

test("a name that is safe stays as it is", () => {
  for (const name of ["a", "photo.jpg", "تقرير.pdf", "minutes of 3 May (final).pdf", "👩‍👩‍👧.jpg"]) assert.equal(safeName(name), name);
});

test("names in a letter are safe, and differ in more than case", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 300; i++) {
    const names = Array.from({ length: 1 + chance.below(40) }, () => chance.text(chance.pick([1, 2, 3, 240])));
    const unique = uniqueNames(names);
    assert.equal(unique.length, names.length);
    unique.forEach((name, at) => assertSafe(name, names[at] ?? ""));
    assert.equal(new Set(unique.map((name) => name.toLowerCase())).size, names.length);
  }
});

test("equal names are numbered before the extension", () => {
  assert.deepEqual(uniqueNames(["a.txt", "a.txt", "A.TXT", "a-2.txt", "b", "b", "", ""]), [
    "a.txt",
    "a-2.txt",
    "A-3.TXT",
    "a-2-2.txt",
    "b",
    "b-2",
    "unnamed",
    "unnamed-2",
  ]);
  const long = "x".repeat(196) + ".txt";
  assert.deepEqual(uniqueNames([long, long]), [long, "x".repeat(194) + "-2.txt"]);
});

test("a thousand equal names do not take a million steps", () => {
  const start = Date.now();
  const unique = uniqueNames(new Array<string>(1000).fill("x".repeat(300)));
  assert.equal(new Set(unique).size, 1000);
  assert.ok(Date.now() - start < 5000);
});
