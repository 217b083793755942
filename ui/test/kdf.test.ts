import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, utf8 } from "../src/bytes.ts";
import { derive, verify } from "../src/kdf.ts";
import { Chance } from "./chance.ts";

const { Point } = ed25519;
const order = Point.Fn.ORDER;
const message = utf8("transom/v1 card\0the body");
const body = utf8("the body");

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function bytesOf(scalar: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((scalar >> BigInt(8 * i)) & 255n));
}

function challenge(R: Uint8Array, A: Uint8Array): bigint {
  return littleEndian(sha512(concat(R, A, message))) % order;
}

/** A point of order eight. */
function torsion(): InstanceType<typeof Point> {
  return Point.fromBytes(Buffer.from("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "hex"));
}

test("a signature made by another implementation is valid, and no changed one is", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 20; i++) {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const key = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
    const signature = new Uint8Array(sign(null, message, privateKey));
    assert.ok(verify(key, "card", signature, body));
    assert.ok(verify(key, "card", signature, body.subarray(0, 3), body.subarray(3)));
    assert.ok(!verify(key, "request", signature, body));
    for (const victim of [signature, key]) {
      const at = chance.below(victim.length);
      const bit = 2 ** chance.below(8);
      victim[at] = (victim[at] ?? 0) ^ bit;
      assert.ok(!verify(key, "card", signature, body), `bit ${bit} of byte ${at} of ${victim.length}`);
      victim[at] = (victim[at] ?? 0) ^ bit;
    }
  }
});

test("a signature with a component of small order is refused, which noble alone takes and Go refuses", () => {
  const a = 1234567890123456789n;
  const r = 987654321987654321n;
  const A = Point.BASE.multiply(a).toBytes();
  const R = Point.BASE.multiply(r).add(torsion()).toBytes();
  const signature = concat(R, bytesOf((r + challenge(R, A) * a) % order));
  assert.ok(ed25519.verify(signature, message, A, { zip215: false }), "noble has become strict: the comment on verify is out of date");
  assert.ok(!verify(A, "card", signature, body));
});

test("a key with a component of small order is refused, even where the equation holds without a cofactor", () => {
  const a = 1234567890123456789n;
  const A = Point.BASE.multiply(a).add(torsion()).toBytes();
  for (let r = 1n; ; r++) {
    const R = Point.BASE.multiply(r).toBytes();
    const k = challenge(R, A);
    if (k % 8n !== 0n) continue;
    const signature = concat(R, bytesOf((r + k * a) % order));
    assert.ok(ed25519.verify(signature, message, A, { zip215: false }));
    assert.ok(!verify(A, "card", signature, body));
    return;
  }
});

test("keys of small order, for which everybody can sign, are refused", () => {
  let point = Point.ZERO;
  for (let i = 0; i < 8; i++, point = point.add(torsion())) {
    const A = point.toBytes();
    for (let r = 1n; r < 30n; r++) {
      const R = Point.BASE.multiply(r).toBytes();
      assert.ok(!verify(A, "card", concat(R, bytesOf(r)), body), `order ${i}`);
    }
  }
  assert.ok(!verify(Uint8Array.of(1, ...new Uint8Array(31)), "card", concat(Uint8Array.of(1), new Uint8Array(63)), body));
});

test("a second spelling of a point is refused", () => {
  // y = 1 + p and x = 0 with its sign set both stand for the neutral element.
  const neutral = ["eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "0100000000000000000000000000000000000000000000000000000000000080"];
  for (const spelling of neutral) {
    const A = new Uint8Array(Buffer.from(spelling, "hex"));
    const R = Point.BASE.multiply(7n).toBytes();
    assert.ok(!verify(A, "card", concat(R, bytesOf(7n)), body), spelling);
  }
});

test("an empty context is not the same as none", () => {
  const ikm = new Uint8Array(16);
  assert.notDeepEqual(derive(ikm, "withdraw"), derive(ikm, "withdraw", new Uint8Array(0)));
  assert.notDeepEqual(derive(ikm, "withdraw", utf8("a")), derive(ikm, "withdraw\0a".slice(0, 8), utf8("b")));
});
