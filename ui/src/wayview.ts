/** What is said while a letter is sealed and sent. */

import { button, element, heading, paragraph } from "./dom.ts";
import { secondText as words } from "./secondtext.ts";

/** How long nothing may move before the page says that the line is slow, in milliseconds. */
const patience = 10_000;

export interface Way {
  readonly view: HTMLElement;
  sealed(bytes: number): void;
  sending(): void;
  handed(bytes: number): void;
  broken(seconds: number): void;
  /** The letter is there, and the copy is on its way. */
  copying(): void;
  /** The most that was handed to the connection in any attempt. */
  most(): number;
  stop(): void;
}

/** The first figure goes up only when the server has said so: at the end, at once. */
export function wayView(size: number, cancel: () => void, say: (line: string) => void): Way {
  const title = heading("h2", words.sealing);
  const figure = paragraph("", "figure");
  const moving = paragraph("", "figure soft");
  const line = paragraph("", "soft");
  const view = element("section", { class: "way" }, title, figure, moving, line, element("div", { class: "acts" }, button(words.cancel, "plain", cancel)));
  let most = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (told: string): void => {
    line.textContent = told;
    if (told) say(told);
  };
  const expect = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(words.slow), patience);
  };
  return {
    view,
    sealed(bytes) {
      figure.textContent = words.sealed(Math.min(bytes, size), size);
    },
    sending() {
      title.textContent = words.sending;
      figure.textContent = words.arrived(size);
      say(words.sending);
      expect();
    },
    handed(bytes) {
      most = Math.max(most, bytes);
      moving.textContent = bytes < size ? words.handed(bytes) : words.handedAll;
      tell("");
      if (bytes >= size) say(words.handedAll);
      expect();
    },
    broken(seconds) {
      clearTimeout(timer);
      moving.textContent = "";
      tell(words.retrying(seconds));
      timer = setTimeout(() => tell(words.slow), seconds * 1000 + patience);
    },
    copying() {
      title.textContent = words.sendingCopy;
      figure.textContent = words.sendingCopyWhat;
      moving.textContent = "";
      tell("");
      say(words.sendingCopy);
      expect();
    },
    most: () => most,
    stop: () => clearTimeout(timer),
  };
}
