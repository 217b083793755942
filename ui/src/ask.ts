/** A question before something is lost. */

import { button, element, paragraph } from "./dom.ts";

export interface Question {
  readonly title: string;
  readonly what: string;
  readonly no: string;
  readonly yes: string;
}

let asked = 0;

/** Resolves to whether the answer was yes. Escape says no, and so does a page that goes on meanwhile. */
export function ask({ title, what, no, yes }: Question): Promise<boolean> {
  return new Promise((answer) => {
    const id = `ask-${++asked}`;
    const dialog = element("dialog", { "aria-labelledby": id });
    const close = (is: boolean): void => {
      answer(is);
      dialog.remove();
    };
    dialog.append(
      element("h2", { id }, title),
      paragraph(what),
      element(
        "div",
        { class: "acts" },
        button(no, "main", () => close(false)),
        button(yes, "quiet", () => close(true)),
      ),
    );
    dialog.addEventListener("close", () => close(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}
