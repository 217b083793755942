/** Entering the twelve words: what is wrong with them is said where it is wrong, before anything is asked of a server. */

import { type Codename, CodenameError, parseCodename, threadKeys } from "./codename.ts";
import { openConversation } from "./conversation.ts";
import { button, element, heading, paragraph, unkept } from "./dom.ts";
import { notice } from "./failures.ts";
import type { House, Room } from "./room.ts";
import { text } from "./text.ts";
import { isNothing, openingWords } from "./threadfailures.ts";
import { secondText as words } from "./secondtext.ts";
import { threadView } from "./threadview.ts";

/** How long nothing may arrive before the page says that the line is slow, in milliseconds. */
const patience = 10_000;

export function wordsView(house: House): Room {
  const hint = element("div", { id: "words-hint", class: "hint", "aria-live": "polite" });
  const field = element("textarea", {
    ...unkept,
    id: "words",
    class: "paste words-field",
    dir: "ltr",
    lang: "en",
    rows: 3,
    "aria-describedby": "words-hint",
  });
  const foot = element("div");
  let running: AbortController | undefined;

  const hinted = (wrong: boolean, line: string, ...more: Node[]): void => {
    hint.replaceChildren(...(line ? [element("p", { class: wrong ? "small wrong" : "small" }, line)] : []), ...more);
    field.setAttribute("aria-invalid", String(wrong));
  };
  const explain = (error: unknown): void => {
    if (!(error instanceof CodenameError)) throw error;
    const taken = (word: string): void => {
      field.value = replaced(field.value, error.position, word);
      check(true, words.wordsTaken(error.position, word));
      field.focus();
    };
    hinted(true, complaint(error, field.value), ...suggestions(error, taken));
  };
  /** What is still being typed is not wrong yet. */
  const check = (finished: boolean, before = ""): Codename | undefined => {
    try {
      const codename = parseCodename(field.value);
      hinted(false, words.wordsAll);
      return codename;
    } catch (error) {
      const unfinished = !finished && error instanceof CodenameError && isUnfinished(error, field.value);
      if (unfinished) hinted(false, error.found ? words.wordsSoFar(error.found) : "");
      else if (before && error instanceof CodenameError && error.code === "codename/count" && error.found < 12) hinted(false, before);
      else explain(error);
      return undefined;
    }
  };
  const rest = (...said: Node[]): void => {
    running = undefined;
    field.readOnly = false;
    foot.replaceChildren(...said, element("div", { class: "acts" }, button(words.wordsOpen, "main open", () => void open())));
  };
  const open = async (): Promise<void> => {
    const codename = check(true);
    if (!codename) return field.focus();
    const cancel = (running = new AbortController());
    const way = openingView(() => cancel.abort(), house.say);
    field.readOnly = true;
    foot.replaceChildren(way.view);
    way.view.querySelector("h2")!.focus();
    try {
      const conversation = await openConversation(await threadKeys(codename), way.read, cancel.signal);
      if (running === cancel) house.show(threadView(conversation, house));
    } catch (error) {
      if (running !== cancel) return;
      if (cancel.signal.aborted) return rest();
      const { wrong, todo } = openingWords(error);
      rest(notice(true, isNothing(error) ? words.nothingHere : text.nothingSent, wrong, todo));
      foot.querySelector("h2")?.focus();
    } finally {
      way.stop();
    }
  };

  field.addEventListener("input", () => {
    check(false);
    if (foot.querySelector(".notice")) rest();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (!running) void open();
  });
  rest();
  return {
    nodes: [
      heading("h1", words.words),
      paragraph(words.wordsWhat),
      element("section", { class: "pasting" }, element("label", { for: "words" }, words.wordsLabel), field, hint),
      foot,
    ],
    wipe() {
      const was = running;
      running = undefined;
      was?.abort();
      field.value = "";
      hint.replaceChildren();
    },
  };
}

interface Opening {
  readonly view: HTMLElement;
  read(n: number, all: number): void;
  stop(): void;
}

/** The figure counts letters that are here and read. */
function openingView(cancel: () => void, say: (words: string) => void): Opening {
  const figure = paragraph("", "figure");
  const line = paragraph("", "soft");
  let timer: ReturnType<typeof setTimeout>;
  const expect = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => say((line.textContent = text.readingSlow)), patience);
  };
  expect();
  return {
    view: element(
      "section",
      { class: "way" },
      heading("h2", words.opening),
      paragraph(words.openingWhat),
      figure,
      line,
      element("div", { class: "acts" }, button(words.cancel, "plain", cancel)),
    ),
    read(n, all) {
      figure.textContent = words.openingRead(n, all);
      line.textContent = "";
      expect();
    },
    stop: () => clearTimeout(timer),
  };
}

function complaint(error: CodenameError, typed: string): string {
  if (error.code === "codename/word") return words.wordsUnknown(error.position, error.untrustedToken.slice(0, 40));
  if (error.code === "codename/checksum") return words.wordsChecksum;
  if (!typed.trim()) return words.wordsNone;
  return error.found < 12 ? words.wordsFew(error.found) : words.wordsMany(error.found);
}

/** Whether the words can still become right by typing on. */
function isUnfinished(error: CodenameError, typed: string): boolean {
  if (error.code === "codename/count") return error.found < 12;
  return error.code === "codename/word" && error.position === error.found && /[a-z]$/i.test(typed);
}

function suggestions({ suggestions }: CodenameError, take: (word: string) => void): Node[] {
  if (!suggestions.length) return [];
  const offered = suggestions.map((word) => {
    const made = button(word, "plain", () => take(word));
    made.setAttribute("aria-label", words.wordsTake(word));
    made.translate = false;
    return made;
  });
  return [paragraph(words.wordsMeant, "small"), element("div", { class: "offered" }, ...offered)];
}

/** Puts a word in the place of another, counted from 1, and leaves everything around it. */
function replaced(typed: string, position: number, word: string): string {
  let n = 0;
  return typed.replace(/[a-z]+/gi, (token) => (++n === position ? word : token));
}
