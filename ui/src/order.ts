/**
 * The order of a thread, and its gaps. Authors say what they had seen when they wrote; servers know
 * days. Both may lie, and neither may make a letter disappear. crypto/letter has
 * the same in Go.
 */

import { fromBase64url, toBase64url } from "./bytes.ts";
import { isUncounted, type Meta } from "./meta.ts";

/** The most numbers in beyond, of all authors together: a stranger chooses them, and letters with many gaps must not keep the other side from writing any. */
export const mostBeyond = 1000;

/** How many missing letters are told. One number that is wrong would make them innumerable. */
const mostMissing = 1000;

/** saw reports whether a letter says that its author had seen another's. author is in base64url. */
export function saw(meta: Pick<Meta, "seen" | "beyond">, author: string, seq: number): boolean {
  return seq >= 1 && (seq <= (meta.seen.get(author) ?? 0) || (meta.beyond?.get(author)?.includes(seq) ?? false));
}

/** summary says of the letters of an author that have these numbers up to which they are all there, and which lie behind a gap. */
export function summary(seqs: readonly number[]): { upTo: number; beyond: number[] } {
  let upTo = 0;
  const beyond: number[] = [];
  for (const seq of ascending(seqs)) {
    if (seq < 1 || !Number.isSafeInteger(seq)) continue;
    if (seq === upTo + 1) upTo = seq;
    else if (beyond.length < mostBeyond) beyond.push(seq);
  }
  return { upTo, beyond };
}

/** summaries is what a letter says of several authors: seen, and beyond where there are gaps. The authors are in base64url. */
export function summaries(seqs: ReadonlyMap<string, readonly number[]>): Pick<Meta, "seen" | "beyond"> {
  const seen = new Map<string, number>();
  const beyond = new Map<string, readonly number[]>();
  let left = mostBeyond;
  for (const author of [...seqs.keys()].sort((a, b) => compareBytes(fromBase64url(a), fromBase64url(b)))) {
    const found = summary(seqs.get(author) ?? []);
    const gaps = found.beyond.slice(0, left);
    seen.set(author, found.upTo);
    if (gaps.length > 0) beyond.set(author, gaps);
    left -= gaps.length;
  }
  return { seen, ...(beyond.size > 0 ? { beyond } : {}) };
}

/** missing returns which of the numbers 1 to highest are not there, ascending, at most a thousand. */
export function missing(seqs: readonly number[], highest: number): number[] {
  const gaps: number[] = [];
  let next = 1;
  for (const seq of [...ascending(seqs), highest + 1]) {
    for (; next < Math.min(seq, highest + 1) && gaps.length < mostMissing; next++) gaps.push(next);
    next = Math.max(next, seq + 1);
  }
  return gaps;
}

function ascending(seqs: readonly number[]): number[] {
  return [...new Set(seqs)].sort((a, b) => a - b);
}

export interface Dated {
  readonly meta: Pick<Meta, "kind" | "author" | "seq" | "seen" | "beyond" | "copy">;
  /** The day of the envelope, all that is known of when it was written. */
  readonly day: number;
}

/**
 * order returns the letters in the order in which to read them. Each author's
 * stand in the order of their seq; of equal ones, letters before receipts and
 * notes, then in the order of the list. Of those that stand next in their
 * author's order, one comes first that has seen none which are still to come; of
 * several, that of the lowest day, then of the lowest author by bytes. If all
 * have seen some which are still to come, somebody lies, and of all of them that
 * of the lowest day and author comes first. So no claim moves two letters of
 * another author past each other, or one out of sight.
 */
export function order<Letter extends Dated>(letters: readonly Letter[]): Letter[] {
  const queues = new Map<string, Letter[]>();
  for (const letter of letters) {
    const author = toBase64url(letter.meta.author);
    queues.set(author, [...(queues.get(author) ?? []), letter]);
  }
  for (const queue of queues.values()) queue.sort((a, b) => a.meta.seq - b.meta.seq || rank(a) - rank(b));
  const awaited = new Map(letters.map((letter) => [letter, lastSeen(letter, queues)]));
  const placed = new Set<Letter>();
  const waits = (letter: Letter): boolean => awaited.get(letter)!.some((other) => !placed.has(other));
  while (placed.size < letters.length) {
    const heads = [...queues.values()].flatMap(([head]) => (head === undefined ? [] : [{ head, waits: waits(head) }]));
    const [first] = heads.sort((a, b) => Number(a.waits) - Number(b.waits) || a.head.day - b.head.day || compareBytes(a.head.meta.author, b.head.meta.author));
    if (first === undefined) break;
    placed.add(first.head);
    queues.get(toBase64url(first.head.meta.author))!.shift();
  }
  return [...placed];
}

/** rank puts what is not counted behind the letter whose seq it has. */
function rank({ meta }: Dated): number {
  return isUncounted(meta) ? 1 : 0;
}

/** compareBytes compares two authors. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

/** lastSeen returns of each other author the last letter that this one says it had seen: it comes after all the others. Receipts and notes cannot be seen. */
function lastSeen<Letter extends Dated>(letter: Letter, queues: ReadonlyMap<string, readonly Letter[]>): Letter[] {
  const own = toBase64url(letter.meta.author);
  return [...queues].flatMap(([author, queue]) => {
    if (author === own) return [];
    const upTo = letter.meta.seen.get(author) ?? 0;
    const beyond = new Set(letter.meta.beyond?.get(author));
    return queue.filter(({ meta }) => !isUncounted(meta) && (meta.seq <= upTo || beyond.has(meta.seq))).slice(-1);
  });
}
