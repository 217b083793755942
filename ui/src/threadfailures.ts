/** Why a thread could not be opened or looked at. Looking leaves nothing at the server, so nothing was sent. */

import { TransomError } from "./errors.ts";
import { readingWords, type Words } from "./failures.ts";
import { secondText as words } from "./secondtext.ts";

export function isNothing(error: unknown): boolean {
  return error instanceof TransomError && error.code === "server/not_found";
}

export function openingWords(error: unknown): Words {
  if (isNothing(error)) return words.nothingHereWhat;
  if (!(error instanceof TransomError)) return readingWords(error);
  if (error.code === "thread/links") return words.links;
  if (error.code === "server/clock" || error.code === "server/unauthorized") return words.clock;
  return readingWords(error);
}

/** What is wrong with the card by which answers are checked, as far as it is not the server or the connection. */
export function cardWords(error: unknown): string {
  if (!(error instanceof TransomError)) return readingWords(error).wrong;
  if (error.code === "card/expired" || error.code === "card/epoch") return words.cardExpired;
  if (error.code === "card/future") return words.cardFuture;
  return readingWords(error).wrong;
}
