/** Reading letter.json, and checking what it proves. */

import { fromBase64url, toBase64url, utf8 } from "./bytes.ts";
import { isSealingKey } from "./envelope.ts";
import { type LetterFault, TransomError } from "./errors.ts";
import { sameSecret, verify } from "./kdf.ts";
import { formatLink, parseLink, parseOrigin } from "./link.ts";
import { type Copy, isUncounted, type Kind, largestAnswer, largestMeta, type Meta, mostAnswers, mostNamed, type NamedFile, type Ref, type ReplyTo } from "./meta.ts";
import { mostBeyond } from "./order.ts";
import { safeName } from "./names.ts";
import * as json from "./strictjson.ts";
import type { ThreadKeys } from "./threadkeys.ts";

const bytes = (length: number): json.Reader<Uint8Array> => (value) => {
  const decoded = fromBase64url(json.text(value));
  demand(decoded.length === length);
  return decoded;
};

const author: json.Reader<string> = (value) => toBase64url(bytes(8)(value));

/** map reads an object whose keys are not known beforehand. */
function map<V>(key: json.Reader<string>, item: json.Reader<V>): json.Reader<ReadonlyMap<string, V>> {
  return (value) => {
    demand(value instanceof Map);
    return new Map([...(value as json.JsonObject)].map(([k, v]) => [key(k), item(v)]));
  };
}

const within = (most: number): json.Reader<string> => (value) => {
  const text = json.text(value);
  const { length } = utf8(text);
  demand(length >= 1 && length <= most && !text.includes("\0"));
  return text;
};

const answers: json.Reader<ReadonlyMap<string, string>> = (value) => {
  const read = map(within(64), within(largestAnswer))(value);
  demand(read.size >= 1 && read.size <= mostAnswers);
  return read;
};

const sealingKey: json.Reader<string> = (value) => {
  const key = json.text(value);
  demand(isSealingKey(key));
  return key;
};

const replyTo = json.object<ReplyTo>({ root: bytes(32), key: sealingKey, thread: bytes(32), signature: bytes(64) });

const yes: json.Reader<true> = (value) => {
  demand(value === true);
  return true;
};

/** spelled reads a text that a parser takes, and whose one spelling it is. */
const spelled = (check: (text: string) => boolean): json.Reader<string> => (value) => {
  const text = json.text(value);
  demand(check(text));
  return text;
};

const copyReader = json.object<Pick<Copy, "link" | "origin" | "files" | "deleted">, Required<Pick<Copy, "sent" | "kind">>>(
  {
    link: spelled((text) => !text.includes("#") && formatLink(parseLink(text)) === text),
    origin: spelled((text) => parseOrigin(text) === text),
    files: json.list(json.object<NamedFile>({ name: spelled((text) => safeName(text) === text), size: json.integer }), mostNamed),
    deleted: json.list(json.object<Ref>({ author, seq: positive }), mostNamed),
  },
  { sent: bytes(16), kind: json.either("first", "next") },
);

const copy: json.Reader<Copy> = (value) => {
  const read = copyReader(value);
  demand((read.sent === undefined) === (read.kind === undefined));
  return read;
};

function positive(value: json.Json): number {
  const seq = json.integer(value);
  demand(seq >= 1);
  return seq;
}

const required = { version: json.integer, mailbox: bytes(16), envelope: bytes(16), author: bytes(8), seq: json.integer, seen: map(author, json.integer) };
const always = { beyond: map(author, json.list(positive, mostBeyond)) };
const proof = bytes(32);
const signature = bytes(64);

/** What each kind must have, and what it may have: nothing else. */
const readers: { readonly [kind in Kind]: json.Reader<Partial<Meta>> } = {
  first: json.object({ ...required, kind: json.either("first") }, { ...always, answers, reply: replyTo }),
  next: json.object({ ...required, kind: json.either("next"), proof }, { ...always, answers, closed: yes }),
  reply: json.object({ ...required, kind: json.either("reply"), proof, signature }, always),
  receipt: json.object({ ...required, kind: json.either("receipt"), proof, signature }, { ...always, closed: yes }),
  copy: json.object({ ...required, kind: json.either("copy"), proof, copy }, { ...always, answers }),
};

/** parseMeta reads letter.json. "letter/json", "letter/version", "letter/kind", "letter/limit", "letter/json": version and kind decide how the rest is to be read. */
export function parseMeta(text: string): Meta {
  const object = attempt(() => json.parseObject(text));
  if (object.get("version") !== 1) throw fault("version", "unknown version of letter");
  const kind = object.get("kind");
  if (typeof kind !== "string" || !Object.keys(readers).includes(kind)) throw fault("kind", "unknown kind of letter");
  if (utf8(text).length > largestMeta(kind as Kind)) throw fault("limit", "letter.json is too large");
  return attempt(() => {
    const { version: _, ...meta } = readers[kind as Kind](object) as Meta & { version: number };
    demand(meta.seq >= 1 || isUncounted(meta));
    if (meta.beyond !== undefined) checkBeyond(meta.beyond, meta.seen);
    return meta;
  });
}

/** checkBeyond: ascending, and each behind a gap: the first number that seen leaves out is not there. */
function checkBeyond(beyond: ReadonlyMap<string, readonly number[]>, seen: ReadonlyMap<string, number>): void {
  let total = 0;
  demand(beyond.size > 0);
  for (const [who, seqs] of beyond) {
    total += seqs.length;
    demand(seqs.length > 0 && total <= mostBeyond);
    let last = (seen.get(who) ?? 0) + 1;
    for (const seq of seqs) {
      demand(seq > last);
      last = seq;
    }
  }
}

/**
 * checkProof compares the letter's proof with what the codename's keys make for
 * its place: of a copy with the sender's own key, of others with the one that the recipient
 * has too. "letter/proof".
 */
export function checkProof(meta: Meta, keys: Pick<ThreadKeys, "proof" | "copyProof">): void {
  const make = meta.kind === "copy" ? keys.copyProof : keys.proof;
  if (meta.proof === undefined || !sameSecret(meta.proof, make(meta.mailbox, meta.envelope))) throw fault("proof", "not of this thread");
}

/**
 * checkSignature demands the signature of one of the desk keys in the card.
 * Whoever took a sealing key from the recipient knows the thread's keys, and can
 * do all that a recipient can but this. "letter/signature".
 */
export function checkSignature(meta: Meta, desks: readonly Uint8Array[]): void {
  const { signature: signed } = meta;
  if (signed === undefined || !desks.some((desk) => verify(desk, "reply", signed, meta.mailbox, meta.envelope))) {
    throw fault("signature", "not by the recipient");
  }
}

function demand(holds: boolean): asserts holds {
  if (!holds) throw new json.ShapeError("not of the wanted shape");
}

function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw fault("json", "letter.json is malformed", cause);
  }
}

function fault(category: LetterFault, message: string, cause?: unknown): TransomError {
  return new TransomError(`letter/${category}`, message, { cause });
}
