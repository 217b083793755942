/** One letter of a thread. What is the reader's own and what came from the other side differ in words, place and edge. */

import { utf8 } from "./bytes.ts";
import type { Card } from "./card.ts";
import type { Item, OwnLetter, Reply, State } from "./conversation.ts";
import { mostCopied } from "./copies.ts";
import { button, element, heading, paragraph } from "./dom.ts";
import { bytes } from "./locale.ts";
import { handOver } from "./saving.ts";
import { secondText as words } from "./secondtext.ts";

/** What can be done about a letter. */
export interface Doing {
  /** Whether letters can be taken back from here. */
  readonly reaches: boolean;
  erase(reply: Reply, act: Act): Promise<void>;
  withdraw(letter: OwnLetter, act: Act): Promise<void>;
}

/** A button, and the line beside it that says what comes of it. */
export interface Act {
  readonly button: HTMLButtonElement;
  tell(line: string): void;
}

/** A line that says something only when there is something to say. */
export function statusLine(): HTMLParagraphElement {
  return element("p", { class: "soft status", role: "status", tabindex: -1 });
}

/** How many files are listed before more are asked for. */
const listed = 20;

export function itemView(item: Item, card: Card | undefined, doing: Doing): HTMLElement {
  if (item.type === "gap") return element("li", { class: "gap" }, paragraph(words.gap(item.count)));
  return item.type === "own" ? ownView(item, card, doing) : replyView(item, doing);
}

function ownView(letter: OwnLetter, card: Card | undefined, doing: Doing): HTMLElement {
  const { state, files } = letter;
  const waits = doing.reaches && (state.is === "waiting" || state.is === "unknown");
  const said = statusLine();
  const tell = (line: string): void => void (said.textContent = line);
  const back = button(words.withdraw, "quiet back", () => void doing.withdraw(letter, { button: back, tell }));
  back.setAttribute("aria-label", words.withdrawOf(letter.day));
  return element(
    "li",
    { class: "own" },
    heading("h2", words.threadOwn(letter.day)),
    message(letter.message),
    isCut(letter.message) && paragraph(words.cut, "small"),
    answersView(letter.answers, card),
    files.length > 0 && paragraph(words.ownFiles(files.length), "small"),
    files.length > 0 && fileList(files.map(({ name, size }) => fileLine(name, size))),
    paragraph(stateWords(state), "small state"),
    waits && element("div", { class: "acts" }, back),
    said,
  );
}

function stateWords(state: State): string {
  switch (state.is) {
    case "waiting":
      return words.stateWaiting;
    case "unknown":
      return words.stateUnknown;
    case "gone":
      return words.stateGone;
    case "collected":
      return words.stateCollected(state.day);
    case "answered":
      return words.stateAnswered;
  }
}

function replyView(reply: Reply, doing: Doing): HTMLElement {
  const { files } = reply;
  const said = statusLine();
  const tell = (line: string): void => void (said.textContent = line);
  const erase = button(words.erase, "quiet erase", () => void doing.erase(reply, { button: erase, tell }));
  erase.setAttribute("aria-label", words.eraseOf(reply.day));
  const lines = files.map(({ untrustedName, size, blob }) => {
    const save = button(words.save, "quiet save", () => {
      handOver(blob, untrustedName);
      tell(words.saved(untrustedName));
    });
    save.setAttribute("aria-label", words.saveFile(untrustedName, size));
    return fileLine(untrustedName, size, save);
  });
  return element(
    "li",
    { class: "reply-letter" },
    heading("h2", words.threadReply(reply.day)),
    reply.deleted && paragraph(words.deletedHere, "small state"),
    message(reply.untrustedMessage),
    files.length > 0 && paragraph(words.replyFiles(files.length), "small"),
    files.length > 0 && fileList(lines),
    files.length > 0 && paragraph(words.filesCaution, "small"),
    paragraph(words.until(reply.expires), "small state"),
    element("div", { class: "acts" }, erase),
    said,
  );
}

/** One text node, however long: what somebody else wrote becomes neither markup nor thousands of elements. */
function message(untrusted: string): HTMLElement {
  if (!untrusted.trim()) return paragraph(words.noWords, "soft");
  return element("p", { class: "written", dir: "auto" }, untrusted.trim());
}

/** copyText leaves as much as fits with an ellipsis, less what would be half a character. */
function isCut(message: string): boolean {
  const size = utf8(message).length;
  return message.endsWith("…") && size > mostCopied - 4 && size <= mostCopied;
}

function answersView(answers: ReadonlyMap<string, string>, card: Card | undefined): HTMLElement | undefined {
  if (!answers.size) return undefined;
  const list = element("dl", { class: "answers" });
  for (const [id, answer] of answers) {
    const label = card?.questions.find((question) => question.id === id)?.label ?? id;
    list.append(element("dt", { dir: "auto" }, label), element("dd", { dir: "auto", class: "written" }, answer));
  }
  return list;
}

function fileLine(name: string, size: number, ...acts: HTMLElement[]): HTMLElement {
  return element(
    "li",
    {},
    element("span", { class: "name", translate: "no" }, element("bdi", {}, name)),
    element("span", { class: "size", dir: "auto" }, bytes(size)),
    ...acts,
  );
}

/** A thousand files are not put in the way of what follows them. */
function fileList(lines: HTMLElement[]): HTMLElement {
  const list = element("ul", { class: "enclosed" }, ...lines.slice(0, listed));
  if (lines.length <= listed) return list;
  const more = button(words.moreFiles(lines.length - listed), "quiet", () => {
    list.append(...lines.slice(listed));
    more.remove();
    lines[listed]!.tabIndex = -1;
    lines[listed]!.focus();
  });
  return element("div", {}, list, more);
}
