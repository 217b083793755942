/** What senders seal to themselves, and the last letter of a thread. Twelve words carry no state: copies do. */

import { checkDay } from "./card.ts";
import { today } from "./days.ts";
import { sealEnvelope } from "./envelope.ts";
import { writeLetter } from "./letter.ts";
import { formatCode } from "./link.ts";
import type { Meta } from "./meta.ts";
import { randomBytes } from "./random.ts";
import { deposited, type Drop, keysToday, type Letter, metaFor, type Place, type SealedLetter } from "./sending.ts";
import type { ThreadKeys } from "./threadkeys.ts";

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
  const sealed = await sealEnvelope([keys.recipient], writeLetter(meta, message, []));
  return deposited(meta, keys.withdrawSecret(meta.envelope), sealed);
}

/** sealClosing seals the letter that tells the recipient that its sender has closed the thread. Nothing is kept of it. */
export async function sealClosing(drop: Drop, place: Place): Promise<SealedLetter> {
  checkDay(drop.card, today());
  const meta: Meta = { ...metaFor(drop, { message: "", files: [] }, { ...place, kind: "next" }), closed: true };
  const sealed = await sealEnvelope(keysToday(drop), writeLetter(meta, "", []));
  return deposited(meta, place.keys.withdrawSecret(meta.envelope), sealed);
}
