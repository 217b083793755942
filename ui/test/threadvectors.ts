/** The readers of the vectors of threads: codenames, proofs, the order of letters; and of what letter.json says. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fromBase64url, fromUTF8, toBase64url, utf8 } from "../src/bytes.ts";
import { CodenameError, codenameOf, parseCodename, threadKeys } from "../src/codename.ts";
import { TransomError } from "../src/errors.ts";
import { mac, verify } from "../src/kdf.ts";
import { checkPlace, type Kind, type Meta, replyToParts } from "../src/meta.ts";
import { missing, order, summary } from "../src/order.ts";
import { checkProof, checkSignature } from "../src/readmeta.ts";
import { readLetter } from "../src/readletter.ts";
import type { Vector } from "./vectors.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export async function codename(vector: Vector): Promise<void> {
  try {
    const typed = new TextDecoder("utf-8", { ignoreBOM: true }).decode(vector.body);
    const { entropy, words } = parseCodename(typed);
    assert.equal(vector.expect, "ok");
    assert.equal(words.join(" "), vector.text("words"));
    assert.equal(hex(entropy), vector.text("entropy"));
    assert.deepEqual(codenameOf(entropy).words, words);
    const keys = await threadKeys({ entropy, words });
    const envelope = vector.bytes("envelope");
    assert.equal(hex(keys.root.mailbox), vector.text("mailbox"));
    assert.equal(hex(keys.root.publicKey), vector.text("reply-root"));
    assert.equal(keys.recipient, vector.text("reply-key"));
    assert.equal(hex(keys.thread), vector.text("thread"));
    assert.equal(hex(keys.author), vector.text("author"));
    assert.equal(hex(keys.withdrawSecret(envelope)), vector.text("withdraw"));
    assert.equal(hex(keys.copyProof(keys.root.mailbox, envelope)), vector.text("copy-proof"));
  } catch (error) {
    if (!(error instanceof CodenameError)) throw error;
    assert.equal(error.code, `codename/${vector.expect}`);
    if (vector.expect !== "word") return;
    assert.equal(error.position, vector.number("position"));
    assert.equal(error.untrustedToken, vector.text("token"));
    assert.deepEqual(error.suggestions, vector.all("suggestion"));
  }
}

export async function proof(vector: Vector): Promise<void> {
  const mailbox = vector.bytes("mailbox");
  const envelope = vector.bytes("envelope");
  const check = await proofChecks[vector.text("what")]!(vector);
  let code = "ok";
  try {
    const { meta } = readLetter(vector.body);
    assert.ok(meta);
    checkPlace(meta, mailbox, envelope);
    check(meta);
  } catch (error) {
    if (!(error instanceof TransomError)) throw error;
    code = error.code.replace("letter/", "");
  }
  assert.equal(code, vector.expect);
}

const no = (): never => {
  throw new TransomError("letter/proof", "of another kind");
};

const proofChecks: Record<string, (vector: Vector) => Promise<(meta: Meta) => void>> = {
  // The page only makes these; recipients check them.
  "reply-to": async () => (meta) => {
    const { reply } = meta;
    if (!reply || !verify(reply.root, "thread", reply.signature, ...replyToParts(reply, meta.mailbox, meta.envelope))) no();
  },
  async thread(vector) {
    const thread = vector.bytes("thread");
    return (meta) => checkProof(meta, { proof: (mailbox, envelope) => mac(thread, "proof", mailbox, envelope), copyProof: no });
  },
  async desk(vector) {
    const desks = vector.all("desk").map((each) => new Uint8Array(Buffer.from(each, "hex")));
    return (meta) => checkSignature(meta, desks);
  },
  async copy(vector) {
    const { copyProof } = await threadKeys(codenameOf(vector.bytes("entropy")));
    return (meta) => checkProof(meta, { proof: no, copyProof });
  },
};

export async function sequence(vector: Vector): Promise<void> {
  const text = fromUTF8(vector.body);
  const numbers = (key: string): number[] => (vector.optional(key) ?? "").split(" ").filter(Boolean).map(Number);
  switch (vector.text("what")) {
    case "order": {
      const { letters } = JSON.parse(text) as { letters: { kind: Kind; author: string; seq: number; day: number; seen: Record<string, number>; beyond: Record<string, number[]> }[] };
      const dated = letters.map(({ kind, author, seq, seen, beyond, day }) => ({
        meta: { kind, author: fromBase64url(author), seq, seen: new Map(Object.entries(seen)), beyond: new Map(Object.entries(beyond)) },
        day,
      }));
      return assert.deepEqual(order(dated).map((each) => dated.indexOf(each)), numbers("order"));
    }
    case "summary": {
      const { upTo, beyond } = summary((JSON.parse(text) as { seqs: number[] }).seqs);
      assert.equal(upTo, vector.number("up-to"));
      return assert.deepEqual(beyond, numbers("beyond"));
    }
    case "missing": {
      const { seqs, highest } = JSON.parse(text) as { seqs: number[]; highest: number };
      return assert.deepEqual(missing(seqs, highest), numbers("missing"));
    }
  }
  assert.fail("unknown");
}

/** Compares everything that a letter.json says but where it belongs. */
export function meta(read: Meta, vector: Vector): void {
  const pairs = (key: string): string[][] => vector.all(key).map((line) => line.split(" "));
  const author = (text = ""): string => toBase64url(Buffer.from(text, "hex"));
  const optional = (bytes: Uint8Array | undefined, key: string): void => assert.equal(bytes && hex(bytes), vector.optional(key));
  assert.equal(read.kind, vector.optional("kind") ?? "first");
  assert.equal(hex(read.author), vector.text("author"));
  assert.equal(read.seq, vector.number("seq"));
  assert.deepEqual(read.seen, new Map(pairs("seen").map(([who, seq]) => [author(who), Number(seq)])));
  assert.deepEqual(read.beyond ?? new Map(), new Map(pairs("beyond").map(([who, ...seqs]) => [author(who), seqs.map(Number)])));
  const answers = [...(read.answers ?? [])].map(([id, answer]) => `${hex(utf8(id))} ${utf8(answer).length} ${sha256(answer)}`);
  assert.deepEqual(answers.sort(), vector.all("answer").sort());
  optional(read.reply?.root, "reply-root");
  assert.equal(read.reply?.key, vector.optional("reply-key"));
  optional(read.reply?.thread, "reply-thread");
  optional(read.reply?.signature, "reply-signature");
  optional(read.proof, "proof");
  optional(read.signature, "signature");
  assert.equal(read.closed && "yes", vector.optional("closed"));
  assert.equal(read.copy?.link, vector.optional("copy-link"));
  assert.equal(read.copy?.origin, vector.optional("copy-origin"));
  optional(read.copy?.sent, "copy-sent");
  assert.equal(read.copy?.kind, vector.optional("copy-kind"));
  assert.deepEqual(read.copy?.files.map(({ name, size }) => `${size} ${name}`) ?? [], vector.all("copy-file"));
  assert.deepEqual(read.copy?.deleted.map(({ author: who, seq }) => `${hex(fromBase64url(who))} ${seq}`) ?? [], vector.all("copy-deleted"));
}
