/** One letter of a thread. What is the reader's own and what came from the other side differ in words, place and edge. */

import type { Card } from "./card.ts";
import type { Item, OwnLetter, Reply, State } from "./conversation.ts";
import { button, element, heading, paragraph } from "./dom.ts";
import { bytes } from "./locale.ts";
import { handOver } from "./saving.ts";
import { secondText as words } from "./secondtext.ts";

/** What can be done about a letter. The button is given back its focus if nothing comes of it. */
export interface Doing {
  /** Whether letters can be taken back from here. */
  readonly reaches: boolean;
  erase(reply: Reply, act: HTMLButtonElement): Promise<void>;
  withdraw(letter: OwnLetter, act: HTMLButtonElement): Promise<void>;
  say(words: string): void;
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
  const back = button(words.withdraw, "quiet back", () => void doing.withdraw(letter, back));
  back.setAttribute("aria-label", words.withdrawOf(letter.day));
  return element(
    "li",
    { class: "own" },
    heading("h2", words.threadOwn(letter.day)),
    message(letter.message),
    answersView(letter.answers, card),
    files.length > 0 && paragraph(words.ownFiles(files.length), "small"),
    files.length > 0 && fileList(files.map(({ name, size }) => fileLine(name, size))),
    paragraph(stateWords(state), "small state"),
    waits && element("div", { class: "acts" }, back),
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
  const erase = button(words.erase, "quiet erase", () => void doing.erase(reply, erase));
  erase.setAttribute("aria-label", words.eraseOf(reply.day));
  const lines = files.map(({ untrustedName, size, blob }) => {
    const save = button(words.save, "quiet save", () => {
      handOver(blob, untrustedName);
      doing.say(words.saved(untrustedName));
    });
    save.setAttribute("aria-label", words.saveFile(untrustedName, size));
    return fileLine(untrustedName, size, save);
  });
  return element(
    "li",
    { class: "reply-letter" },
    heading("h2", words.threadReply(reply.day)),
    message(reply.untrustedMessage),
    files.length > 0 && paragraph(words.replyFiles(files.length), "small"),
    files.length > 0 && fileList(lines),
    files.length > 0 && paragraph(words.filesCaution, "small"),
    paragraph(words.until(reply.expires), "small state"),
    element("div", { class: "acts" }, erase),
  );
}

/** One text node, however long: what somebody else wrote becomes neither markup nor thousands of elements. */
function message(untrusted: string): HTMLElement {
  if (!untrusted.trim()) return paragraph(words.noWords, "soft");
  return element("p", { class: "written", dir: "auto" }, untrusted.trim());
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
