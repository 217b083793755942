/** What is said while a letter is sealed and sent. */

import { button, element, heading, paragraph } from "./dom.ts";
import { text } from "./text.ts";

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
export function wayView(size: number, cancel: () => void, say: (words: string) => void): Way {
  const title = heading("h2", text.sealing);
  const figure = paragraph("", "figure");
  const moving = paragraph("", "figure soft");
  const line = paragraph("", "soft");
  const view = element("section", { class: "way" }, title, figure, moving, line, element("div", { class: "acts" }, button(text.cancel, "plain", cancel)));
  let most = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (words: string): void => {
    line.textContent = words;
    if (words) say(words);
  };
  const expect = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(text.slow), patience);
  };
  return {
    view,
    sealed(bytes) {
      figure.textContent = text.sealed(Math.min(bytes, size), size);
    },
    sending() {
      title.textContent = text.sending;
      figure.textContent = text.arrived(size);
      say(text.sending);
      expect();
    },
    handed(bytes) {
      most = Math.max(most, bytes);
      moving.textContent = bytes < size ? text.handed(bytes) : text.handedAll;
      tell("");
      if (bytes >= size) say(text.handedAll);
      expect();
    },
    broken(seconds) {
      clearTimeout(timer);
      moving.textContent = "";
      tell(text.retrying(seconds));
      timer = setTimeout(() => tell(text.slow), seconds * 1000 + patience);
    },
    copying() {
      title.textContent = text.sendingCopy;
      figure.textContent = text.sendingCopyWhat;
      moving.textContent = "";
      tell("");
      say(text.sendingCopy);
      expect();
    },
    most: () => most,
    stop: () => clearTimeout(timer),
  };
}
