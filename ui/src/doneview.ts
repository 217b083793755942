/** The letter is on the server. Until this page is closed its sender can take it back. */

import { button, element, heading, paragraph } from "./dom.ts";
import type { House, Room } from "./room.ts";
import { type Drop, type Parcel, takeBack } from "./sending.ts";
import type { Receipt } from "./server.ts";
import { text } from "./text.ts";

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
      paragraph(text.doneClose),
      ...backView(done, house, text.withdrawHint, button(text.another, "quiet", done.again)),
    ],
  };
}

export function doneHead({ drop, receipt }: Done): Node[] {
  return [
    heading("h1", text.done),
    paragraph(text.doneWho(drop.card.title)),
    paragraph(text.doneWhen(receipt.expires)),
  ];
}

/** The button that takes the letter back, beside others, and what came of it. */
export function backView({ parcel, again }: Done, house: House, hint: string, ...others: HTMLElement[]): Node[] {
  const said = element("p", { class: "soft", role: "status" });
  const after = (title: string, words: string): void =>
    house.show({
      nodes: [heading("h1", title), paragraph(words), element("div", { class: "acts" }, button(text.another, "quiet", again))],
    });
  const back = button(text.withdraw, "quiet", async () => {
    back.disabled = true;
    said.textContent = text.withdrawing;
    const result = await takeBack(parcel);
    if (!back.isConnected) return;
    if (result === "erased") return after(text.withdrawn, text.withdrawnWhat);
    if (result === "gone") return after(text.withdrawnGone, text.withdrawnGoneWhat);
    said.textContent = text.withdrawFailed;
    back.disabled = false;
    back.focus();
  });
  return [element("div", { class: "acts" }, back, ...others), paragraph(hint, "small"), said];
}
