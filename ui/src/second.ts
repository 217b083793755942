/** Fetches the second script when it is wanted: the codename, its words and the thread. */

import { Refusal } from "./failures.ts";
import { text } from "./text.ts";

export type Second = typeof import("./thread.ts");

let arrived: Promise<Second> | undefined;
let failures = 0;

/** What it is known by: a proxy can answer anything in its place, also nothing at all, and say that it is a script. */
const parts: readonly (keyof Second)[] = ["newCodename", "threadKeys", "arrivedView", "Foot", "wordsView"];

/**
 * Browsers remember for as long as the page lives that a script did not arrive. A
 * query makes it another one, so that whoever has written a letter need not load
 * the page again for it.
 */
export async function second(): Promise<Second> {
  const again = `./thread.js?${failures}`;
  try {
    const script = await (arrived ??= failures === 0 ? import("./thread.ts") : (import(again) as Promise<Second>));
    if (parts.some((part) => typeof script[part] !== "function")) throw new Error("another script came");
    return script;
  } catch {
    arrived = undefined;
    failures++;
    throw new Refusal(text.part);
  }
}
