/** The letter is on the server. Until this page is closed its sender can take it back. */

import { button, element, heading, paragraph } from "./dom.ts";
import type { House, Room } from "./room.ts";
import { type Drop, type Parcel, takeBack } from "./sending.ts";
import type { Receipt } from "./server.ts";
import { secondText as words } from "./secondtext.ts";

export interface Done {
  readonly drop: Drop;
  /** Held by the view alone, and gone with it: with its secrets the letter can be taken back. */
  readonly parcel: Parcel;
  readonly receipt: Receipt;
  /** Opens the drop for another letter. */
  again(): void;
}

/** Without words: no reply was wanted, or none is to be had. */
export function doneView(done: Done, house: House): Room {
  house.shut(true);
  return {
    nodes: [
      ...doneHead(done),
      paragraph(words.doneClose),
      ...backView(done, house, words.withdrawHint, button(words.another, "quiet", done.again)),
    ],
  };
}

export function doneHead({ drop, receipt }: Done): Node[] {
  return [heading("h1", words.done), paragraph(words.doneWhat(drop.card.title, receipt.expires))];
}

/** The button that takes the letter back, beside others, and what came of it. */
export function backView({ parcel, again }: Done, house: House, hint: string, ...others: HTMLElement[]): Node[] {
  const said = element("p", { class: "soft", role: "status" });
  const after = (title: string, line: string): void =>
    house.show({
      nodes: [heading("h1", title), paragraph(line), element("div", { class: "acts" }, button(words.another, "quiet", again))],
    });
  const back = button(words.withdraw, "quiet back", async () => {
    back.disabled = true;
    said.textContent = words.withdrawing;
    const result = await takeBack(parcel);
    if (!back.isConnected) return;
    if (result === "erased") return after(words.withdrawn, words.withdrawnWhat);
    if (result === "gone") return after(words.withdrawnGone, words.withdrawnGoneWhat);
    said.textContent = words.withdrawFailed;
    back.disabled = false;
    back.focus();
  });
  return [element("div", { class: "acts" }, back, ...others), paragraph(hint, "small"), said];
}
