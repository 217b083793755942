/**
 * The foot of a letter: the button, then in its place what is happening, and what
 * went wrong. The letter above stays where it is all the while.
 */

import { button, element, heading, paragraph } from "./dom.ts";
import { TransomError } from "./errors.ts";
import { leftWords, notice, Refusal, sendingWords } from "./failures.ts";
import { Cancelled, deliver, type Drop, envelopeSize, type Letter, seal, withdraw } from "./sending.ts";
import type { Deposit, Receipt } from "./server.ts";
import { text } from "./text.ts";

export interface Foot {
  readonly view: HTMLElement;
  /** The letter is another now: what was sealed of it is not it any more. */
  edited(): void;
  busy(): boolean;
  stop(): void;
}

/** What the foot needs of the letter above it. */
export interface Above {
  letter(): Letter;
  complaint(): string | undefined;
  files(): readonly File[];
  freeze(frozen: boolean): void;
  say(words: string): void;
  delivered(deposit: Deposit, receipt: Receipt): void;
}

/** How long nothing may move before the page says that the line is slow, in milliseconds. */
const patience = 10_000;

/** How long a server may still be storing what had arrived when its sender cancelled, in milliseconds. */
const settling = 1000;

export function footView(drop: Drop, above: Above): Foot {
  const view = element("section", { class: "foot" });
  let running: AbortController | undefined;
  let sealed: Deposit | undefined;

  const rest = (said?: HTMLElement): void => {
    running = undefined;
    above.freeze(false);
    const act = button(said?.classList.contains("bad") ? text.retry : text.send, "main", () => void send());
    view.replaceChildren(...(said ? [said] : []), element("div", { class: "acts" }, act));
    said?.querySelector("h2")?.focus();
  };
  const complain = (words: string): void => {
    view.querySelector(".notice")?.remove();
    view.prepend(notice(true, text.nothingSent, words));
    above.say(words);
  };
  const send = async (): Promise<void> => {
    const words = above.complaint();
    if (words) return complain(words);
    const cancel = (running = new AbortController());
    const way = wayView(envelopeSize(drop, above.letter()) ?? 0, () => cancel.abort(), above.say);
    above.freeze(true);
    view.replaceChildren(way.view);
    way.view.querySelector("h2")!.focus();
    let leaving = false;
    try {
      sealed ??= await seal(drop, above.letter(), way.sealed, cancel.signal);
      way.sending();
      const reports = { leaving: () => void (leaving = true), handed: way.handed, broken: way.broken };
      const receipt = await deliver(sealed, reports, cancel.signal);
      running = undefined;
      above.delivered(sealed, receipt);
    } catch (error) {
      if (running !== cancel) return; // The page has moved on.
      rest(error instanceof Cancelled ? await cancelled(leaving) : await failed(error, leaving, way.most()));
    } finally {
      way.stop();
    }
  };

  /** A cancelled letter may have arrived: the server is asked to erase it, and says whether it had it. */
  const cancelled = async (leaving: boolean): Promise<HTMLElement> => {
    if (!sealed || !leaving) return notice(false, text.nothingSent, text.cancelledNothing, text.stillHere);
    view.replaceChildren(paragraph(text.cancelling));
    await new Promise((settled) => setTimeout(settled, settling));
    const result = await withdraw(sealed);
    if (result === "unknown") return notice(true, text.allLeft, text.cancelledUnsure(drop.info.days), text.sameAgain, text.stillHere);
    sealed = undefined;
    return notice(false, text.cancelledLeft, result === "erased" ? text.cancelledErased : text.cancelledGone, text.stillHere);
  };

  const failed = async (error: unknown, leaving: boolean, handed: number): Promise<HTMLElement> => {
    const { left, open } = leftWords(error, leaving, handed < (sealed?.sealed.size ?? 0));
    if (error instanceof TransomError && error.code === "server/conflict") sealed = undefined;
    const { wrong, todo } = sendingWords(await nameFile(error, above.files()), drop.card);
    return notice(true, left, wrong, todo, ...(open ? [text.sameAgain] : []), text.stillHere);
  };

  rest();
  return {
    view,
    edited() {
      sealed = undefined;
      if (view.querySelector(".notice")) rest();
    },
    busy: () => running !== undefined,
    stop() {
      const was = running;
      running = undefined;
      sealed = undefined;
      was?.abort();
    },
  };
}

/** Finds out which file could not be read, so that it can be named. */
async function nameFile(error: unknown, files: readonly File[]): Promise<unknown> {
  if (!(error instanceof TransomError && error.code === "letter/file")) return error;
  for (const file of files) {
    const readable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false);
    if (!readable) return new Refusal(text.fileNamed(file.name));
  }
  return error;
}

interface Way {
  readonly view: HTMLElement;
  sealed(bytes: number): void;
  sending(): void;
  handed(bytes: number): void;
  broken(seconds: number): void;
  /** The most that was handed to the connection in any attempt. */
  most(): number;
  stop(): void;
}

/** What is said on the way. The first figure goes up only when the server has said so: at the end, at once. */
function wayView(size: number, cancel: () => void, say: (words: string) => void): Way {
  const title = heading("h2", text.sealing);
  const figure = paragraph("", "figure");
  const moving = paragraph("", "figure soft");
  const line = paragraph("", "soft");
  const view = element("section", { class: "way" }, title, figure, moving, line, element("div", { class: "acts" }, button(text.cancel, "plain", cancel)));
  let most = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (words: string): void => {
    line.textContent = words;
    if (words) say(words);
  };
  const expect = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(text.slow), patience);
  };
  return {
    view,
    sealed(bytes) {
      figure.textContent = text.sealed(Math.min(bytes, size), size);
    },
    sending() {
      title.textContent = text.sending;
      figure.textContent = text.arrived(size);
      say(text.sending);
      expect();
    },
    handed(bytes) {
      most = Math.max(most, bytes);
      moving.textContent = bytes < size ? text.handed(bytes) : text.handedAll;
      tell("");
      if (bytes >= size) say(text.handedAll);
      expect();
    },
    broken(seconds) {
      clearTimeout(timer);
      moving.textContent = "";
      tell(text.retrying(seconds));
      timer = setTimeout(() => tell(text.slow), seconds * 1000 + patience);
    },
    most: () => most,
    stop: () => clearTimeout(timer),
  };
}
