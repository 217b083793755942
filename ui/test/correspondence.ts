/** Whole threads for pictures and tests, as the page and a recipient's command line would have left them at a server. */

import { createHash } from "node:crypto";
import { toBase32, toBase64url, utf8 } from "../src/bytes.ts";
import { openCard } from "../src/card.ts";
import { type Codename, codenameOf, threadKeys } from "../src/codename.ts";
import { today } from "../src/days.ts";
import { withdrawHash } from "../src/kdf.ts";
import { parseLink } from "../src/link.ts";
import { type Place, seal } from "../src/sending.ts";
import { knownOf, Recipient } from "./correspondents.ts";
import type { Body, Drop } from "./fixture.ts";
import { Mailboxes } from "./mailboxes.ts";
import { information } from "./wire.ts";

export type Files = Readonly<Record<string, Uint8Array>>;

/** What somebody did in a thread, so many days ago. */
export type Step =
  | { did: "write"; ago: number; message: string; files?: Files; answers?: Record<string, string>; known?: boolean }
  | { did: "reply"; ago: number; message: string; files?: Files; saw: number; lost?: boolean }
  | { did: "receipt"; ago: number; saw: number; closed?: boolean }
  | { did: "forge"; ago: number };

export interface Correspondence {
  words: string;
  mailboxes: Mailboxes;
}

/** A drop that answers. */
export async function answering(changes: Body = {}): Promise<Drop> {
  return new Recipient("harbour", new Mailboxes()).publish(changes);
}

const codename = (name: string): Codename => codenameOf(new Uint8Array(createHash("sha256").update(name).digest().subarray(0, 16)));

/** Twelve words that fit together and name a mailbox where nothing is. */
export const otherWords = codename("nobody").words.join(" ");

/** Plays the steps in turn. The copies name origin. */
export async function correspondence(origin: string, steps: readonly Step[], changes: Body = {}): Promise<Correspondence> {
  const mailboxes = new Mailboxes();
  const recipient = new Recipient("harbour", mailboxes);
  const { code, sealed } = await recipient.publish(changes);
  const { words, ...rest } = codename("source");
  const keys = await threadKeys({ words, ...rest });
  const known = knownOf(keys);
  const link = parseLink(code);
  const drop = { link, card: await openCard(sealed, link), info: { ...information, serverTime: 0, untrustedRelease: "" } };
  Object.assign(globalThis, { location: { origin } });
  const counts = { own: 0, desk: 0 };
  for (const step of steps) {
    mailboxes.day = today() - step.ago;
    if (step.did === "write") {
      const seen = new Map(counts.desk ? [[toBase64url(recipient.author), counts.desk]] : []);
      const place: Place = { keys, kind: step.known ? "next" : "first", seq: ++counts.own, seen, deleted: [] };
      const files = Object.entries(step.files ?? {}).map(([name, data]) => ({ name, blob: new Blob([new Uint8Array(data)]) }));
      const letter = { message: step.message, files, answers: new Map(Object.entries(step.answers ?? {})) };
      const parcel = await seal(drop, letter, () => {}, new AbortController().signal, place);
      for (const { mailbox, envelope, withdrawSecret, sealed } of [parcel.letter, parcel.copy!]) {
        mailboxes.answer({
          method: "PUT",
          target: `/v1/mailboxes/${toBase32(mailbox)}/envelopes/${toBase32(envelope)}`,
          headers: { "transom-withdraw-hash": toBase64url(withdrawHash(withdrawSecret)) },
          body: new Uint8Array(await sealed.arrayBuffer()),
        });
      }
      continue;
    }
    if (step.did === "forge") {
      await recipient.reply(known, "This is not genuine.", {}, { seq: 9, desk: "mallory" });
      continue;
    }
    const seq = step.did === "reply" ? ++counts.desk : counts.desk;
    const claims = { seq, seen: new Map([[toBase64url(keys.author), step.saw]]) };
    if (step.did === "receipt") await recipient.receipt(known, step.closed ? { ...claims, closed: true } : claims);
    else if (!step.lost) await recipient.reply(known, step.message, step.files, claims);
  }
  mailboxes.day = today();
  return { words: words.join(" "), mailboxes };
}

export const bytesOf = (words: string, size = 0): Uint8Array => {
  const bytes = new Uint8Array(Math.max(size, utf8(words).length));
  bytes.set(utf8(words));
  return bytes;
};
