/** A question before something is lost. */

import { button, element, paragraph } from "./dom.ts";

export interface Question {
  readonly title: string;
  readonly what: string;
  readonly no: string;
  readonly yes: string;
}

let asked = 0;

/**
 * Resolves to whether the answer was yes; Escape says no. What lies under a modal dialog
 * cannot be pressed, so the way out of the page comes along: it stays where it was for the eye.
 */
export function ask({ title, what, no, yes }: Question): Promise<boolean> {
  return new Promise((answer) => {
    const id = `ask-${++asked}`;
    const dialog = element("dialog", { "aria-labelledby": id });
    const before = document.activeElement as HTMLElement | null;
    const leave = document.querySelector(".leave");
    const place = leave?.parentElement;
    const close = (is: boolean): void => {
      if (leave) place?.append(leave);
      dialog.remove();
      if (!is) before?.focus();
      answer(is);
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
    if (leave) dialog.append(leave);
    dialog.addEventListener("close", () => close(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}
