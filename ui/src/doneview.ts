/** The letter is on the server. Until this page is closed its sender can take it back. */

import { button, element, heading, paragraph } from "./dom.ts";
import { withdraw } from "./sending.ts";
import type { Deposit, Receipt } from "./server.ts";
import { text } from "./text.ts";

/** The secret to take the letter back is held by this view alone, and goes with it. */
export type Kept = Pick<Deposit, "mailbox" | "envelope" | "withdrawSecret">;

export function doneView(title: string, kept: Kept, receipt: Receipt, show: (nodes: Node[]) => void, again: () => void): Node[] {
  const said = element("p", { class: "soft", role: "status" });
  const another = button(text.another, "quiet", again);
  const back = button(text.withdraw, "quiet", async () => {
    back.disabled = true;
    said.textContent = text.withdrawing;
    const result = await withdraw(kept);
    if (result === "erased") return show(after(text.withdrawn, text.withdrawnWhat, another));
    if (result === "gone") return show(after(text.withdrawnGone, text.withdrawnGoneWhat, another));
    said.textContent = text.withdrawFailed;
    back.disabled = false;
    back.focus();
  });
  return [
    heading("h1", text.done),
    paragraph(text.doneWho(title)),
    paragraph(text.doneWhen(receipt.expires)),
    paragraph(text.doneClose),
    element("div", { class: "acts" }, back, another),
    paragraph(text.withdrawHint, "small"),
    said,
  ];
}

function after(title: string, words: string, another: HTMLElement): Node[] {
  return [heading("h1", title), paragraph(words), element("div", { class: "acts" }, another)];
}
