import assert from "node:assert/strict";
import { test } from "node:test";
import { padme, paddedSize } from "../src/padding.ts";
import { Chance } from "./chance.ts";

/** Padmé as its paper has it, on integers without a limit. */
function reference(length: bigint): bigint {
  if (length < 2n) return length;
  const bits = (n: bigint): bigint => BigInt(n.toString(2).length);
  const exponent = bits(length) - 1n;
  const mask = (1n << (exponent - bits(exponent))) - 1n;
  return (length + mask) & ~mask;
}

function check(length: number): void {
  const padded = padme(length);
  assert.equal(BigInt(padded), reference(BigInt(length)), `padme(${length})`);
  assert.ok(padded >= length && padded <= length * 1.12 + 1, `${length} became ${padded}`);
  assert.equal(padme(padded), padded, `padme(${length}) is not padded`);
}

test("padmé is that of its paper at every power of two and beside it", () => {
  for (let exponent = 0; exponent <= 52; exponent++) {
    for (const beside of [-2, -1, 0, 1, 2]) check(Math.max(0, 2 ** exponent + beside));
  }
});

test("padmé is that of its paper for random lengths of every magnitude", () => {
  const chance = new Chance();
  for (let i = 0; i < 5000; i++) check(chance.below(2 ** (1 + chance.below(52))));
});

test("a letter has at least 32 KiB", () => {
  for (const length of [0, 1, 1536, 32767, 32768]) assert.equal(paddedSize(length), 32768);
  assert.equal(paddedSize(32769), 34816);
});
