import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { identityToRecipient } from "age-encryption";
import { fromUTF8 } from "../src/bytes.ts";
import { checkDay, currentEpoch, openCard } from "../src/card.ts";
import { isSealingKey, openEnvelope } from "../src/envelope.ts";
import { TransomError } from "../src/errors.ts";
import { cardIdentity, derive, mailboxID, sealingIdentity, verify } from "../src/kdf.ts";
import { checkPlace } from "../src/meta.ts";
import { formatLink, parseLink } from "../src/link.ts";
import { safeName } from "../src/names.ts";
import { padme, paddedSize } from "../src/padding.ts";
import { readLetter } from "../src/readletter.ts";
import * as threads from "./threadvectors.ts";
import { kinds, load, Vector } from "./vectors.ts";

/** What the page does not do, and why: no vector may be left out silently. */
const elsewhere: Record<string, string> = {
  gate: "the server's",
  request: "the server's: what the page asks as an owner is judged in owner.test.ts and by the real server",
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Runs what reads the vector: it has to succeed, or fail with the category that is expected. */
async function expectOutcome(vector: Vector, kind: string, read: () => void | Promise<void>): Promise<void> {
  let code = "ok";
  try {
    await read();
  } catch (error) {
    if (!(error instanceof TransomError)) throw error;
    code = error.code;
  }
  assert.equal(code, vector.expect === "ok" ? "ok" : `${kind}/${vector.expect}`);
}

/** In a vector that is to be refused, only the keys of what is to be read stand: reaching further means that nothing was refused. */
function reached(vector: Vector): boolean {
  return vector.expect === "ok";
}

const readers: Record<string, (vector: Vector) => Promise<void>> = {
  link: (vector) =>
    expectOutcome(vector, "link", () => {
      const link = parseLink(fromUTF8(vector.body));
      if (!reached(vector)) return;
      assert.equal(link.origin, vector.optional("origin"));
      assert.equal(hex(link.secret), vector.text("secret"));
      assert.equal(hex(link.mailbox), vector.text("mailbox"));
      assert.equal(formatLink(link), vector.text("canonical"));
    }),

  async padding(vector) {
    const lines = fromUTF8(vector.body).trimEnd().split("\n");
    for (const line of lines) {
      const [length, padded, letter] = line.split(" ").map(Number);
      assert.ok(length !== undefined && Number.isSafeInteger(length), line);
      assert.equal(padme(length), padded, line);
      assert.equal(paddedSize(length), letter, line);
    }
  },

  async name(vector) {
    const encoding = vector.text("encoding");
    assert.ok(encoding === "utf-8" || encoding === "utf-16be", encoding);
    const safe = fromUTF8(vector.bytes("safe"));
    assert.equal(safeName(encoding === "utf-8" ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(vector.body) : utf16be(vector.body)), safe);
    assert.equal(safeName(safe), safe, "not idempotent");
  },

  async kdf(vector) {
    const what = vector.text("what");
    const reader = kdfReaders[what];
    assert.ok(reader !== undefined, `unknown: ${what}`);
    await reader(vector);
  },

  card: (vector) => {
    const link = parseLink(vector.text("link"));
    const today = vector.number("today");
    return expectOutcome(vector, "card", async () => {
      const card = await openCard(vector.body, link);
      checkDay(card, today);
      if (!reached(vector)) return;
      const epoch = currentEpoch(card, today);
      assert.equal(card.seq, vector.number("seq"));
      assert.equal(card.published, vector.number("published"));
      assert.equal(card.expires, vector.number("expires"));
      assert.equal(card.title, vector.text("title"));
      assert.equal(epoch.number, vector.number("epoch"));
      assert.deepEqual(epoch.keys, vector.all("sealing-key"));
    });
  },

  letter: (vector) => {
    const mailbox = vector.bytes("mailbox");
    const envelope = vector.bytes("envelope");
    return expectOutcome(vector, "letter", () => {
      const letter = readLetter(vector.body);
      if (letter.meta !== undefined) checkPlace(letter.meta, mailbox, envelope);
      if (!reached(vector)) return;
      assert.equal(letter.meta === undefined ? "yes" : "no", vector.text("bare"));
      if (letter.meta !== undefined) threads.meta(letter.meta, vector);
      const message = letter.message && `${letter.message.length} ${sha256(letter.message)}`;
      assert.equal(message, vector.optional("message"));
      const files = letter.files.map(({ untrustedName, data }) => `${data.length} ${sha256(data)} ${safeName(untrustedName)}`);
      assert.deepEqual(files, vector.all("file"));
    });
  },

  codename: threads.codename,
  proof: threads.proof,
  order: threads.sequence,

  envelope: (vector) => {
    const identities = vector.all("identity");
    return expectOutcome(vector, "envelope", async () => {
      const opened = await openEnvelope(vector.body, identities);
      if (!reached(vector)) return;
      assert.equal(hex(opened.fileKey), vector.text("file-key"));
      assert.equal(opened.plaintext.length, vector.number("size"));
      assert.equal(sha256(opened.plaintext), vector.text("sha256"));
    });
  },
};

const kdfReaders: Record<string, (vector: Vector) => void | Promise<void>> = {
  derive(vector) {
    const context = vector.optional("context") === undefined ? undefined : vector.bytes("context");
    assert.equal(hex(derive(vector.bytes("ikm"), vector.text("label"), context)), vector.text("output"));
  },
  root(vector) {
    assert.equal(vector.bytes("seed").length, 32); // only owners derive from it
    assert.equal(hex(mailboxID(vector.bytes("public"))), vector.text("mailbox"));
  },
  async sealing(vector) {
    const identity = sealingIdentity(vector.bytes("seed"));
    assert.equal(identity, vector.text("identity"));
    assert.equal(await identityToRecipient(identity), vector.text("recipient"));
    assert.ok(isSealingKey(vector.text("recipient")));
  },
  async "card-key"(vector) {
    const identity = cardIdentity(vector.bytes("secret"));
    assert.equal(identity, vector.text("identity"));
    assert.equal(sealingIdentity(vector.bytes("seed")), identity);
    assert.equal(await identityToRecipient(identity), vector.text("recipient"));
  },
  signature(vector) {
    const valid = verify(vector.bytes("public"), vector.text("label"), vector.bytes("signature"), vector.body);
    assert.equal(valid ? "ok" : "signature", vector.expect);
  },
};

function utf16be(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) text += String.fromCharCode((bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0));
  return text;
}

test("every kind of vector is read here, or is another's", () => {
  assert.deepEqual(kinds().sort(), [...Object.keys(readers), ...Object.keys(elsewhere)].sort());
});

for (const [kind, read] of Object.entries(readers)) {
  test(`vectors: ${kind}`, async (t) => {
    for (const vector of load(kind)) {
      await t.test(vector.name, async () => {
        await read(vector);
        vector.done();
      });
    }
  });
}

test("the reader of vectors fails on what it does not know", () => {
  const file = (text: string): Vector => new Vector("link", "made-up", Buffer.from(text));
  assert.ok(file("expect: ok\ncomment: c\n\nbody").body.length === 4);
  assert.throws(() => file("expect: ok\ncomment: c\nnew: 1\n\n"), /unknown header key new/);
  assert.throws(() => file("expect: ok\nexpect: ok\ncomment: c\n\n"), /twice/);
  assert.throws(() => file("expect: ok\n\n"), /comment is missing/);
  assert.throws(() => file("expect: ok\ncomment: c\ncompressed: zip\n\n"), /unknown compression/);
  assert.throws(() => file("expect: ok\ncomment: c\norigin: o\n\n").done(), /nobody looked at origin/);
});
