/** What senders seal to themselves, and the last letter of a thread. Twelve words carry no state: copies do. */

import { utf8 } from "./bytes.ts";
import { checkDay } from "./card.ts";
import { today } from "./days.ts";
import { sealEnvelope } from "./envelope.ts";
import { writeLetter } from "./letter.ts";
import { formatCode } from "./link.ts";
import type { Meta } from "./meta.ts";
import { randomBytes } from "./random.ts";
import { deposited, type Drop, keysToday, type Letter, metaFor, type Place, type SealedLetter } from "./sending.ts";
import type { ThreadKeys } from "./threadkeys.ts";

/** How many bytes of UTF-8 of a message its copy keeps. */
export const mostCopied = 16 * 1024;

const ellipsis = "…";

/**
 * copyText returns what a copy keeps of a message: all of it, or of a long one the
 * beginning, which then ends in an ellipsis. So nearly every copy has the smallest
 * size that there is. A whole long message would give its copy the size of the
 * letter, and the size alone would tell whoever takes the server's disk which
 * mailbox for replies belongs to which drop.
 */
export function copyText(message: string): string {
  const bytes = utf8(message);
  if (bytes.length <= mostCopied) return message;
  let end = mostCopied - utf8(ellipsis).length;
  while ((bytes[end]! & 0xc0) === 0x80) end--; // inside of a character
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, end)) + ellipsis;
}

/** copyOf is what a sender will want to know of a letter. */
export function copyOf({ link }: Drop, { files }: Letter, meta: Meta, { keys, kind, deleted }: Place): Meta {
  const { kind: _, mailbox: __, envelope: sent, reply: ___, proof: ____, ...same } = meta;
  const named = files.map(({ name, blob }) => ({ name, size: blob.size }));
  return noteOf(keys, { ...same, copy: { link: formatCode(link), origin: location.origin, sent, kind, files: named, deleted } });
}

/** noteOf addresses something to its own sender, and proves that it is by them. */
export function noteOf(keys: ThreadKeys, about: Omit<Meta, "kind" | "mailbox" | "envelope" | "proof">): Meta {
  const { mailbox } = keys.root;
  const envelope = randomBytes(16);
  return { ...about, kind: "copy", mailbox, envelope, proof: keys.copyProof(mailbox, envelope) };
}

/** sealCopy seals a copy or a note to its own sender. */
export async function sealCopy(meta: Meta, message: string, keys: ThreadKeys): Promise<SealedLetter> {
  const sealed = await sealEnvelope([keys.recipient], writeLetter(meta, copyText(message), []));
  return deposited(meta, keys.withdrawSecret(meta.envelope), sealed);
}

/** sealClosing seals the letter that tells the recipient that its sender has closed the thread. Nothing is kept of it. */
export async function sealClosing(drop: Drop, place: Place): Promise<SealedLetter> {
  checkDay(drop.card, today());
  const meta: Meta = { ...metaFor(drop, { message: "", files: [] }, { ...place, kind: "next" }), closed: true };
  const sealed = await sealEnvelope(keysToday(drop), writeLetter(meta, "", []));
  return deposited(meta, place.keys.withdrawSecret(meta.envelope), sealed);
}
