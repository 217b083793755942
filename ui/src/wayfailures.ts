/** What went wrong on the way of a letter, and whether anything of it left this browser. */

import type { Card } from "./card.ts";
import { TransomError } from "./errors.ts";
import { codeOf, readingWords, type Table, type Words } from "./failures.ts";
import { secondText as words } from "./secondtext.ts";

/** What went wrong with a letter. */
export function sendingWords(error: unknown, card: Card): Words {
  const code = codeOf(error);
  if (code === "network" && (error as TransomError).sent !== "nothing") return words.brokeOff;
  return (code && sending[code]) || readingWords(error, card);
}

const sending: Table = {
  "letter/file": words.file,
  "server/not_found": words.serverClosed,
  "server/too_large": words.serverTooLarge,
  "server/conflict": words.serverConflict,
  "server/not_sealed": words.serverUnsealed,
};

/**
 * What is said of a letter that has begun to leave this browser. A refusal in the server's
 * own words means that it was not kept; anything else leaves that open.
 */
export function leftWords(error: unknown, partly: boolean): { left: string; open: boolean } {
  const code = codeOf(error);
  if (code?.startsWith("server/") && code !== "server/answer") return { left: words.refused, open: false };
  return { left: partly ? words.someLeft : words.allLeft, open: true };
}
