/**
 * The foot of a letter: the button, then in its place what is happening, and what
 * went wrong. The letter above stays where it is all the while.
 *
 * A letter that can be answered goes in two steps, first itself, then a copy of its
 * words for whoever wrote it. It is sent when the server has said that it holds both.
 */

import type { Card } from "./card.ts";
import { button, element, paragraph } from "./dom.ts";
import { TransomError } from "./errors.ts";
import { notice, Refusal } from "./failures.ts";
import { Cancelled, deliver, type Parcel, takeBack } from "./sending.ts";
import type { Receipt } from "./server.ts";
import { text } from "./text.ts";
import { secondText as words } from "./secondtext.ts";
import { leftWords, sendingWords } from "./wayfailures.ts";
import { wayView } from "./wayview.ts";

/** What the foot needs of the letter above it. */
export interface Above {
  readonly card: Card;
  /** How many days the server keeps a letter. */
  readonly days: number;
  /** What keeps the letter from being sent. */
  complaint(): string | undefined;
  /** How large the letter is, sealed. */
  size(): number | undefined;
  seal(onSealed: (bytes: number) => void, cancel: AbortSignal): Promise<Parcel>;
  files(): readonly File[];
  freeze(frozen: boolean): void;
  say(words: string): void;
  /** The letter is on the server, and so is the copy unless there is none or it failed. */
  delivered(parcel: Parcel, receipt: Receipt, failed?: unknown): void;
}

/** How long a server may still be storing what had arrived when its sender cancelled, in milliseconds. */
const settling = 1000;

export class Foot {
  readonly view = element("section", { class: "foot" });
  private readonly above: Above;
  /** What is on its way. */
  private running: AbortController | undefined;
  /** The letter as it stands, sealed: sent again it is the same to the server. */
  private sealed: Parcel | undefined;
  /** What was sent, this letter or an earlier form of it, and may have arrived for all that is known. */
  private uncertain: Parcel | undefined;

  constructor(above: Above) {
    this.above = above;
    this.rest();
  }

  /** The letter is another now: what was sealed of it is not it any more. */
  edited(): void {
    this.sealed = undefined;
    if (this.view.querySelector(".notice")) this.rest();
  }

  busy(): boolean {
    return this.running !== undefined;
  }

  stop(): void {
    const was = this.running;
    this.running = this.sealed = undefined;
    was?.abort();
  }

  private rest(said?: HTMLElement): void {
    this.running = undefined;
    this.above.freeze(false);
    const act = button(said?.classList.contains("bad") ? text.retry : text.send, "main", () => void this.send());
    this.view.replaceChildren(...(said ? [said] : []), element("div", { class: "acts" }, act));
    said?.querySelector("h2")?.focus();
  }

  private complain(wrong: string): void {
    this.view.querySelector(".notice")?.remove();
    this.view.prepend(notice(true, this.nothingLeft(), wrong));
    this.above.say(wrong);
  }

  async send(): Promise<void> {
    const { above } = this;
    const wrong = above.complaint();
    if (wrong) return this.complain(wrong);
    const cancel = (this.running = new AbortController());
    const way = wayView(above.size() ?? 0, () => cancel.abort(), above.say);
    above.freeze(true);
    this.view.replaceChildren(way.view);
    way.view.querySelector("h2")!.focus();
    let leaving = false;
    try {
      const parcel = (this.sealed ??= await above.seal(way.sealed, cancel.signal));
      way.sending();
      const reports = { leaving: () => void (leaving = true), handed: way.handed, broken: way.broken, copying: way.copying };
      const receipt = await deliver(parcel, reports, cancel.signal);
      if (this.running !== cancel) return;
      this.running = undefined;
      above.delivered(parcel, receipt);
    } catch (error) {
      if (this.running !== cancel) return; // The page has moved on.
      if (error instanceof Cancelled) return this.rest(await this.cancelled(leaving));
      const { sealed } = this;
      if (!sealed?.arrived) return this.rest(await this.failed(error, leaving, way.most()));
      this.running = undefined;
      above.delivered(sealed, sealed.arrived, error);
    } finally {
      way.stop();
    }
  }

  /** A cancelled letter may have arrived: the server is asked to erase it, and says whether it had it. */
  private async cancelled(leaving: boolean): Promise<HTMLElement> {
    const { sealed } = this;
    if (!sealed || !leaving) return notice(false, this.nothingLeft(), words.cancelledNothing, text.stillHere);
    this.view.replaceChildren(paragraph(words.cancelling));
    await new Promise((settled) => setTimeout(settled, settling));
    const result = await takeBack(sealed);
    this.settle(sealed, result === "unknown");
    if (result === "unknown") {
      return notice(true, words.allLeft, words.cancelledUnsure(this.above.days), words.sameAgain, text.stillHere);
    }
    this.sealed = undefined;
    return notice(false, words.cancelledLeft, result === "erased" ? words.cancelledErased : words.cancelledGone, text.stillHere);
  }

  private async failed(error: unknown, leaving: boolean, handed: number): Promise<HTMLElement> {
    const { sealed } = this;
    const { left, open } = leftWords(error, handed < (sealed?.letter.sealed.size ?? 0));
    if (sealed && leaving) this.settle(sealed, open);
    if (error instanceof TransomError && error.code === "server/conflict") this.sealed = undefined;
    const { wrong, todo } = sendingWords(await nameFile(error, this.above.files()), this.above.card);
    const again = sealed && this.uncertain === sealed ? [words.sameAgain] : [];
    return notice(true, leaving ? left : this.nothingLeft(), wrong, todo, ...again, text.stillHere);
  }

  private settle(parcel: Parcel, open: boolean): void {
    if (open) this.uncertain = parcel;
    else if (this.uncertain === parcel) this.uncertain = undefined;
  }

  /** What is said when this attempt sent nothing: an earlier one may have. */
  private nothingLeft(): string {
    return this.uncertain ? words.earlierLeft : text.nothingSent;
  }
}

/** Finds out which file could not be read, so that it can be named. */
async function nameFile(error: unknown, files: readonly File[]): Promise<unknown> {
  if (!(error instanceof TransomError && error.code === "letter/file")) return error;
  for (const file of files) {
    const readable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false);
    if (!readable) return new Refusal(words.fileNamed(file.name));
  }
  return error;
}
