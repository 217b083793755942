/** Entering the twelve words: what is wrong with them is said where it is wrong, before anything is asked of a server. */

import { type Codename, CodenameError, parseCodename, threadKeys } from "./codename.ts";
import { openConversation } from "./conversation.ts";
import { button, element, heading, paragraph, unkept } from "./dom.ts";
import { notice } from "./failures.ts";
import type { House, Room } from "./room.ts";
import { secondText as words } from "./secondtext.ts";
import { text } from "./text.ts";
import { isNothing, openingWords } from "./threadfailures.ts";
import { threadView } from "./threadview.ts";

/** How long nothing may arrive before the page says that the line is slow, in milliseconds. */
const patience = 10_000;

export function wordsView(house: House): Room {
  const entry = new Entry(house);
  return {
    nodes: [
      heading("h1", words.words),
      paragraph(words.wordsWhat),
      element("section", { class: "pasting" }, element("label", { for: "words" }, words.wordsLabel), entry.field, entry.hint),
      entry.foot,
    ],
    wipe: () => entry.wipe(),
  };
}

class Entry {
  readonly field = element("textarea", { ...unkept, id: "words", class: "paste", dir: "ltr", lang: "en", rows: 3, "aria-describedby": "words-hint" });
  readonly hint = element("div", { id: "words-hint", class: "hint", "aria-live": "polite" });
  readonly foot = element("div");
  private readonly house: House;
  /** What is being opened. */
  private running: AbortController | undefined;

  constructor(house: House) {
    this.house = house;
    this.field.addEventListener("input", () => {
      this.check(false);
      if (this.foot.querySelector(".notice")) this.rest();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      if (!this.running) void this.open();
    });
    this.rest();
  }

  wipe(): void {
    const was = this.running;
    this.running = undefined;
    was?.abort();
    this.field.value = "";
    this.hint.replaceChildren();
  }

  private rest(...said: Node[]): void {
    this.running = undefined;
    this.field.readOnly = false;
    const act = button(words.wordsOpen, "main open", () => void this.open());
    this.foot.replaceChildren(...said, element("div", { class: "acts" }, act));
  }

  /** Says what is wrong. What is still being typed is not wrong yet. */
  private check(finished: boolean): Codename | undefined {
    const { value } = this.field;
    try {
      const codename = parseCodename(value);
      this.tell(false, words.wordsAll);
      return codename;
    } catch (error) {
      if (!(error instanceof CodenameError)) throw error;
      if (!finished && isUnfinished(error, value)) this.tell(false, error.found ? words.wordsSoFar(error.found) : "");
      else this.tell(true, complaint(error, value), ...this.suggestions(error));
      return undefined;
    }
  }

  private tell(wrong: boolean, line: string, ...more: Node[]): void {
    this.hint.replaceChildren(...(line ? [paragraph(line, wrong ? "small wrong" : "small")] : []), ...more);
    this.field.setAttribute("aria-invalid", String(wrong));
  }

  private suggestions({ suggestions, position }: CodenameError): Node[] {
    if (!suggestions.length) return [];
    const offered = suggestions.map((word) => {
      const made = button(word, "plain", () => {
        this.field.value = replaced(this.field.value, position, word);
        this.check(false);
        this.house.say(words.wordsTaken(position, word));
        this.field.focus();
      });
      made.setAttribute("aria-label", words.wordsTake(word));
      made.translate = false;
      return made;
    });
    return [paragraph(words.wordsMeant, "small"), element("div", { class: "offered" }, ...offered)];
  }

  private async open(): Promise<void> {
    const codename = this.check(true);
    if (!codename) return this.field.focus();
    const cancel = (this.running = new AbortController());
    const way = openingView(() => cancel.abort(), this.house.say);
    this.field.readOnly = true;
    this.foot.replaceChildren(way.view);
    way.view.querySelector("h2")!.focus();
    try {
      const conversation = await openConversation(await threadKeys(codename), way.read, cancel.signal);
      if (this.running === cancel) this.house.show(threadView(conversation, this.house));
    } catch (error) {
      if (this.running !== cancel) return; // The page has moved on.
      if (cancel.signal.aborted) return this.rest();
      const { wrong, todo } = openingWords(error);
      this.rest(notice(true, isNothing(error) ? words.nothingHere : text.nothingSent, wrong, todo));
      this.foot.querySelector("h2")?.focus();
    } finally {
      way.stop();
    }
  }
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

/** Puts a word in the place of another, counted from 1, and leaves everything around it. */
function replaced(typed: string, position: number, word: string): string {
  let n = 0;
  return typed.replace(/[a-z]+/gi, (token) => (++n === position ? word : token));
}
