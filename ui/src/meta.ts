/**
 * letter.json: where a letter belongs, and how its sender and its recipient know
 * one another again. The page writes it as often as it writes letters; it reads it only for
 * threads, in readmeta.ts.
 */

import { equal, toBase64url, utf8 } from "./bytes.ts";
import { type LetterFault, TransomError } from "./errors.ts";
import { hash } from "./kdf.ts";

/** The most bytes of letter.json. A copy holds what the letter's held, and the names of its files, or a letter could be sent that is never found again. */
export function largestMeta(kind: Kind): number {
  return kind === "copy" ? largestCopyMeta : 64 * 1024;
}
export const largestCopyMeta = 512 * 1024;
/** The most files that a copy names, and the most letters that it lists as deleted. */
export const mostNamed = 1000;
/** The most answers of a letter, and bytes of UTF-8 of one. */
export const mostAnswers = 100;
export const largestAnswer = 10_000;

/** A first letter begins a thread, a next one carries it on; replies and receipts are the recipient's; a copy is the sender's own. */
export type Kind = "first" | "next" | "reply" | "receipt" | "copy";

/** What letter.json says. In a letter received, it is the sender's claim. Optional members are absent rather than empty. */
export interface Meta {
  readonly kind: Kind;
  /** 16 bytes. */
  readonly mailbox: Uint8Array;
  /** 16 bytes. */
  readonly envelope: Uint8Array;
  /** 8 bytes, one for each thread of a sender and device of a recipient. */
  readonly author: Uint8Array;
  /** Counts this author's letters, from 1. Receipts and notes are not counted: theirs is that of the author's last letter, 0 before the first. */
  readonly seq: number;
  /** Author in base64url to the highest seq without a gap. */
  readonly seen: ReadonlyMap<string, number>;
  /** Author in base64url to what was seen behind a gap, ascending. */
  readonly beyond?: ReadonlyMap<string, readonly number[]>;
  /** ID of a question of the card's to the answer. */
  readonly answers?: ReadonlyMap<string, string>;
  /** Of a first letter that wants replies. */
  readonly reply?: ReplyTo;
  /** 32 bytes; not in a first letter. */
  readonly proof?: Uint8Array;
  /** 64 bytes; of replies and receipts. */
  readonly signature?: Uint8Array;
  readonly copy?: Copy;
  readonly closed?: true;
}

/** Where replies go, and what they are sealed to. */
export interface ReplyTo {
  /** Ed25519: owns the mailbox for replies. */
  readonly root: Uint8Array;
  /** age1pq1…. */
  readonly key: string;
  /** 32 bytes. */
  readonly thread: Uint8Array;
  /** By root, over replyToParts: nobody can name a mailbox that is not theirs, to be sent somebody's replies. */
  readonly signature: Uint8Array;
}

/** What a sender has to find again with nothing but the codename. */
export interface Copy {
  /** The link code. */
  readonly link: string;
  readonly origin: string;
  /** The envelope that the letter went in, and its kind. Both are absent from a note, which only lists what was deleted. */
  readonly sent?: Uint8Array;
  readonly kind?: "first" | "next";
  /** The letter's files, which themselves are not kept. */
  readonly files: readonly NamedFile[];
  /** Replies that the sender has deleted for good: they are no gaps. */
  readonly deleted: readonly Ref[];
}

export interface NamedFile {
  readonly name: string;
  readonly size: number;
}

/** A letter of a thread. */
export interface Ref {
  /** In base64url. */
  readonly author: string;
  readonly seq: number;
}

/** replyToParts returns what the signature of a ReplyTo is over, for a letter in this place. Its label is "thread". */
export function replyToParts({ key, thread }: Pick<ReplyTo, "key" | "thread">, mailbox: Uint8Array, envelope: Uint8Array): Uint8Array[] {
  return [mailbox, envelope, hash(utf8(key)), hash(thread)];
}

/** checkPlace compares what a letter was written for with where it was found, or a server could show it elsewhere, or twice. "letter/elsewhere". */
export function checkPlace(meta: Meta, mailbox: Uint8Array, envelope: Uint8Array): void {
  if (!equal(meta.mailbox, mailbox) || !equal(meta.envelope, envelope)) {
    throw fault("elsewhere", "written for another place");
  }
}

/** isUncounted reports whether the letter is none of those that its author's seq counts. */
export function isUncounted({ kind, copy }: Pick<Meta, "kind" | "copy">): boolean {
  return kind === "receipt" || (copy !== undefined && copy.sent === undefined);
}

/** mayHaveText and mayHaveFiles: what nobody shows, nobody may hide in. */
export function mayHaveText(meta: Meta): boolean {
  return !isUncounted(meta) && !(meta.kind === "next" && meta.closed);
}

export function mayHaveFiles(meta: Meta): boolean {
  return meta.kind !== "copy" && mayHaveText(meta);
}

/** encodeMeta writes letter.json: the keys in this order, and no white space. "letter/limit" if it is larger than a reader takes. */
export function encodeMeta(meta: Meta): Uint8Array {
  const json = utf8(JSON.stringify(wireOf(meta)));
  if (json.length > largestMeta(meta.kind)) throw fault("limit", "letter.json is too large");
  return json;
}

function wireOf(meta: Meta): object {
  const { reply, copy } = meta;
  return {
    version: 1,
    kind: meta.kind,
    mailbox: toBase64url(meta.mailbox),
    envelope: toBase64url(meta.envelope),
    author: toBase64url(meta.author),
    seq: meta.seq,
    seen: sorted(meta.seen),
    beyond: meta.beyond && sorted(meta.beyond),
    answers: meta.answers && sorted(meta.answers),
    reply: reply && {
      root: toBase64url(reply.root),
      key: reply.key,
      thread: toBase64url(reply.thread),
      signature: toBase64url(reply.signature),
    },
    proof: meta.proof && toBase64url(meta.proof),
    signature: meta.signature && toBase64url(meta.signature),
    copy: copy && {
      link: copy.link,
      origin: copy.origin,
      sent: copy.sent && toBase64url(copy.sent),
      kind: copy.kind,
      files: copy.files.map(({ name, size }) => ({ name, size })),
      deleted: copy.deleted.map(({ author, seq }) => ({ author, seq })),
    },
    closed: meta.closed,
  };
}

function sorted<V>(map: ReadonlyMap<string, V>): Record<string, V> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fault(category: LetterFault, message: string): TransomError {
  return new TransomError(`letter/${category}`, message);
}
