/** What is taken out of a mailbox for replies, and how often a server is asked for it. */

import { TransomError } from "./errors.ts";
import type { Listed, OwnMailbox } from "./owner.ts";
import { Cancelled, isPassing } from "./sending.ts";

/** Limits of what is read: anybody can fill a mailbox whose ID they know. */
const mostEnvelopes = 500;
const largestEnvelope = 16 * 1024 * 1024;
/** Files stay in memory while they are shown. */
const mostBytes = 256 * 1024 * 1024;

export function isNotFound(error: unknown): boolean {
  return error instanceof TransomError && error.code === "server/not_found";
}

/**
 * choose takes as many envelopes as are read. When there are too many, each day
 * gives one in turn: who floods one day does not hide what came on another.
 */
export function choose(envelopes: readonly Listed[]): Listed[] {
  const turns = new Map<number, number>();
  let bytes = 0;
  return envelopes
    .map((listed) => {
      const turn = turns.get(listed.day) ?? 0;
      turns.set(listed.day, turn + 1);
      return { listed, turn };
    })
    .sort((a, b) => a.turn - b.turn || b.listed.day - a.listed.day)
    .map(({ listed }) => listed)
    .filter(({ size }) => size <= largestEnvelope && (bytes += size) <= mostBytes)
    .slice(0, mostEnvelopes);
}

/** Seconds between attempts to fetch an envelope. */
const waits = [1, 4];

/** fetchEnvelope returns nothing when the envelope has gone since it was listed. */
export async function fetchEnvelope(mailbox: OwnMailbox, listed: Listed, cancel: AbortSignal): Promise<Uint8Array | undefined> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await mailbox.get(listed, cancel);
    } catch (error) {
      if (cancel.aborted) throw new Cancelled();
      if (isNotFound(error)) return undefined;
      const seconds = waits[attempt];
      if (seconds === undefined || !isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }
}

/** orEmpty takes a mailbox with nothing in it for an empty one, where it may be. */
export async function orEmpty(list: ReturnType<OwnMailbox["list"]>, mayBeEmpty = true): ReturnType<OwnMailbox["list"]> {
  try {
    return await list;
  } catch (error) {
    if (!mayBeEmpty || !isNotFound(error)) throw error;
    return { envelopes: [], complete: true };
  }
}

/** How often a mailbox is looked at until nothing is in it: others can put something there meanwhile. */
const mostRounds = 5;

/** emptyMailbox erases the copies last: while one is there the words open the thread, and the rest can be done again. */
export async function emptyMailbox(mailbox: OwnMailbox, copies: ReadonlySet<string>): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const { envelopes } = await orEmpty(mailbox.list());
    if (envelopes.length === 0) return;
    const last = (listed: Listed): number => Number(copies.has(listed.id));
    for (const { envelope } of envelopes.sort((a, b) => last(a) - last(b))) await mailbox.erase(envelope);
  }
  throw new TransomError("server/answer", "the server still lists what it has erased");
}
