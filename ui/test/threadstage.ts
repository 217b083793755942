/** A server, a drop, and a sender with its link: what tests of threads stand on. */

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { openCard } from "../src/card.ts";
import { type Conversation, openConversation, type OwnLetter, type Reply } from "../src/conversation.ts";
import { today } from "../src/days.ts";
import { type Code, TransomError } from "../src/errors.ts";
import { parseLink } from "../src/link.ts";
import type { Meta } from "../src/meta.ts";
import { beginThread, deliver, type Drop, type Letter, offersReplies, type Parcel, type Place, seal } from "../src/sending.ts";
import { getCard, getInfo } from "../src/server.ts";
import type { ThreadKeys } from "../src/threadkeys.ts";
import { serve, type Served } from "./browserless.ts";
import { type Known, knownOf, Recipient, sealed, sender } from "./correspondents.ts";
import { Mailboxes } from "./mailboxes.ts";

export const never = new AbortController().signal;
export const silent = { leaving() {}, handed() {}, broken() {} };
export const day = today();

/** A server with a drop, and a sender who has its link. */
export class Stage {
  readonly mailboxes: Mailboxes;
  readonly served: Served;
  readonly recipient: Recipient;
  readonly keys: ThreadKeys;
  readonly known: Known;

  private constructor(mailboxes: Mailboxes, served: Served, recipient: Recipient, keys: ThreadKeys) {
    this.mailboxes = mailboxes;
    this.served = served;
    this.recipient = recipient;
    this.keys = keys;
    this.known = knownOf(keys);
  }

  static async set(t: TestContext, name = "harbour"): Promise<Stage> {
    const mailboxes = new Mailboxes();
    mailboxes.day = day;
    const served = await serve(mailboxes);
    t.after(() => served.stop());
    const recipient = new Recipient(name, mailboxes);
    await recipient.publish();
    return new Stage(mailboxes, served, recipient, await sender(t.name));
  }

  async drop(): Promise<Drop> {
    const link = parseLink(this.recipient.drop!.code);
    const card = await openCard(await getCard(this.served.origin, link.mailbox), link);
    assert.ok(offersReplies(card));
    return { link, card, info: await getInfo(this.served.origin) };
  }

  async write(message: string, place: Place = beginThread(this.keys), more: Partial<Letter> = {}): Promise<Parcel> {
    const parcel = await seal(await this.drop(), { message, files: [], ...more }, () => {}, never, place);
    await deliver(parcel, silent, never);
    return parcel;
  }

  open(): Promise<Conversation> {
    return openConversation(this.keys, () => {}, never);
  }

  /** Puts something into the sender's mailbox as anybody could. */
  async plant(meta: Meta, message = ""): Promise<void> {
    this.mailboxes.put(this.keys.root.mailbox, meta.envelope, await sealed(this.keys.recipient, meta, message));
  }

  mine(): number {
    return this.mailboxes.all(this.keys.root.mailbox).size;
  }

  theirs(): number {
    return this.mailboxes.all(parseLink(this.recipient.drop!.code).mailbox).size;
  }
}

/** Makes what waits for a second or longer wait for a moment. */
export async function hurried<T>(run: () => Promise<T>): Promise<T> {
  const real = globalThis.setTimeout;
  globalThis.setTimeout = ((callback: () => void, wait = 0) => real(callback, wait >= 1000 && wait < 60_000 ? 1 : wait)) as typeof setTimeout;
  try {
    return await run();
  } finally {
    globalThis.setTimeout = real;
  }
}

/** The items as lines: who, which, how far. */
export function lines({ items }: Conversation): string[] {
  return items.map((item) => {
    if (item.type === "gap") return `gap ${item.count}`;
    if (item.type === "reply") return `reply ${item.seq} ${item.untrustedMessage}`;
    return `own ${item.seq} ${item.message} ${item.state.is}${"day" in item.state ? ` ${item.state.day - day}` : ""}`;
  });
}

export function own(conversation: Conversation, seq: number): OwnLetter {
  return conversation.items.find((item): item is OwnLetter => item.type === "own" && item.seq === seq)!;
}

export function reply(conversation: Conversation, seq: number): Reply {
  return conversation.items.find((item): item is Reply => item.type === "reply" && item.seq === seq)!;
}

export function refusal(code: Code): (error: unknown) => boolean {
  return (error) => error instanceof TransomError && error.code === code;
}
