/** Threads made up for pictures and tests: what lies in a mailbox for replies, as the page and a recipient's command line would have put it there. */

import { createHash } from "node:crypto";
import { toBase32, toBase64url, utf8 } from "../src/bytes.ts";
import { openCard } from "../src/card.ts";
import { codenameOf, threadKeys } from "../src/codename.ts";
import { today } from "../src/days.ts";
import { sealEnvelope } from "../src/envelope.ts";
import { publicKeyOf, sign } from "../src/kdf.ts";
import { writeLetter } from "../src/letter.ts";
import { parseLink } from "../src/link.ts";
import type { Meta } from "../src/meta.ts";
import { seal } from "../src/sending.ts";
import { type Body, drop, type Drop } from "./fixture.ts";
import { information, type Kept } from "./wire.ts";

const digest = (name: string): Uint8Array => new Uint8Array(createHash("sha256").update(name).digest());

/** A file in an answer, as its sender named it: hostile names are made safe only by who writes a letter honestly. */
export interface Enclosed {
  name: string;
  content: Uint8Array;
}

/** What somebody did in a thread, so many days ago. */
export type Step =
  | { did: "write"; ago: number; message: string; files?: Enclosed[]; answers?: Record<string, string>; known?: boolean; copied?: boolean }
  | { did: "reply"; ago: number; message: string; files?: Enclosed[]; saw: number; lost?: boolean }
  | { did: "receipt"; ago: number; saw: number; closed?: boolean }
  | { did: "forge"; ago: number };

export interface Correspondence {
  words: string;
  kept: Kept[];
  drop: Drop;
}

const desk = digest("desk");

/** A drop that answers. */
export const answering = (changes: Body = {}): Promise<Drop> =>
  drop("harbour", { desks: [toBase64url(publicKeyOf(desk))], policy: { files: true, largest: 16 << 20, replies: true }, ...changes });

/** Plays the steps in turn. The copies name origin. */
export async function correspondence(origin: string, steps: readonly Step[], changes: Body = {}): Promise<Correspondence> {
  const codename = codenameOf(digest("codename").subarray(0, 16));
  const keys = await threadKeys(codename);
  const found = await answering(changes);
  const link = parseLink(found.code);
  const card = await openCard(found.sealed, link);
  const mine = toBase64url(keys.author);
  const desks = digest("desk author").subarray(0, 8);
  const kept: Kept[] = [];
  const keep = async (day: number, envelope: Uint8Array, sealed: Blob): Promise<void> => {
    const bytes = new Uint8Array(await sealed.arrayBuffer());
    kept.push({ mailbox: toBase32(keys.root.mailbox), id: toBase32(envelope), day, expires: day + information.days, bytes });
  };
  Object.assign(globalThis, { location: { origin } });
  const counts = { own: 0, desk: 0 };
  for (const step of steps) {
    const day = today() - step.ago;
    if (step.did === "write") {
      const place = { keys, kind: step.known ? "next" : "first", seq: ++counts.own, seen: new Map([[toBase64url(desks), counts.desk]]), deleted: [] } as const;
      if (!counts.desk) (place.seen as Map<string, number>).clear();
      const files = (step.files ?? []).map(({ name, content }) => ({ name, blob: new Blob([content as BlobPart]) }));
      const letter = { message: step.message, files, answers: new Map(Object.entries(step.answers ?? {})) };
      const { copy } = await seal({ link, card, info: { ...information, serverTime: 0, untrustedRelease: "" } }, letter, () => {}, new AbortController().signal, place);
      if (step.copied !== false) await keep(day, copy!.envelope, copy!.sealed);
      continue;
    }
    const envelope = digest(`envelope ${kept.length} ${counts.desk}`).subarray(0, 16);
    if (step.did === "forge") {
      const meta: Meta = { kind: "reply", mailbox: keys.root.mailbox, envelope, author: desks, seq: 9, seen: new Map(), proof: digest("no proof"), signature: new Uint8Array(64) };
      await keep(day, envelope, await sealEnvelope([keys.recipient], writeLetter(meta, "This is not genuine.", [])));
      continue;
    }
    const seq = step.did === "reply" ? ++counts.desk : counts.desk;
    if (step.did === "reply" && step.lost) continue;
    const meta: Meta = {
      kind: step.did,
      mailbox: keys.root.mailbox,
      envelope,
      author: desks,
      seq,
      seen: new Map([[mine, step.saw]]),
      proof: keys.proof(keys.root.mailbox, envelope),
      signature: sign(desk, "reply", keys.root.mailbox, envelope),
      ...(step.did === "receipt" && step.closed ? { closed: true as const } : {}),
    };
    const files = step.did === "reply" ? (step.files ?? []) : [];
    const enclosures = files.map(({ name, content }) => ({ name, blob: new Blob([content as BlobPart]) }));
    await keep(day, envelope, await sealEnvelope([keys.recipient], writeLetter(meta, step.did === "reply" ? step.message : "", enclosures)));
  }
  return { words: codename.words.join(" "), kept, drop: found };
}

/** Twelve words that fit together and name a mailbox where nothing is. */
export const otherWords = codenameOf(digest("nobody").subarray(0, 16)).words.join(" ");

export const bytesOf = (words: string, size = 0): Uint8Array => {
  const bytes = new Uint8Array(Math.max(size, utf8(words).length));
  bytes.set(utf8(words));
  return bytes;
};
