import assert from "node:assert/strict";
import { test } from "node:test";
import { Encrypter, generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { checkHeader } from "../src/ageheader.ts";
import { concat, equal, utf8 } from "../src/bytes.ts";
import { isSealingKey, openEnvelope, sealEnvelope, sealedSize } from "../src/envelope.ts";
import { type Code, TransomError } from "../src/errors.ts";
import { Chance } from "./chance.ts";

const identity = await generateHybridIdentity();
const key = await identityToRecipient(identity);
const classicIdentity = await generateX25519Identity();
const classicKey = await identityToRecipient(classicIdentity);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function seal(plaintext: Uint8Array, keys = [key], size = 100_000): Promise<Uint8Array> {
  const blob = await sealEnvelope(keys, pieces(plaintext, size));
  return new Uint8Array(await blob.arrayBuffer());
}

function refusal(code: Code): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TransomError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.sent, "nothing");
    return true;
  };
}

const chunk = 64 * 1024;

for (const size of [0, 1, 15, 16, 17, chunk - 1, chunk, chunk + 1, 2 * chunk - 1, 2 * chunk, 2 * chunk + 1, 5 * chunk]) {
  test(`an envelope of ${size} bytes opens, has the size that was foretold, and does not open when cut or changed`, async () => {
    const chance = new Chance(size);
    const plaintext = chance.bytes(size);
    const sealed = await seal(plaintext, [key], 1 + chance.below(2 * chunk));
    assert.equal(sealed.length, sealedSize(1, size));
    assert.ok(equal((await openEnvelope(sealed, [classicIdentity, identity])).plaintext, plaintext));

    const header = checkHeader(sealed).length;
    assert.equal(sealedSize(1, 0), header + 16 + 16);
    const cuts = [header, header + 15, header + 16, header + 31, sealed.length - 17, sealed.length - 16, sealed.length - 1];
    for (let at = header + 16 + chunk + 16; at < sealed.length; at += chunk + 16) cuts.push(at - 1, at, at + 1, at + 16);
    for (const cut of cuts.filter((at) => at >= header && at < sealed.length)) {
      await assert.rejects(openEnvelope(sealed.subarray(0, cut), [identity]), refusal("envelope/damaged"), `cut at ${cut}`);
    }
    await assert.rejects(openEnvelope(concat(sealed, Uint8Array.of(0)), [identity]), refusal("envelope/damaged"));
    await assert.rejects(openEnvelope(concat(sealed, sealed.subarray(header + 16)), [identity]), refusal("envelope/damaged"));
    for (const at of [header, header + 16, header + 16 + chance.below(size + 16), sealed.length - 1]) {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      await assert.rejects(openEnvelope(changed, [identity]), refusal("envelope/damaged"), `changed at ${at}`);
    }
  });
}

test("every key of a team opens, and nobody else's", async () => {
  const identities = await Promise.all(Array.from({ length: 5 }, generateHybridIdentity));
  const keys = await Promise.all(identities.map(identityToRecipient));
  const sealed = await seal(utf8("hello"), keys);
  assert.equal(sealed.length, sealedSize(5, 5));
  for (const each of identities) assert.deepEqual((await openEnvelope(sealed, [each])).plaintext, utf8("hello"));
  await assert.rejects(openEnvelope(sealed, [identity, classicIdentity]), refusal("envelope/identity"));
  await assert.rejects(openEnvelope(sealed, []), refusal("envelope/identity"));
});

test("nothing is sealed to classic, mixed, malformed, no or too many keys", async () => {
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    read++;
    yield new Uint8Array(1);
  }
  const cases = [[], [classicKey], [key, classicKey], [classicKey, key], [key, ""], [key.toUpperCase()], [key.slice(0, -1)], [` ${key}`], ["age1tag1qyqszqg"], new Array<string>(33).fill(key)];
  for (const keys of cases) await assert.rejects(sealEnvelope(keys, counted()), refusal("envelope/class"), String(keys).slice(0, 40));
  assert.equal(read, 0, "the letter was read before the keys were checked");
});

test("a sealing key has 768 coefficients below the modulus", async () => {
  const { bech32 } = await import("@scure/base");
  const words = bech32.decode(key as `age1pq1${string}`, false).words;
  const bytes = bech32.fromWords(words);
  assert.ok(isSealingKey(key));
  const spell = (raw: Uint8Array): string => bech32.encode("age1pq", bech32.toWords(raw), false);
  assert.equal(spell(bytes), key);
  const changed = (at: number, low: number, high: number): string => spell(bytes.map((byte, i) => (i === at ? low : i === at + 1 ? high : byte)));
  for (const [at, low, high] of [[0, 0x01, 0x0d], [1150, 0x10, 0xd0], [600, 0xff, 0xff]] as const) {
    assert.ok(!isSealingKey(changed(at, low, high)), `3329 at ${at}`);
  }
  assert.ok(isSealingKey(changed(0, 0x00, 0x0d)), "3328");
  assert.ok(!isSealingKey(spell(bytes.subarray(1))));
  assert.ok(!isSealingKey(bech32.encode("age", bech32.toWords(bytes), false)));
});

test("stanzas of two classes, of none that is allowed, and passphrases are refused before any key is tried", async () => {
  const age = new Encrypter();
  age.addRecipient(key);
  age.addRecipient(classicKey);
  await assert.rejects(openEnvelope(await age.encrypt(utf8("mixed")), [identity]), refusal("envelope/class"));
  const text = new TextDecoder("latin1").decode(await seal(utf8("x")));
  const forged = (change: (text: string) => string): Uint8Array => Uint8Array.from(change(text), (c) => c.charCodeAt(0));
  const cases: [Code, (text: string) => string][] = [
    ["envelope/class", (t) => t.replace("-> mlkem768x25519 ", "-> scrypt ")],
    ["envelope/class", (t) => t.replace("\n-> ", "\n-> x-grease x\n\n-> ")],
    ["envelope/header", (t) => t.replace("/v1\n", "/v2\n")],
    ["envelope/header", (t) => t.replace("/v1\n", "/v1\r\n")],
    ["envelope/header", (t) => t.slice(0, 200)],
    ["envelope/header", () => ""],
    ["envelope/header", (t) => t.replace(" ", " " + "x".repeat(70_000))],
    ["envelope/header", (t) => t.replace(/-> .*\n.*\n/, "")],
    ["envelope/header", (t) => t.replace(/\n--- (.)/, (_, c: string) => `\n--- ${c === "A" ? "B" : "A"}`)],
    ["envelope/header", (t) => t.replace(/\n--- .*/, (mac) => mac + "=")],
  ];
  for (const [code, change] of cases) await assert.rejects(openEnvelope(forged(change), [identity]), refusal(code), String(change));
});

test("empty pieces do not stop a seal", async () => {
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const size of [0, 0, 3, 0, 70_000, 0]) yield new Uint8Array(size);
  }
  const blob = await sealEnvelope([key], source());
  assert.equal(blob.size, sealedSize(1, 70_003));
  const nothing = await sealEnvelope([key], (async function* () {})());
  assert.equal(nothing.size, sealedSize(1, 0));
});

test("an error of the letter is thrown as it is", async () => {
  const broken = new TransomError("letter/file", "a file changed while it was read");
  async function* source(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(200_000);
    throw broken;
  }
  await assert.rejects(sealEnvelope([key], source()), (error) => error === broken);
});

test("sealing lets the page answer at least every 256 KiB, and tells how far it is", async () => {
  const size = 4 * 1024 * 1024;
  let turns = 0;
  let going = true;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    turns++;
    if (going) port2.postMessage(null);
    else port1.close();
  };
  port2.postMessage(null);
  const told: number[] = [];
  const blob = await sealEnvelope([key], pieces(new Uint8Array(size), 256 * 1024), (bytes) => told.push(bytes));
  going = false;
  port2.postMessage(null);
  assert.equal(blob.size, sealedSize(1, size));
  assert.ok(turns >= size / (256 * 1024), `${turns} turns`);
  assert.equal(told[told.length - 1], size);
  assert.ok(told.length >= 16 && told.every((bytes, i) => i === 0 || bytes > (told[i - 1] ?? 0)), String(told));
});
