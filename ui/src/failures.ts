/** From what went wrong to what is said about it: whether anything left this browser, what is wrong, what to do. */

import type { Card } from "./card.ts";
import { today } from "./days.ts";
import { element, heading, paragraph } from "./dom.ts";
import { type Code, TransomError } from "./errors.ts";
import { text } from "./text.ts";

export interface Words {
  readonly wrong: string;
  readonly todo: string;
}

/** Thrown by the page's own checks, with the words for it. */
export class Refusal extends Error {
  readonly words: Words;

  constructor(words: Words) {
    super(words.wrong);
    this.words = words;
  }
}

/** What went wrong before there was a letter, with the card as far as it could be read. */
export function readingWords(error: unknown, card?: Card): Words {
  const code = codeOf(error);
  if (card && code === "card/expired") return text.cardExpired(card.expires, today());
  if (card && code === "card/future") return text.cardFuture(card.published, today());
  if (code === "card/epoch") return text.cardKeyless(today());
  return (code && (reading[code] ?? common[code])) || (error instanceof Refusal ? error.words : text.own);
}

export function codeOf(error: unknown): Code | undefined {
  return error instanceof TransomError ? error.code : undefined;
}

export type Table = { readonly [code in Code]?: Words };

const reading: Table = {
  "link/checksum": text.linkDamaged,
  "link/prefix": text.linkOther,
  "link/length": text.linkOther,
  "link/version": text.linkNewer,
  "link/origin": text.linkOrigin,
  "card/sealed": text.cardChanged,
  "card/json": text.cardChanged,
  "card/root": text.cardChanged,
  "card/signature": text.cardChanged,
  "card/version": text.cardNewer,
  "card/format": text.cardUnreadable,
  "server/not_found": text.cardUnknown,
};

const common: Table = {
  network: text.network,
  timeout: text.timeout,
  insecure: text.insecure,
  "server/busy": text.serverBusy,
  "server/full": text.serverFull,
  "server/internal": text.serverBroken,
  "server/answer": text.serverStrange,
};

/** A failure that takes the whole page: there is no letter to keep. */
export function failureView(words: Words): Node[] {
  const left = words === text.cardChanged ? text.doNotWrite : text.nothingSent;
  return [heading("h1", left, { class: words === text.cardChanged && "wrong" }), paragraph(words.wrong), paragraph(words.todo)];
}

/** What can be done about a failure to read a drop: the same again where it may pass, another link where this one is no good. */
export function remedy(error: unknown): "again" | "another" | undefined {
  const code = codeOf(error);
  if (code === undefined || code in common) return "again";
  return ["card/expired", "card/epoch", "server/not_found"].includes(code) || code.startsWith("link/") ? "another" : undefined;
}

/** What became of a letter that stays where it is: something wrong, or what its sender wanted. */
export function notice(wrong: boolean, left: string, ...sentences: string[]): HTMLElement {
  return element("section", { class: wrong ? "notice bad" : "notice" }, heading("h2", left), ...sentences.map((words) => paragraph(words)));
}
