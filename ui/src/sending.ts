/**
 * A letter's way to the server: sealed once, sent until the server has said that
 * it holds it. A letter that can be answered is followed by a copy of it, which
 * its sender seals to themself: it is all that the codename finds again.
 */

import { fromUTF8, utf8 } from "./bytes.ts";
import { checkDay, currentEpoch, type Card } from "./card.ts";
import { today } from "./days.ts";
import { sealedSize, sealEnvelope, sealingKeyLength } from "./envelope.ts";
import { type Sent, TransomError } from "./errors.ts";
import { type Enclosure, letterSize, writeLetter } from "./letter.ts";
import type { Link } from "./link.ts";
import { largestAnswer, type Meta, mostAnswers, type Ref } from "./meta.ts";
import { randomBytes } from "./random.ts";
import { type Deposit, depositEnvelope, getInfo, type Info, type Receipt, withdrawEnvelope } from "./server.ts";
import type { ThreadKeys } from "./threadkeys.ts";

/** Everything known about the drop that a letter is for. */
export interface Drop {
  readonly link: Link;
  readonly card: Card;
  readonly info: Info;
}

export interface Letter {
  readonly message: string;
  readonly files: readonly Enclosure[];
  /** ID of a question of the card's to the answer. What was not answered is not there. */
  readonly answers?: ReadonlyMap<string, string>;
}

/** Where a letter stands in a thread. */
export interface Place {
  readonly keys: ThreadKeys;
  /** A first letter tells where replies go. It is repeated until the recipient has shown that they know: the one before may have been withdrawn or lost. */
  readonly kind: "first" | "next";
  readonly seq: number;
  readonly seen: Meta["seen"];
  readonly beyond?: NonNullable<Meta["beyond"]>;
  /** Replies that were deleted for good, all so far. */
  readonly deleted: readonly Ref[];
}

/** beginThread is the place of the first letter under a new codename. */
export function beginThread(keys: ThreadKeys): Place {
  return { keys, kind: "first", seq: 1, seen: new Map(), deleted: [] };
}

/** offersReplies: an answer needs somebody who signs it. */
export function offersReplies({ policy, desks }: Card): boolean {
  return policy.replies && desks.length > 0;
}

/** An envelope, and what the letter.json in it says. */
export interface SealedLetter extends Deposit {
  readonly meta: Meta;
}

/** What goes to the server, and how far it has come. */
export interface Parcel {
  readonly letter: SealedLetter;
  /** Absent where no reply is wanted. */
  readonly copy?: SealedLetter;
  /** What the server said when it had them: deliver sets these. */
  arrived?: Receipt;
  copied?: Receipt;
}

/** Thrown when the sender cancels. */
export class Cancelled extends Error {}

/** The largest envelope that both the recipient and the server take. */
export function largest({ card, info }: Drop): number {
  return Math.min(card.policy.largest, info.largest);
}

/**
 * The exact size of the envelope that a letter would make today; none if the drop has ended while its page was open.
 * "letter/limit" for what no letter can hold.
 */
export function envelopeSize(drop: Drop, letter: Letter, place?: Place): number | undefined {
  const files = letter.files.map(({ name, blob }) => ({ name, size: blob.size }));
  try {
    return sealedSize(keysToday(drop).length, letterSize(metaFor(drop, letter, place, unproved), letter.message, files));
  } catch (error) {
    if (error instanceof TransomError && error.code === "card/epoch") return undefined;
    throw error;
  }
}

/** keysToday are what a letter is sealed to. */
export function keysToday({ card }: Drop): readonly string[] {
  return currentEpoch(card, today()).keys;
}

type Proofs = Pick<ThreadKeys, "proof" | "replyTo">;

/** unproved stands in for what is as long as it whatever the keys are: a size is asked for after every few letters typed. */
const unproved: Proofs = {
  proof: () => new Uint8Array(32),
  replyTo: () => ({ root: new Uint8Array(32), key: "x".repeat(sealingKeyLength), thread: new Uint8Array(32), signature: new Uint8Array(64) }),
};

/** metaFor is the letter.json of a letter in its place, or of one that wants no reply. */
export function metaFor({ link: { mailbox } }: Drop, letter: Letter, place: Place | undefined, proofs: Proofs | undefined = place?.keys): Meta {
  const envelope = randomBytes(16);
  const answers = answersOf(letter);
  const common = { mailbox, envelope, ...(answers.size > 0 ? { answers } : {}) };
  if (place === undefined || proofs === undefined) return { ...common, kind: "first", author: randomBytes(8), seq: 1, seen: new Map() };
  const { kind, seq, seen, beyond, keys } = place;
  const proved = kind === "first" ? { reply: proofs.replyTo(mailbox, envelope) } : { proof: proofs.proof(mailbox, envelope) };
  return { ...common, kind, author: keys.author, seq, seen, ...(beyond ? { beyond } : {}), ...proved };
}

/** answersOf takes what a field held: half a character and NUL become U+FFFD. "letter/limit" for answers that are too long or too many. */
function answersOf({ answers = new Map() }: Letter): Map<string, string> {
  const clean = new Map<string, string>();
  for (const [id, answer] of answers) clean.set(id, fromUTF8(utf8(answer)).replace(/\0/g, "\ufffd"));
  if (clean.size > mostAnswers || [...clean.values()].some((answer) => utf8(answer).length > largestAnswer)) {
    throw new TransomError("letter/limit", "the answers are too long");
  }
  return clean;
}

/**
 * Seals a letter, as many times as wanted into different envelopes, and the copy of it where it has
 * a place in a thread. The card's days are looked at again: a page can stay open longer than a drop is tended.
 */
export async function seal(
  drop: Drop,
  letter: Letter,
  onSealed: (bytes: number) => void,
  cancel: AbortSignal,
  place?: Place,
): Promise<Parcel> {
  checkDay(drop.card, today());
  const meta = metaFor(drop, letter, place);
  const sealed = await sealEnvelope(keysToday(drop), writeLetter(meta, letter.message, letter.files), (bytes) => {
    if (cancel.aborted) throw new Cancelled();
    onSealed(bytes);
  });
  const copy = place && (await place.keys.sealCopy(drop, letter, meta, place));
  if (cancel.aborted) throw new Cancelled();
  const withdrawSecret = place ? place.keys.withdrawSecret(meta.envelope) : randomBytes(32);
  return { letter: deposited(meta, withdrawSecret, sealed), ...(copy ? { copy } : {}) };
}

/** deposited is a sealed letter, ready to be sent. */
export function deposited(meta: Meta, withdrawSecret: Uint8Array, sealed: Blob): SealedLetter {
  const { mailbox, envelope } = meta;
  return { mailbox, envelope, withdrawSecret, sealed, meta };
}

/** What became of an attempt. */
export interface Reports {
  /** From here on something may leave this browser. */
  leaving(): void;
  /** Of the letter: the copy is small. */
  handed(bytes: number): void;
  /** The line broke; the next attempt begins in so many seconds. */
  broken(seconds: number): void;
  /** The server holds the letter, and the copy follows. */
  copying?(): void;
}

/** Seconds between attempts: about a minute in all, then the sender is asked. */
export const waits: readonly number[] = [2, 5, 10, 20, 30];

/** What passes by itself: a broken line, a busy server, a proxy before a server that restarts. */
const passing = new Set(["network", "timeout", "server/busy", "server/internal", "server/answer"]);

export function isPassing(error: unknown): boolean {
  return error instanceof TransomError && passing.has(error.code);
}

/**
 * Sends the same sealed bytes until the server says that it holds them, which it
 * keeps once however often they come: first the letter, then the copy. When this
 * throws, parcel.arrived says whether the letter is there; calling it again goes
 * on from where it was. An error's `sent` covers every attempt.
 */
export async function deliver(parcel: Parcel, report: Reports, cancel: AbortSignal): Promise<Receipt> {
  parcel.arrived ??= await deposit(parcel.letter, report, cancel);
  if (parcel.copy !== undefined && parcel.copied === undefined) {
    report.copying?.();
    parcel.copied = await deposit(parcel.copy, { ...report, handed: () => {} }, cancel);
  }
  return parcel.arrived;
}

/** deposit delivers one envelope. */
export function deposit(envelope: Deposit, report: Reports, cancel: AbortSignal): Promise<Receipt> {
  if (cancel.aborted) return Promise.reject(new Cancelled());
  const cancelled = new Promise<never>((_, reject) => {
    cancel.addEventListener("abort", () => reject(new Cancelled()), { once: true });
  });
  return Promise.race([deliverAtLast(envelope, report, cancel), cancelled]);
}

async function deliverAtLast(envelope: Deposit, report: Reports, cancel: AbortSignal): Promise<Receipt> {
  let sent: Sent = "nothing";
  for (let attempt = 0; ; attempt++) {
    try {
      // First a question that carries nothing: a server that is not there is noticed before anything leaves.
      await getInfo(location.origin);
      if (cancel.aborted) throw new Cancelled();
      sent = "maybe";
      report.leaving();
      return await depositEnvelope(location.origin, envelope, report.handed, cancel);
    } catch (error) {
      if (cancel.aborted || !(error instanceof TransomError)) throw error;
      const seconds = isPassing(error) ? waits[attempt] : undefined;
      if (seconds === undefined) throw new TransomError(error.code, error.message, { cause: error, sent });
      report.broken(seconds);
      await wait(seconds, cancel);
      if (cancel.aborted) throw new Cancelled();
    }
  }
}

/** Waits, but not longer than until the connection is back or the sender has had enough. */
function wait(seconds: number, cancel: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    addEventListener("online", done);
    cancel.addEventListener("abort", done, { once: true });
  });
}

/** What the server says about a letter that its sender wants back. */
export type Withdrawal = "erased" | "gone" | "unknown";

export async function withdraw(deposit: Pick<Deposit, "mailbox" | "envelope" | "withdrawSecret">): Promise<Withdrawal> {
  try {
    await withdrawEnvelope(location.origin, deposit);
    return "erased";
  } catch (error) {
    return error instanceof TransomError && error.code === "server/not_found" ? "gone" : "unknown";
  }
}

/**
 * takeBack withdraws a letter, and its copy, unless it is not known what became of the
 * letter: then the copy is what finds it again.
 */
export async function takeBack({ letter, copy }: Parcel): Promise<Withdrawal> {
  const result = await withdraw(letter);
  if (copy !== undefined && result !== "unknown") await withdraw(copy);
  return result;
}
