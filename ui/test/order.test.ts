import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64url } from "../src/bytes.ts";
import { type Dated, missing, order, saw, summaries, summary } from "../src/order.ts";
import { Chance } from "./chance.ts";

test("order: everything is there once, and no claim moves two letters of one author past each other", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 400; i++) {
    const authors = Array.from({ length: 1 + chance.below(3) }, () => chance.bytes(8));
    const letters: Dated[] = Array.from({ length: chance.below(14) }, () => ({
      meta: {
        kind: chance.pick(["copy", "reply", "receipt"] as const),
        author: chance.pick(authors),
        seq: chance.below(6),
        seen: new Map(authors.filter(() => chance.below(2)).map((author) => [toBase64url(author), chance.below(6)])),
        beyond: new Map(authors.filter(() => chance.below(4) === 0).map((author) => [toBase64url(author), [7, 9]])),
      },
      day: chance.below(3),
    }));
    const ordered = order(letters);
    assert.deepEqual(new Set(ordered), new Set(letters));
    assert.equal(ordered.length, letters.length);
    for (const author of authors) {
      const seqs = ordered.filter(({ meta }) => meta.author === author).map(({ meta }) => meta.seq);
      assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
    }
  }
});

test("order: where nobody lies, what was seen comes before who saw it", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 200; i++) {
    const authors = [chance.bytes(8), chance.bytes(8), chance.bytes(8)];
    const written = new Map<string, number>();
    const letters: Dated[] = Array.from({ length: 12 }, () => {
      const author = chance.pick(authors);
      const name = toBase64url(author);
      const seen = new Map([...written].map(([who, last]) => [who, chance.below(last + 1)] as const));
      written.set(name, (written.get(name) ?? 0) + 1);
      return { meta: { kind: "reply", author, seq: written.get(name)!, seen }, day: chance.below(5) };
    });
    const ordered = order(chance.below(2) ? letters : [...letters].reverse());
    for (const [at, letter] of ordered.entries()) {
      for (const later of ordered.slice(at + 1)) {
        assert.ok(!saw(letter.meta, toBase64url(later.meta.author), later.meta.seq) || later.meta.author === letter.meta.author);
      }
    }
  }
});

test("summary and missing agree about every set of numbers", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 500; i++) {
    const seqs = Array.from({ length: chance.below(12) }, () => 1 + chance.below(14));
    const { upTo, beyond } = summary(seqs);
    const said = { seen: new Map([["a", upTo]]), beyond: new Map([["a", beyond]]) };
    const highest = chance.below(16);
    const gaps = missing(seqs, highest);
    for (let seq = 1; seq < 16; seq++) {
      assert.equal(saw(said, "a", seq), seqs.includes(seq));
      assert.equal(gaps.includes(seq), !seqs.includes(seq) && seq <= highest);
    }
    assert.ok(beyond.every((seq, at) => seq >= upTo + 2 && (at === 0 || seq > beyond[at - 1]!)));
  }
});

test("numbers that a stranger made up cost no more than a thousand", () => {
  assert.equal(missing([], Number.MAX_SAFE_INTEGER).length, 1000);
  assert.deepEqual(missing([Number.MAX_SAFE_INTEGER], 3), [1, 2, 3]);
  const gaps = Array.from({ length: 1500 }, (_, i) => 3 + 2 * i);
  assert.equal(summary(gaps).beyond.length, 1000);
  const { seen, beyond } = summaries(new Map([["AAAAAAAAAAA", gaps.slice(0, 600)], ["_AAAAAAAAAA", gaps], ["AQAAAAAAAAA", [1, 2]]]));
  assert.deepEqual([...beyond!.values()].map(({ length }) => length), [600, 400]);
  assert.deepEqual(seen.get("AQAAAAAAAAA"), 2);
  assert.equal(summaries(new Map([["AAAAAAAAAAA", [1, 2]]])).beyond, undefined);
});
