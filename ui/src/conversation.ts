/**
 * A thread on its sender's side, from nothing but the codename: what lies in the mailbox for
 * replies is opened, checked and put in order, and can be answered, taken back, deleted, closed.
 *
 * Copies, which only the codename's owner can make, name the drop. Its card, and no other, says who may
 * sign replies. Whatever cannot be checked is counted and not shown.
 */

import { toBase32, toBase64url } from "./bytes.ts";
import { checkDay, openCard } from "./card.ts";
import { noteOf, sealClosing, sealCopy } from "./copies.ts";
import { today } from "./days.ts";
import { TransomError } from "./errors.ts";
import { choose, emptyMailbox, fetchEnvelope, isNotFound, orEmpty } from "./gathering.ts";
import { type Link, parseLink } from "./link.ts";
import { type Copy, type Meta, mostNamed, type Ref } from "./meta.ts";
import { open, type Opened } from "./opening.ts";
import { summaries } from "./order.ts";
import { OwnMailbox } from "./owner.ts";
import { pause } from "./pause.ts";
import { checkSignature } from "./readmeta.ts";
import { Cancelled, deposit, type Drop, isPassing, type Letter, type Parcel, type Place, type Reports, withdraw, type Withdrawal } from "./sending.ts";
import { type Deposit, getCard, getInfo, type Info, type Receipt, withdrawEnvelope } from "./server.ts";
import type { ThreadKeys } from "./threadkeys.ts";
import { closedOn, type Item, type OwnLetter, type Reply, seqsByAuthor, timeline } from "./timeline.ts";

export type { Gap, Item, OwnLetter, Reply, State } from "./timeline.ts";

/** How many envelopes may fail to come before the server is given up. */
const mostFailed = 3;

/**
 * How far beyond the sender's own copies the recipient's word is taken for what the
 * sender has written: a claim of 2^53 would leave no number for a next letter.
 */
const mostAhead = 1000;

/** How long a thread that can be shown waits for a note to be on the server, in milliseconds. */
const renewing = 10_000;

export type Progress = (read: number, all: number) => void;

/** What closing a thread did. */
export interface Closing {
  /** How many letters were erased from the drop, and how many were no longer there: collected, withdrawn or expired. */
  readonly withdrawn: number;
  readonly gone: number;
  /** Whether the recipient knew the thread, or may have, and was told. */
  readonly wasKnown: boolean;
  readonly told: boolean;
}

/**
 * openConversation reads the thread of a codename on the server that the page is from.
 * "server/not_found" when nothing lies there: no such codename, or everything has expired or was erased.
 * "thread/links" when copies name different drops.
 */
export async function openConversation(keys: ThreadKeys, progress: Progress, cancel: AbortSignal): Promise<Conversation> {
  const conversation = new Conversation(keys);
  await conversation.lookAgain(progress, cancel);
  return conversation;
}

export class Conversation {
  /** In reading order. */
  items: readonly Item[] = [];
  /** The drop that the copies name; absent if there is no copy. */
  link: NamedLink | undefined;
  /** All that is needed to write; absent while the card cannot be had or does not hold: cardFailure says why. */
  drop: Drop | undefined;
  cardFailure: unknown;
  /** Where the drop is, when it is on another server than this one: the page asks nobody but its own. */
  elsewhere: string | undefined;
  /** The day on which the recipient closed the thread: what is written now is discarded unread. */
  closed: number | undefined;
  /** The day after which the words open nothing, unless something is written or erased before: until then a copy is kept. */
  expires: number | undefined;
  /** How many replies and receipts could not be checked, for want of a card. */
  unverified = 0;
  /** How many envelopes are not what they would have to be: somebody else's, or broken, also by the server. */
  notGenuine = 0;
  /** How many envelopes, at least, were not read, because they are too many or too large. */
  leftOut = 0;

  private readonly keys: ThreadKeys;
  /** By the ID of the envelope; null for what is not genuine. */
  private readonly found = new Map<string, Opened | null>();
  /** Replies and receipts that a desk has signed. */
  private readonly verified = new Set<Opened>();
  /** Envelopes of letters that the server no longer had when it was asked. */
  private readonly gone = new Set<string>();
  private readonly closing = { withdrawn: 0, gone: 0, wasKnown: false, told: false };

  constructor(keys: ThreadKeys) {
    this.keys = keys;
  }

  /** Whether a reply or receipt has shown that the recipient knows the thread, also if the sender has deleted it since. */
  get known(): boolean {
    return this.verified.size > 0 || this.deleted().length > 0;
  }

  /** lookAgain reads what has come since. What was read stays, also if the server has it no longer. */
  async lookAgain(progress: Progress, cancel: AbortSignal): Promise<void> {
    const info = await getInfo(location.origin);
    const mailbox = new OwnMailbox(location.origin, this.keys.root, info);
    const { envelopes, complete } = await orEmpty(mailbox.list(cancel), this.found.size > 0);
    const chosen = choose(envelopes);
    this.leftOut = envelopes.length - chosen.length + (complete ? 0 : 1);
    const fresh = chosen.filter(({ id }) => !this.found.has(id));
    let failed = 0;
    for (const [i, listed] of fresh.entries()) {
      progress(i, fresh.length);
      await pause();
      try {
        const sealed = await fetchEnvelope(mailbox, listed, cancel);
        if (sealed !== undefined) this.found.set(listed.id, await open(sealed, listed, this.keys));
      } catch (error) {
        // One that the server has damaged does not hide the others.
        if (!isPassing(error) || ++failed > mostFailed) throw error;
      }
    }
    progress(fresh.length, fresh.length);
    this.link = namedLink(this.copies());
    await this.readCard(info);
    await this.verify();
    this.notGenuine += failed;
    if (cancel.aborted) throw new Cancelled();
    await this.renew(info);
    this.draw();
  }

  /**
   * renew begins the days of the last copy anew when half of them are over: without a
   * copy the words open nothing, and no answer can be checked. It writes no more often
   * than that. If it fails, the next look tries again.
   */
  private async renew({ days }: Info): Promise<void> {
    const last = this.copies().map(({ listed }) => listed.expires);
    if (last.length === 0 || Math.max(...last) - today() > days / 2) return;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), renewing);
    await this.note(this.deleted(), patience.signal).catch(() => {});
    clearTimeout(timer);
  }

  /** place is that of the next letter. */
  place(): Place {
    const deleted = this.deleted();
    const seqs = seqsByAuthor([...this.verified], deleted);
    return { keys: this.keys, kind: this.known ? "next" : "first", seq: this.highest() + 1, ...summaries(seqs), deleted };
  }

  /** written adds a letter that the server holds. */
  written({ letter, copy, arrived, copied }: Parcel, { message }: Letter): void {
    if (copy === undefined) return;
    this.keep(copy.meta, message, copied ?? arrived);
    this.gone.delete(toBase64url(letter.envelope));
    this.draw();
  }

  /**
   * withdraw takes a letter back. If it was there, its copy goes too, and its number
   * stays behind in a note: another letter with it would pass for one that was seen.
   */
  async withdraw({ copy }: OwnLetter): Promise<Withdrawal> {
    const sent = copy.meta.copy?.sent;
    if (sent === undefined) throw new Error("conversation: letters are made of copies of them");
    const result = this.elsewhere === undefined ? await withdraw(this.depositOf(sent)) : "unknown";
    if (result === "gone") this.gone.add(toBase64url(sent));
    if (result === "erased") await this.replace([copy], this.deleted());
    this.draw();
    return result;
  }

  /**
   * erase erases a reply from the server for good. A note says so beforehand, or the reply would look missing.
   * A TransomError if that could not be done: then the reply is still there.
   */
  async erase({ letter }: Reply): Promise<void> {
    const { author, seq } = letter.meta;
    await this.replace([letter], [...this.deleted(), { author: toBase64url(author), seq }]);
    this.draw();
  }

  /**
   * close withdraws what is not collected, tells the recipient if they know the
   * thread, and erases all that lies in the mailbox. If it throws it can be called
   * again, and goes on. "link/origin" if the drop is elsewhere.
   */
  async close(): Promise<Closing> {
    if (this.elsewhere !== undefined) throw new TransomError("link/origin", "the drop is on another server");
    const { closing } = this;
    for (const item of this.items) if (item.type === "own") await this.withdrawWaiting(item);
    closing.wasKnown ||= this.known || this.unverified > 0 || closing.gone > 0;
    // What is gone has been collected, if it has not expired: the recipient may know the thread, though they have not said so.
    const mayKnow = this.known || closing.gone > 0;
    if (mayKnow && this.drop !== undefined && this.closed === undefined && !closing.told) {
      await deposit(await sealClosing(this.drop, this.place()), silent, new AbortController().signal);
      closing.told = true;
    }
    await emptyMailbox(await this.mailbox(), new Set(this.copies().map(({ listed }) => listed.id)));
    this.wipe();
    return closing;
  }

  /** wipe forgets everything that was read. */
  wipe(): void {
    this.items = [];
    this.found.clear();
    this.verified.clear();
    this.drop = this.link = undefined;
  }

  private draw(): void {
    const replies = [...this.verified];
    const { gone } = this;
    this.items = timeline({ author: this.author(), copies: this.copies(), replies, deleted: this.deleted(), unverified: this.unverified > 0, gone });
    this.closed = closedOn(replies);
    this.expires = this.copies().reduce<number | undefined>((last, { listed }) => Math.max(last ?? 0, listed.expires), undefined);
  }

  private async readCard(info: Info): Promise<void> {
    const { link } = this;
    this.drop = this.cardFailure = undefined;
    this.elsewhere = link === undefined || link.origin === location.origin ? undefined : link.origin;
    if (link === undefined || this.elsewhere !== undefined) return;
    try {
      const card = await openCard(await getCard(link.origin, link.mailbox), link);
      checkDay(card, today());
      this.drop = { link, card, info };
    } catch (error) {
      this.cardFailure = error;
    }
  }

  /** verify looks for the signatures of the card's desks. Without a card nothing counts as the recipient's: it is forgotten, and read again when there is one. */
  private async verify(): Promise<void> {
    const { drop } = this;
    this.unverified = 0;
    for (const [id, each] of [...this.found]) {
      if (!isReply(each) || this.verified.has(each)) continue;
      await pause();
      if (drop === undefined) {
        this.unverified++;
        this.found.delete(id);
      } else if (isSigned(each, drop)) this.verified.add(each);
      else this.found.set(id, null);
    }
    this.notGenuine = [...this.found.values()].filter((each) => each === null).length;
  }

  private author(): string {
    return toBase64url(this.keys.author);
  }

  private copies(): Copied[] {
    return [...this.found.values()].filter(isCopy);
  }

  /** deleted lists the replies that the sender has deleted: each copy has those so far. */
  private deleted(): Ref[] {
    const all = this.copies().flatMap(({ meta }) => meta.copy.deleted);
    return [...new Map(all.map((ref) => [`${ref.author} ${ref.seq}`, ref])).values()];
  }

  /** highest is the last number that one of the sender's letters has had, as far as anybody knows. */
  private highest(): number {
    const author = this.author();
    const own = Math.max(0, ...this.copies().map(({ meta }) => meta.seq));
    const claims = [...this.verified].map(({ meta }) => Math.max(meta.seen.get(author) ?? 0, ...(meta.beyond?.get(author) ?? [])));
    return Math.max(own, ...claims.filter((claimed) => claimed <= own + mostAhead));
  }

  private depositOf(sent: Uint8Array): Pick<Deposit, "mailbox" | "envelope" | "withdrawSecret"> {
    if (this.link === undefined) throw new Error("conversation: a copy names its drop");
    return { mailbox: this.link.mailbox, envelope: sent, withdrawSecret: this.keys.withdrawSecret(sent) };
  }

  /** withdrawWaiting counts each letter once, however often it is called. */
  private async withdrawWaiting({ copy, state }: OwnLetter): Promise<void> {
    const sent = copy.meta.copy?.sent;
    if (sent === undefined || !["waiting", "unknown"].includes(state.is) || this.gone.has(toBase64url(sent))) return;
    try {
      await withdrawEnvelope(location.origin, this.depositOf(sent));
      this.closing.withdrawn++;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.closing.gone++;
    }
    this.gone.add(toBase64url(sent));
  }

  /** replace erases letters of the mailbox, after a note has taken over what only they told: the drop, the last number, what was deleted. */
  private async replace(leaving: readonly Opened[], deleted: readonly Ref[]): Promise<void> {
    const mailbox = await this.mailbox();
    const old = this.copies().filter(isNote);
    const staying = this.copies().filter((copy) => !leaving.includes(copy));
    const noted = staying.flatMap(({ meta }) => meta.copy.deleted);
    const enough =
      staying.some(({ meta }) => meta.seq >= this.highest()) &&
      deleted.every((ref) => noted.some(({ author, seq }) => author === ref.author && seq === ref.seq));
    if (!enough) await this.note(deleted);
    for (const each of leaving) await this.eraseFound(mailbox, each);
    if (enough) return;
    // Older notes say less. They do no harm where they cannot be erased.
    for (const each of old) await this.eraseFound(mailbox, each).catch(() => {});
  }

  private async note(deleted: readonly Ref[], cancel = new AbortController().signal): Promise<void> {
    const { keys } = this;
    const [copy] = this.copies();
    if (copy === undefined) throw new Error("conversation: nothing is shown without a copy");
    const { link, origin } = copy.meta.copy;
    const seen = summaries(seqsByAuthor([...this.verified], deleted));
    const meta = noteOf(keys, { author: keys.author, seq: this.highest(), ...seen, copy: { link, origin, files: [], deleted: deleted.slice(-mostNamed) } });
    const receipt = await deposit(await sealCopy(meta, "", keys), silent, cancel);
    this.keep(meta, "", receipt);
  }

  private keep(meta: Meta, untrustedMessage: string, receipt: Receipt = { day: today(), expires: today() }): void {
    const { envelope } = meta;
    const id = toBase32(envelope);
    this.found.set(id, { listed: { envelope, id, ...receipt }, meta, day: receipt.day, untrustedMessage, files: [] });
  }

  private async eraseFound(mailbox: OwnMailbox, opened: Opened): Promise<void> {
    await mailbox.erase(opened.listed.envelope);
    this.found.delete(opened.listed.id);
    this.verified.delete(opened);
  }

  private async mailbox(): Promise<OwnMailbox> {
    return new OwnMailbox(location.origin, this.keys.root, await getInfo(location.origin));
  }
}

type NamedLink = Link & { readonly origin: string };

type Copied = Opened & { readonly meta: Meta & { readonly copy: Copy } };

function isCopy(opened: Opened | null): opened is Copied {
  return opened?.meta.copy !== undefined;
}

function isNote({ meta }: Copied): boolean {
  return meta.copy.sent === undefined;
}

function isReply(opened: Opened | null): opened is Opened {
  return opened !== null && !isCopy(opened);
}

function isSigned({ meta }: Opened, { card }: Drop): boolean {
  try {
    checkSignature(meta, card.desks);
    return true;
  } catch {
    return false;
  }
}

/** namedLink returns the drop that all the copies name. "thread/links" if they do not agree. */
function namedLink(copies: readonly Copied[]): NamedLink | undefined {
  const [named, ...others] = new Map(copies.map(({ meta: { copy } }) => [`${copy.origin} ${copy.link}`, copy])).values();
  if (others.length > 0) throw new TransomError("thread/links", "the copies name different drops");
  return named && { ...parseLink(named.link), origin: named.origin };
}

const silent: Reports = { leaving() {}, handed() {}, broken() {} };
