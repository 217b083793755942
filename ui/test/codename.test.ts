import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { type Codename, CodenameError, codenameOf, newCodename, parseCodename } from "../src/codename.ts";
import { Chance } from "./chance.ts";

const zero = codenameOf(new Uint8Array(16));
const words = (text: string): string[] => text.split(" ");

function wrong(text: string): CodenameError {
  try {
    parseCodename(text);
  } catch (error) {
    assert.ok(error instanceof CodenameError, String(error));
    assert.ok(!error.message.includes("abandon") && error.cause === undefined, "an error that gives words away");
    return error;
  }
  throw new Error("nothing was refused");
}

test("the list is the one that everybody has", () => {
  assert.equal(createHash("sha256").update(wordlist.join("\n") + "\n").digest("hex"), "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
});

test("a codename is read as it was written, however it was typed", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  const spell: ((word: string, i: number) => string)[] = [
    (word) => word,
    (word) => word.toUpperCase(),
    (word) => word.slice(0, 4),
    (word, i) => `${i + 1}. ${word},`,
  ];
  for (let i = 0; i < 300; i++) {
    const codename: Codename = i % 2 ? newCodename() : codenameOf(chance.bytes(16));
    assert.equal(codename.words.length, 12);
    const typed = codename.words.map((word, at) => chance.pick(spell)(word, at)).join(chance.pick([" ", "\n", "\t ", ", ", " - ", "\u00a0"]));
    assert.deepEqual(parseCodename(`  ${typed} `), { entropy: codename.entropy, words: codename.words });
  }
});

test("two codenames that were drawn differ", () => {
  assert.notDeepEqual(newCodename().words, newCodename().words);
});

test("a word that is none is named by its place, with what it may have been", () => {
  const typed = [...zero.words];
  typed[4] = "Abandno";
  const { code, position, untrustedToken, suggestions, found } = wrong(typed.join(" "));
  assert.deepEqual([code, position, untrustedToken, suggestions, found], ["codename/word", 5, "abandno", ["abandon"], 12]);
  assert.deepEqual(wrong("aban abando xyzzyx").suggestions, []);
  assert.equal(wrong("aban abando xyzzyx").position, 3);
  assert.equal(wrong("abc").position, 1, "three letters begin no word");
});

test("a count that is not twelve, then a checksum, and nothing in the errors that was typed", () => {
  for (const n of [0, 1, 11, 13, 24]) assert.deepEqual([wrong("abandon ".repeat(n)).code, wrong("abandon ".repeat(n)).found], ["codename/count", n]);
  assert.equal(wrong("a".repeat(4097)).code, "codename/count");
  assert.equal(wrong("abandon ".repeat(12)).code, "codename/checksum");
  const swapped = words(zero.words.join(" "));
  [swapped[0], swapped[11]] = [swapped[11]!, swapped[0]!];
  assert.equal(wrong(swapped.join(" ")).code, "codename/checksum");
});

test("reading ends in a codename or in a category, whatever was typed", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 500; i++) {
    const typed = [...newCodename().words];
    for (let n = chance.below(4); n > 0; n--) typed[chance.below(12)] = chance.text(8);
    try {
      assert.equal(parseCodename(typed.join(" ")).words.length, 12);
    } catch (error) {
      assert.ok(error instanceof CodenameError);
      assert.ok(error.suggestions.length <= 3 && error.suggestions.every((word) => wordlist.includes(word)));
    }
  }
});
