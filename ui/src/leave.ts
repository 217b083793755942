/**
 * The quick exit: a button that is always in reach, and Shift pressed three times.
 * It wipes before it goes, so that a slow or missing connection leaves an empty page
 * behind and not a letter, and it replaces the page in this tab's history.
 */

import { button } from "./dom.ts";
import { text } from "./text.ts";

/**
 * Where Leave goes: known everywhere, wordy, likely to be open on anybody's screen,
 * and reached by https only, so that nothing on the way sees where from.
 */
export const elsewhere = "https://www.wikipedia.org/";

/** How soon three presses of Shift must follow one another, in milliseconds. */
const soon = 2000;

/** Calls leave when Shift was pressed three times with nothing else in between: writing capitals is no reason to go. */
export function onShiftThrice(leave: () => void): void {
  let presses: number[] = [];
  let alone = false;
  const forget = (): void => {
    presses = [];
    alone = false;
  };
  addEventListener("keydown", (event) => {
    if (event.key !== "Shift" || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) forget();
    else if (!event.repeat) alone = true;
  }, true);
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    alone = false;
    presses = [...presses.filter((at) => event.timeStamp - at < soon), event.timeStamp];
    if (presses.length >= 3) leave();
  }, true);
  addEventListener("pointerdown", forget, true);
}

export function leaveButton(leave: () => void): HTMLButtonElement {
  const made = button(text.leave, "leave", leave);
  made.title = text.leaveHint;
  return made;
}
