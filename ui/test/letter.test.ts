import assert from "node:assert/strict";
import { test } from "node:test";
import { identityToRecipient } from "age-encryption";
import { concat, equal, fromUTF8, toBase64url, utf8 } from "../src/bytes.ts";
import { type Code, TransomError } from "../src/errors.ts";
import { sealingIdentity } from "../src/kdf.ts";
import { formatCode } from "../src/link.ts";
import { type Enclosure, letterSize, writeLetter } from "../src/letter.ts";
import { checkPlace, type Copy, encodeMeta, type Kind, mayHaveFiles, mayHaveText, type Meta } from "../src/meta.ts";
import { parseMeta } from "../src/readmeta.ts";
import { safeName, uniqueNames } from "../src/names.ts";
import { readLetter } from "../src/readletter.ts";
import { blockPadding, canonicalHeader, toByteString } from "../src/tar.ts";
import { Chance } from "./chance.ts";

const key = await identityToRecipient(sealingIdentity(new Uint8Array(32)));
const author = (chance: Chance): string => toBase64url(chance.bytes(8));
const some = <T>(chance: Chance, member: T): T | object => (chance.below(2) ? member : {});

/** A letter.json with anything in it that its kind may have. */
function meta(chance: Chance, kind: Kind = "first"): Meta {
  const seen = new Map(Array.from({ length: chance.below(3) }, () => [author(chance), 1 + chance.below(9)]));
  const beyond = new Map([...seen].map(([who, upTo]) => [who, [upTo + 2, upTo + 3, upTo + 7]]));
  const answers = new Map(["q", "a\u202eb", "__proto__", "10"].slice(chance.below(4)).map((id) => [id, chance.text(20).replace(/[\0\p{Surrogate}]/gu, "") || "x"]));
  const common = { kind, mailbox: chance.bytes(16), envelope: chance.bytes(16), author: chance.bytes(8), seq: 1 + chance.below(9), seen, ...(seen.size ? some(chance, { beyond }) : {}) };
  const proof = chance.bytes(32);
  const closed = { closed: true as const };
  switch (kind) {
    case "first":
      return { ...common, ...some(chance, { answers }), ...some(chance, { reply: { root: chance.bytes(32), key, thread: chance.bytes(32), signature: chance.bytes(64) } }) };
    case "next":
      return { ...common, ...some(chance, { answers }), proof };
    case "copy":
      return { ...common, ...some(chance, { answers }), proof, copy: copy(chance) };
    default:
      return { ...common, proof, signature: chance.bytes(64), ...(kind === "receipt" ? some(chance, closed) : {}) };
  }
}

function copy(chance: Chance): Copy {
  return {
    link: formatCode({ secret: chance.bytes(16), mailbox: chance.bytes(16) }),
    origin: chance.pick(["https://drop.example.org", "http://127.0.0.1:8080", "http://abc.onion"]),
    ...some(chance, { sent: chance.bytes(16), kind: chance.pick(["first", "next"] as const) }),
    files: Array.from({ length: chance.below(3) }, () => ({ name: safeName(chance.text(9)), size: chance.below(2 ** 40) })),
    deleted: Array.from({ length: chance.below(3) }, () => ({ author: author(chance), seq: 1 + chance.below(9) })),
  };
}

const kinds: readonly Kind[] = ["first", "next", "reply", "receipt", "copy"];

async function write(about: Meta, message: string, files: readonly Enclosure[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeLetter(about, message, files)) {
    assert.ok(part.length <= 1024 * 1024);
    parts.push(part.slice());
  }
  return concat(...parts);
}

function refusal(code: Code): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TransomError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}

/** Sizes around what the tar, the reader of files and the cipher count in. */
const sizes = [0, 1, 511, 512, 513, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145];

test("a letter is read as it was written, and has the size that was foretold", async (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  for (let i = 0; i < 100; i++) {
    const about = meta(chance, kinds[i % 5]);
    const message = mayHaveText(about) ? chance.text(300) : "";
    const names = uniqueNames(Array.from({ length: mayHaveFiles(about) ? chance.below(6) : 0 }, () => chance.text(chance.pick([5, 110, 250]))));
    const files = names.map((name) => ({ name, blob: new Blob([chance.bytes(chance.pick([chance.pick(sizes), chance.below(3000)]))]) }));
    const written = await write(about, message, files);
    assert.equal(written.length, letterSize(about, message, files.map(({ name, blob }) => ({ name, size: blob.size }))));
    const letter = readLetter(written);
    assert.deepEqual(letter.meta, about);
    assert.equal(fromUTF8(letter.message ?? new Uint8Array(0)), message.replace(/\p{Surrogate}/gu, "\ufffd"));
    assert.deepEqual(letter.files.map((file) => file.untrustedName), names);
    for (const [at, file] of letter.files.entries()) {
      assert.ok(equal(file.data, new Uint8Array((await files[at]?.blob.arrayBuffer()) ?? new ArrayBuffer(0))));
    }
  }
});

test("no byte outside of the contents can be changed, added or taken away", async (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  const data = chance.bytes(700);
  const about = meta(chance);
  const written = await write(about, "hello", [{ name: "é.bin", blob: new Blob([data]) }]);
  const letter = readLetter(written);
  const contents: [number, number][] = [letter.message ?? data, ...letter.files.map((file) => file.data)].map((part) => [part.byteOffset, part.byteOffset + part.length]);
  const json = Buffer.from(written).indexOf("{");
  contents.push([json, json + encodeMeta(about).length]);
  const name = Buffer.from(written).indexOf("é"); // the one part of the name that stands in one place only
  contents.push([name, name + 2]);
  const end = letter.files[0]?.data.byteOffset ?? 0;
  for (let at = 0; at < written.length; at += at < end + 2048 ? 1 : 61) {
    if (contents.some(([from, to]) => at >= from && at < to)) continue;
    const changed = written.slice();
    changed[at] = (changed[at] ?? 0) ^ (2 ** chance.below(8));
    assert.throws(() => readLetter(changed), TransomError, `byte ${at}`);
  }
  for (const end of [0, 511, 512, 1024, 32_767]) assert.throws(() => readLetter(written.subarray(0, end)), TransomError, `cut at ${end}`);
  assert.throws(() => readLetter(concat(written, new Uint8Array(1))), refusal("letter/padding"));
  assert.throws(() => readLetter(concat(written, Uint8Array.of(1))), refusal("letter/trailing"));
});

test("whatever is put in, reading ends in a letter or in a category", (t) => {
  const chance = new Chance();
  t.diagnostic(`SEED=${chance.seed}`);
  const base = concat(
    canonicalHeader(toByteString("a/" + "x".repeat(120) + "é"), 5),
    utf8("hello"),
    new Uint8Array(blockPadding(5)),
    canonicalHeader("b", 600),
    chance.bytes(600),
    new Uint8Array(blockPadding(600) + 1024),
  );
  assert.equal(readLetter(base).files.length, 2);
  for (let i = 0; i < 3000; i++) {
    const changed = base.slice(0, chance.pick([base.length, base.length, chance.below(base.length)]));
    for (let n = chance.below(4); n >= 0; n--) changed[chance.below(changed.length)] = chance.pick([0, 0x30, 0x37, 0x80, 0xff, chance.below(256)]);
    // Make the checksums right again: behind them is what is to be tried.
    for (let at = 0; at + 512 <= changed.length; at += 512) if (chance.below(2) === 0) fixChecksum(changed.subarray(at, at + 512));
    try {
      readLetter(changed);
    } catch (error) {
      assert.ok(error instanceof TransomError && error.code.startsWith("letter/"), String(error));
    }
  }
});

function fixChecksum(block: Uint8Array): void {
  if (block.every((byte) => byte === 0)) return;
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  block.set(utf8(sum.toString(8).padStart(6, "0") + "\0 "), 148);
}

test("a file that cannot be read, or shrank, makes no letter", async () => {
  const about = meta(new Chance(1));
  const unreadable = Object.assign(new Blob(["hello"]), { slice: () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) });
  await assert.rejects(write(about, "", [{ name: "a", blob: unreadable as unknown as Blob }]), refusal("letter/file"));
  const shrunk = Object.assign(new Blob(["hello"]), { slice: () => new Blob(["hell"]) });
  await assert.rejects(write(about, "", [{ name: "a", blob: shrunk as unknown as Blob }]), refusal("letter/file"));
});

test("what no reader would take is not written", async () => {
  const about = meta(new Chance(1));
  const blob = new Blob([]);
  const many = Array.from({ length: 1001 }, (_, i) => ({ name: `f${i}`, blob }));
  await assert.rejects(write(about, "", many), refusal("letter/limit"));
  assert.ok(readLetter(await write(about, "", many.slice(1))).files.length === 1000);
  await assert.rejects(write(about, "€".repeat(349_526), []), refusal("letter/limit"));
  assert.ok(readLetter(await write(about, "€".repeat(349_525) + "x", [])).message?.length === 1024 * 1024);
  for (const name of ["", "../a", ".a", "a/b", "a\0", "CON", "x".repeat(201)]) {
    await assert.rejects(write(about, "", [{ name, blob }]), refusal("letter/name"), name);
  }
  await assert.rejects(write(about, "", [{ name: "a", blob }, { name: "a", blob }]), refusal("letter/name"));
});

test("half a character in a message becomes the replacement character", async () => {
  const letter = readLetter(await write(meta(new Chance(1)), "a\ud83db", []));
  assert.equal(fromUTF8(letter.message ?? new Uint8Array(0)), "a\ufffdb");
});

test("a letter belongs where it was written for", () => {
  const about = meta(new Chance(1));
  checkPlace(about, about.mailbox, about.envelope);
  assert.throws(() => checkPlace(about, about.envelope, about.envelope), refusal("letter/elsewhere"));
  assert.throws(() => checkPlace(about, about.mailbox, about.mailbox), refusal("letter/elsewhere"));
});

test("version and kind are judged before the rest of letter.json", () => {
  assert.throws(() => parseMeta('{"version":2,"kind":"new","x":1}'), refusal("letter/version"));
  assert.throws(() => parseMeta('{"version":1,"kind":"new","x":1}'), refusal("letter/kind"));
  assert.throws(() => parseMeta('{"version":1,"kind":"first","x":1}'), refusal("letter/json"));
  assert.throws(() => parseMeta('{"version":1,"version":2}'), refusal("letter/json"));
});

test("the header of a file past 8 GiB has its size in an extended header", () => {
  assert.equal(canonicalHeader("files/a", 8 ** 11 - 1).length, 512);
  const header = canonicalHeader("files/a", 8 ** 11);
  assert.equal(header.length, 3 * 512);
  assert.equal(fromUTF8(header.subarray(512, 512 + 19)), "19 size=8589934592\n");
  const meta = { ...parseMeta(metaText), seen: new Map<string, number>() };
  assert.ok(letterSize(meta, "", [{ name: "a", size: 2 ** 40 + 1 }]) > 2 ** 40);
});

const metaText =
  '{"version":1,"kind":"first","mailbox":"AAAAAAAAAAAAAAAAAAAAAA","envelope":"AAAAAAAAAAAAAAAAAAAAAA","author":"AAAAAAAAAAA","seq":1,"seen":{}}';

test("what only tells or records something has neither message nor files", async () => {
  const chance = new Chance(2);
  const note = { ...meta(chance, "copy"), copy: { ...copy(chance), sent: undefined, kind: undefined } as unknown as Copy };
  const closing: Meta = { ...meta(chance, "next"), closed: true };
  const blob = new Blob(["x"]);
  for (const about of [meta(chance, "receipt"), note, closing]) {
    await assert.rejects(write(about, "x", []), refusal("letter/limit"));
    await assert.rejects(write(about, "", [{ name: "a", blob }]), refusal("letter/limit"));
    const written = await write(about, "", []);
    assert.equal(readLetter(written).meta?.kind, about.kind);
    const honest = await write(meta(chance, "reply"), "x", [{ name: "a", blob }]);
    // The same with a letter.json that allows it is fine: it is the kind that is looked at.
    assert.equal(readLetter(honest).files.length, 1);
    const header = (path: string): Uint8Array => canonicalHeader(path, 1);
    const json = encodeMeta(about);
    const start = concat(canonicalHeader("letter.json", json.length), json, new Uint8Array(blockPadding(json.length)));
    const end = (parts: Uint8Array[]): Uint8Array => {
      const all = concat(start, ...parts);
      return concat(all, new Uint8Array(32_768 - all.length));
    };
    const one = concat(utf8("x"), new Uint8Array(511));
    assert.throws(() => readLetter(end([header("message.txt"), one])), refusal("letter/limit"));
    assert.throws(() => readLetter(end([canonicalHeader("message.txt", 0), header("files/a"), one])), refusal("letter/limit"));
  }
  await assert.rejects(write({ ...meta(chance, "copy"), copy: { ...copy(chance), sent: chance.bytes(16), kind: "first" } }, "x", [{ name: "a", blob }]), refusal("letter/limit"));
});

test("a copy has room for whatever its letter had, other kinds have 64 KiB", async () => {
  const chance = new Chance(3);
  const files = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}-${"x".repeat(190)}`, size: 1 }));
  const about = { ...meta(chance, "copy"), copy: { ...copy(chance), sent: chance.bytes(16), kind: "next" as const, files } };
  assert.equal(readLetter(await write(about, "x", [])).meta?.copy?.files.length, 1000);
  const answers = new Map(Array.from({ length: 7 }, (_, i) => [`q${i}`, "x".repeat(9_900)]));
  await assert.rejects(write({ ...meta(chance, "first"), answers }, "", []), refusal("letter/limit"));
  assert.ok(readLetter(await write({ ...meta(chance, "first"), answers: new Map([...answers].slice(1)) }, "", [])));
});

test("a letter.json says nothing that its kind does not have, and lacks nothing", () => {
  const chance = new Chance(4);
  for (const kind of kinds) {
    const wire = JSON.parse(fromUTF8(encodeMeta(meta(chance, kind)))) as Record<string, unknown>;
    assert.equal(parseMeta(JSON.stringify(wire)).kind, kind);
    for (const member of ["proof", "signature", "copy"]) {
      const { [member]: there, ...rest } = wire;
      const changed = there === undefined ? { ...rest, [member]: toBase64url(chance.bytes(member === "proof" ? 32 : 64)) } : rest;
      assert.throws(() => parseMeta(JSON.stringify(changed)), refusal("letter/json"), `${kind} ${member}`);
    }
    for (const more of [{ beyond: {} }, { answers: {} }, { closed: false }, { reply: null }, { beyond: { AAAAAAAAAAA: [1] } }, { beyond: { AAAAAAAAAAA: [3, 3] } }, { beyond: { AAAAAAAAAAA: [] } }, { Closed: true }]) {
      assert.throws(() => parseMeta(JSON.stringify({ ...wire, ...more })), refusal("letter/json"), `${kind} ${JSON.stringify(more)}`);
    }
  }
});
