/** A thread as its sender sees it: letters of both sides in order, how far each has come, and what is missing. */

import { toBase64url } from "./bytes.ts";
import type { NamedFile, Ref } from "./meta.ts";
import type { Opened, ReplyFile } from "./opening.ts";
import { missing, order, saw } from "./order.ts";

export type Item = OwnLetter | Reply | Gap;

export interface OwnLetter {
  readonly type: "own";
  readonly seq: number;
  readonly message: string;
  /** ID of a question to the answer. */
  readonly answers: ReadonlyMap<string, string>;
  /** Only named: a copy holds no files. */
  readonly files: readonly NamedFile[];
  readonly day: number;
  /** The last day on which it is kept. */
  readonly expires: number;
  readonly state: State;
  /** What it was made of. */
  readonly copy: Opened;
}

/**
 * How far a letter has come, as far as that is known: it waits; the recipient has said that
 * they had it by that day; they have answered. "gone" when the server no longer had it and nobody has said why, "unknown"
 * while what could say more cannot be checked.
 */
export type State =
  | { readonly is: "waiting" | "gone" | "unknown" }
  | { readonly is: "collected" | "answered"; readonly day: number };

export interface Reply {
  readonly type: "reply";
  readonly seq: number;
  readonly untrustedMessage: string;
  readonly files: readonly ReplyFile[];
  readonly day: number;
  readonly expires: number;
  /** Whether the sender has deleted it, or another under its number: the server has kept or put it back, or the recipient went on from a backup, and nobody has read this one. */
  readonly deleted: boolean;
  readonly letter: Opened;
}

/** Letters of the recipient's that are not here: expired, lost, or withheld. */
export interface Gap {
  readonly type: "gap";
  readonly count: number;
}

/** What a thread consists of, all of it checked. */
export interface Thread {
  /** The sender's author, in base64url. */
  readonly author: string;
  readonly copies: readonly Opened[];
  /** Replies and receipts, signed by a desk. */
  readonly replies: readonly Opened[];
  /** Replies that the sender has deleted. */
  readonly deleted: readonly Ref[];
  /** Whether there are replies or receipts that could not be checked. */
  readonly unverified: boolean;
  /** Envelopes of the sender's letters, in base64url, that the server no longer had. */
  readonly gone: ReadonlySet<string>;
}

/** timeline returns the items in reading order. */
export function timeline(thread: Thread): Item[] {
  const left = gaps(thread);
  const sent = new Map(thread.copies.flatMap((copy) => (copy.meta.copy?.sent ? [[toBase64url(copy.meta.copy.sent), copy]] : [])));
  return order([...sent.values(), ...thread.replies]).flatMap((opened): Item[] => {
    const { meta, listed } = opened;
    if (meta.copy !== undefined) return [ownLetter(opened, thread)];
    const open = left.get(toBase64url(meta.author)) ?? [];
    const count = open.filter((seq) => seq <= meta.seq).length;
    open.splice(0, count);
    const gap: Item[] = count > 0 ? [{ type: "gap", count }] : [];
    if (meta.kind !== "reply") return gap;
    const { untrustedMessage, files, day } = opened;
    const { seq } = meta;
    const deleted = thread.deleted.some((ref) => ref.author === toBase64url(meta.author) && ref.seq === seq);
    return [...gap, { type: "reply", seq, untrustedMessage, files, day, expires: listed.expires, deleted, letter: opened }];
  });
}

/** gaps returns the numbers that are missing of each of the recipient's authors. What the sender deleted is not missing. */
function gaps({ replies, deleted }: Thread): Map<string, number[]> {
  const there = seqsByAuthor(replies, deleted);
  return new Map(
    [...there].map(([author, seqs]) => {
      // A receipt counts with its author's letters, and so shows when the last is missing.
      const counted = replies.filter(({ meta }) => toBase64url(meta.author) === author).map(({ meta }) => meta.seq);
      return [author, missing(seqs, Math.max(0, ...counted))];
    }),
  );
}

/** seqsByAuthor returns which letters of each of the recipient's authors were read. */
export function seqsByAuthor(replies: readonly Opened[], deleted: readonly Ref[]): Map<string, number[]> {
  const seqs = new Map<string, number[]>();
  for (const { meta } of replies) {
    const author = toBase64url(meta.author);
    seqs.set(author, [...(seqs.get(author) ?? []), ...(meta.kind === "reply" ? [meta.seq] : [])]);
  }
  for (const { author, seq } of deleted) seqs.set(author, [...(seqs.get(author) ?? []), seq]);
  return seqs;
}

function ownLetter(opened: Opened, thread: Thread): OwnLetter {
  const { meta, listed, day } = opened;
  return {
    type: "own",
    seq: meta.seq,
    message: opened.untrustedMessage,
    answers: meta.answers ?? new Map(),
    files: meta.copy?.files ?? [],
    day,
    expires: listed.expires,
    state: stateOf(opened, thread),
    copy: opened,
  };
}

function stateOf({ meta }: Opened, { author, replies, unverified, gone }: Thread): State {
  const saying = replies.filter((each) => saw(each.meta, author, meta.seq));
  const answers = saying.filter((each) => each.meta.kind === "reply");
  const first = (all: readonly Opened[]): number => Math.min(...all.map(({ day }) => day));
  if (answers.length > 0) return { is: "answered", day: first(answers) };
  if (saying.length > 0) return { is: "collected", day: first(saying) };
  if (meta.copy?.sent !== undefined && gone.has(toBase64url(meta.copy.sent))) return { is: "gone" };
  return { is: unverified ? "unknown" : "waiting" };
}

/**
 * closedOn returns the day on which the recipient closed the thread, if it is closed. A receipt counts
 * with its author's letters: a reply with a higher number was written later, so the thread is open again.
 */
export function closedOn(replies: readonly Opened[]): number | undefined {
  const latest = (author: Uint8Array): number =>
    Math.max(0, ...replies.filter(({ meta }) => meta.kind === "reply" && toBase64url(meta.author) === toBase64url(author)).map(({ meta }) => meta.seq));
  const days = replies.filter(({ meta }) => meta.closed && meta.seq >= latest(meta.author)).map(({ day }) => day);
  return days.length > 0 ? Math.min(...days) : undefined;
}
