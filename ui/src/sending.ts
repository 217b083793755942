/** A letter's way to the server: sealed once, sent until the server has said that it holds it. */

import { checkDay, currentEpoch, type Card } from "./card.ts";
import { today } from "./days.ts";
import { sealedSize, sealEnvelope } from "./envelope.ts";
import { type Sent, TransomError } from "./errors.ts";
import { type Enclosure, letterSize, type Meta, writeLetter } from "./letter.ts";
import type { Link } from "./link.ts";
import { randomBytes } from "./random.ts";
import { type Deposit, depositEnvelope, getInfo, type Info, type Receipt, withdrawEnvelope } from "./server.ts";

/** Everything known about the drop that a letter is for. */
export interface Drop {
  readonly link: Link;
  readonly card: Card;
  readonly info: Info;
}

export interface Letter {
  readonly message: string;
  readonly files: readonly Enclosure[];
}

/** Thrown when the sender cancels. */
export class Cancelled extends Error {}

/** The largest envelope that both the recipient and the server take. */
export function largest({ card, info }: Drop): number {
  return Math.min(card.policy.largest, info.largest);
}

/** The exact size of the envelope that a letter would make today; none if the drop has ended while its page was open. */
export function envelopeSize(drop: Drop, letter: Letter): number | undefined {
  const files = letter.files.map(({ name, blob }) => ({ name, size: blob.size }));
  try {
    return sealedSize(keysToday(drop).length, letterSize(metaFor(drop), letter.message, files));
  } catch (error) {
    if (error instanceof TransomError && error.code === "card/epoch") return undefined;
    throw error;
  }
}

function keysToday({ card }: Drop): readonly string[] {
  return currentEpoch(card, today()).keys;
}

function metaFor({ link }: Drop): Meta {
  return { kind: "first", mailbox: link.mailbox, envelope: randomBytes(16), author: randomBytes(8), seq: 1, seen: new Map() };
}

/**
 * Seals a letter, as many times as wanted into different envelopes. The card's days are
 * looked at again: a page can stay open longer than a drop is tended.
 */
export async function seal(drop: Drop, letter: Letter, onSealed: (bytes: number) => void, cancel: AbortSignal): Promise<Deposit> {
  checkDay(drop.card, today());
  const meta = metaFor(drop);
  const sealed = await sealEnvelope(keysToday(drop), writeLetter(meta, letter.message, letter.files), (bytes) => {
    if (cancel.aborted) throw new Cancelled();
    onSealed(bytes);
  });
  if (cancel.aborted) throw new Cancelled();
  return { mailbox: meta.mailbox, envelope: meta.envelope, withdrawSecret: randomBytes(32), sealed };
}

/** What became of an attempt. */
export interface Reports {
  /** From here on something may leave this browser. */
  leaving(): void;
  handed(bytes: number): void;
  /** The line broke; the next attempt begins in so many seconds. */
  broken(seconds: number): void;
}

/** Seconds between attempts: about a minute in all, then the sender is asked. */
export const waits: readonly number[] = [2, 5, 10, 20, 30];

/** What passes by itself: a broken line, a busy server, a proxy before a server that restarts. */
const passing = new Set(["network", "timeout", "server/busy", "server/internal", "server/answer"]);

/**
 * Sends the same sealed bytes until the server says that it holds them, which it
 * keeps once however often they come. An error's `sent` covers every attempt.
 */
export function deliver(deposit: Deposit, report: Reports, cancel: AbortSignal): Promise<Receipt> {
  const cancelled = new Promise<never>((_, reject) => {
    cancel.addEventListener("abort", () => reject(new Cancelled()), { once: true });
  });
  return Promise.race([deliverAtLast(deposit, report, cancel), cancelled]);
}

async function deliverAtLast(deposit: Deposit, report: Reports, cancel: AbortSignal): Promise<Receipt> {
  let sent: Sent = "nothing";
  for (let attempt = 0; ; attempt++) {
    try {
      // First a question that carries nothing: a server that is not there is noticed before anything leaves.
      await getInfo(location.origin);
      if (cancel.aborted) throw new Cancelled();
      sent = "maybe";
      report.leaving();
      return await depositEnvelope(location.origin, deposit, report.handed, cancel);
    } catch (error) {
      if (cancel.aborted || !(error instanceof TransomError)) throw error;
      const seconds = passing.has(error.code) ? waits[attempt] : undefined;
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
