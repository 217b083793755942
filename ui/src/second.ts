/** Fetches the second script when it is wanted: the codename, its words and the thread. */

import { Refusal } from "./failures.ts";
import { text } from "./text.ts";

export type Second = typeof import("./thread.ts");

let arrived: Promise<Second> | undefined;
let failures = 0;

/**
 * Browsers remember for as long as the page lives that a script did not arrive. A
 * query makes it another one, so that whoever has written a letter need not load
 * the page again for it.
 */
export async function second(): Promise<Second> {
  const again = `./thread.js?${failures}`;
  try {
    return await (arrived ??= failures === 0 ? import("./thread.ts") : (import(again) as Promise<Second>));
  } catch {
    arrived = undefined;
    failures++;
    throw new Refusal(text.part);
  }
}
