/** The two sides of a thread, made up for tests and pictures: a codename, and a recipient who is honest or not. */

import { createHash } from "node:crypto";
import { toBase32, toBase64url } from "../src/bytes.ts";
import { codenameOf, threadKeys } from "../src/codename.ts";
import { openEnvelope, sealEnvelope } from "../src/envelope.ts";
import { mac, mailboxID, publicKeyOf, sign } from "../src/kdf.ts";
import { writeLetter } from "../src/letter.ts";
import { parseLink } from "../src/link.ts";
import type { Meta, ReplyTo } from "../src/meta.ts";
import { randomBytes } from "../src/random.ts";
import { type Letter, readLetter } from "../src/readletter.ts";
import type { ThreadKeys } from "../src/threadkeys.ts";
import { type Body, type Drop, drop, identity } from "./fixture.ts";
import type { Mailboxes } from "./mailboxes.ts";

const seed = (name: string): Uint8Array => new Uint8Array(createHash("sha256").update(name).digest());

/** The keys of a codename that is the same for the same name. */
export function sender(name: string): Promise<ThreadKeys> {
  return threadKeys(codenameOf(seed(`codename ${name}`).slice(0, 16)));
}

/** What a recipient knows of a thread: where replies go, and whose letters they have seen. */
export interface Known {
  readonly to: Omit<ReplyTo, "signature">;
  readonly sender: Uint8Array;
}

/** knownOf is what a recipient learns from a first letter. */
export function knownOf({ root, recipient, thread, author }: ThreadKeys): Known {
  return { to: { root: root.publicKey, key: recipient, thread }, sender: author };
}

/** What a test wants otherwise: what letter.json says, on which day the envelope came, who signs. */
export type Changes = Partial<Meta> & { readonly day?: number; readonly desk?: string };

export class Recipient {
  readonly name: string;
  readonly author: Uint8Array;
  drop: Drop | undefined;
  private readonly mailboxes: Mailboxes;
  private replies = 0;

  constructor(name: string, mailboxes: Mailboxes) {
    this.name = name;
    this.mailboxes = mailboxes;
    this.author = seed(`author ${name}`).slice(0, 8);
  }

  /** Publishes a card that offers replies. */
  async publish(changes: Body = {}): Promise<Drop> {
    const policy = { files: true, largest: 16 << 20, replies: true };
    this.drop = await drop(this.name, { desks: [toBase64url(publicKeyOf(this.desk()))], policy, ...changes });
    this.mailboxes.cards.set(toBase32(parseLink(this.drop.code).mailbox), this.drop.sealed);
    return this.drop;
  }

  /** Opens everything in the drop's mailbox, and erases it. */
  async collect(): Promise<Letter[]> {
    if (!this.drop) throw new Error("nothing is published");
    const { mailbox } = parseLink(this.drop.code);
    const letters: Letter[] = [];
    for (const [id, { sealed }] of [...this.mailboxes.all(mailbox)]) {
      letters.push(readLetter((await openEnvelope(sealed, [identity(this.name)])).plaintext));
      this.mailboxes.erase(toBase32(mailbox), id);
    }
    return letters.sort((a, b) => a.meta!.seq - b.meta!.seq);
  }

  /** Puts a reply into the sender's mailbox. Unless it says otherwise, it has seen the sender's first letter. */
  reply(known: Known, message: string, files: Readonly<Record<string, Uint8Array>> = {}, changes: Changes = {}): Promise<Meta> {
    return this.put(known, { kind: "reply", seq: ++this.replies, ...changes }, message, files);
  }

  /** Puts a receipt there. */
  receipt(known: Known, changes: Changes = {}): Promise<Meta> {
    return this.put(known, { kind: "receipt", seq: this.replies, ...changes }, "", {});
  }

  private async put({ to, sender: author }: Known, changes: Changes & Pick<Meta, "kind" | "seq">, message: string, files: Readonly<Record<string, Uint8Array>>): Promise<Meta> {
    const { day, desk, ...claims } = changes;
    const mailbox = mailboxID(to.root);
    const envelope = claims.envelope ?? randomBytes(16);
    const meta: Meta = {
      ...{ mailbox, envelope, author: this.author, seen: new Map([[toBase64url(author), 1]]) },
      proof: mac(to.thread, "proof", mailbox, envelope),
      signature: sign(this.desk(desk), "reply", mailbox, envelope),
      ...claims,
    };
    this.mailboxes.put(mailbox, envelope, await sealed(to.key, meta, message, files), day);
    return meta;
  }

  private desk(name = this.name): Uint8Array {
    return seed(`desk ${name}`);
  }
}

/** Seals a letter as it is, whatever it claims. */
export async function sealed(key: string, meta: Meta, message = "", files: Readonly<Record<string, Uint8Array>> = {}): Promise<Uint8Array> {
  const enclosed = Object.entries(files).map(([name, data]) => ({ name, blob: new Blob([new Uint8Array(data)]) }));
  const blob = await sealEnvelope([key], writeLetter(meta, message, enclosed));
  return new Uint8Array(await blob.arrayBuffer());
}
