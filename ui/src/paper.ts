/** A sheet to write on, what is enclosed, and the foot: the same for a first letter and for every later one. */

import { utf8 } from "./bytes.ts";
import type { Card } from "./card.ts";
import { button, element, heading, paragraph, unkept } from "./dom.ts";
import { enclosures } from "./enclosures.ts";
import { TransomError } from "./errors.ts";
import { notice, readingWords } from "./failures.ts";
import type { Above, Foot } from "./footview.ts";
import { largestMessage } from "./letter.ts";
import { second } from "./second.ts";
import type { Letter, Parcel } from "./sending.ts";
import type { Receipt } from "./server.ts";
import { text } from "./text.ts";

/** What a letter is written for. */
export interface Purpose {
  readonly card: Card;
  /** How many days the server keeps it. */
  readonly days: number;
  /** The largest envelope in bytes. */
  readonly largest: number;
  /** Stands above the sheet. */
  readonly title: string;
  /** Stands between what is enclosed and the foot. */
  readonly between: readonly Node[];
  /** How large the letter is, sealed; none if it cannot be told. */
  size(letter: Letter): number | undefined;
  seal(letter: Letter, onSealed: (bytes: number) => void, cancel: AbortSignal): Promise<Parcel>;
  /** What else than the letter keeps it from being sent, once its writer wants to send it. */
  complaint(): string | undefined;
  /** Whether there is something to send without a word written. */
  filled(): boolean;
  freeze(frozen: boolean): void;
  wipe(): void;
  say(words: string): void;
  delivered(parcel: Parcel, receipt: Receipt, failed?: unknown): void;
}

export interface Paper {
  readonly nodes: Node[];
  /** Whether something would be lost with this page. */
  unsent(): boolean;
  /** Whether something is on its way. */
  busy(): boolean;
  /** Something that goes with the letter has changed. */
  changed(): void;
  enclose(files: readonly File[], folders: readonly string[]): void;
  /** Breaks off what is on its way, and forgets what was written. */
  wipe(): void;
}

export function paper(purpose: Purpose): Paper {
  const { card, largest } = purpose;
  const sheet = element("textarea", { ...unkept, id: "letter", class: "sheet", rows: 10 });
  const note = element("p", { class: "small wrong note" });
  const say = (words: string): void => {
    note.textContent = words;
    purpose.say(words);
  };
  const files = enclosures(card.policy.files, say, () => changed());
  const letter = (): Letter => {
    const names = files.names();
    return { message: sheet.value, files: files.files.map((blob, i) => ({ name: names[i]!, blob })) };
  };
  const empty = (): boolean => sheet.value.trim() === "" && files.files.length === 0 && !purpose.filled();
  const freeze = (frozen: boolean): void => {
    sheet.readOnly = frozen;
    files.freeze(frozen);
    purpose.freeze(frozen);
  };
  const foot = footOf({
    card,
    days: purpose.days,
    complaint: () => (empty() ? text.empty : purpose.complaint() ?? tooLarge()),
    size: sizeNow,
    seal: (onSealed, cancel) => purpose.seal(letter(), onSealed, cancel),
    files: () => files.files,
    freeze,
    say: purpose.say,
    delivered: purpose.delivered,
  });

  /** Infinity if no letter can hold it. */
  function sizeNow(): number | undefined {
    try {
      return purpose.size(letter());
    } catch (error) {
      if (error instanceof TransomError && error.code === "letter/limit") return Infinity;
      throw error;
    }
  }

  /** What makes the letter larger than it may be, while it is being written. */
  function tooLarge(): string | undefined {
    const length = utf8(sheet.value).length;
    if (length > largestMessage) return text.tooLong(length, largestMessage);
    const size = sizeNow();
    if (size === Infinity) return text.answersTooLong; // the message and the number of files are not too large
    return size !== undefined && size > largest ? text.tooLarge(size, largest) : undefined;
  }

  /** The line below the letter: what is enclosed, and how much may be. */
  function standing(): string {
    if (!card.policy.files) return text.noFiles;
    const size = sizeNow();
    if (files.files.length === 0 || size === undefined) return text.room(largest);
    return text.enclosed(files.files.length, size, largest);
  }

  let pending: ReturnType<typeof setTimeout> | undefined;
  const count = (): void => {
    const wrong = tooLarge();
    files.total(wrong ?? standing(), wrong !== undefined);
  };
  const changed = (): void => {
    foot.edited();
    note.textContent = "";
    clearTimeout(pending);
    pending = setTimeout(count, 200);
  };
  sheet.addEventListener("input", () => {
    grow(sheet);
    changed();
  });
  count();

  return {
    nodes: [
      element("h2", {}, element("label", { for: "letter" }, purpose.title)),
      sheet,
      files.view,
      note,
      ...purpose.between,
      foot.view,
    ],
    unsent: () => foot.busy() || !empty(),
    busy: () => foot.busy(),
    changed,
    enclose(added, folders) {
      if (foot.busy()) return;
      if (added.length) files.add(added);
      if (folders[0] !== undefined) say(card.policy.files ? text.folder(folders[0]) : text.noFiles);
    },
    wipe() {
      foot.stop();
      clearTimeout(pending);
      sheet.value = "";
      files.wipe();
      purpose.wipe();
    },
  };
}

/**
 * The foot's place, with the button. What happens when it is pressed comes with the second
 * script: fetched then, nothing tells a server sooner that somebody writes.
 */
function footOf(above: Above): Pick<Foot, "view" | "edited" | "busy" | "stop"> {
  const view = element("section");
  let foot: Foot | undefined;
  let fetching = false;
  const rest = (...said: HTMLElement[]): void => {
    const act = button(text.send, "main", () => void begin());
    view.replaceChildren(element("section", { class: "foot" }, ...said, element("div", { class: "acts" }, act)));
  };
  const begin = async (): Promise<void> => {
    const wrong = above.complaint();
    if (wrong) {
      above.say(wrong);
      return rest(notice(true, text.nothingSent, wrong));
    }
    fetching = true;
    above.freeze(true);
    const head = heading("h2", text.fetching);
    view.replaceChildren(element("section", { class: "way" }, head, paragraph(text.fetchingWhat)));
    head.focus();
    try {
      const script = await second();
      if (!fetching) return;
      foot = new script.Foot(above);
      view.replaceChildren(foot.view);
      void foot.send();
    } catch (error) {
      if (!fetching) return;
      above.freeze(false);
      const { wrong, todo } = readingWords(error);
      rest(notice(true, text.nothingSent, wrong, todo, text.stillHere));
      view.querySelector("h2")?.focus();
    } finally {
      fetching = false;
    }
  };
  rest();
  return {
    view,
    edited() {
      if (foot) foot.edited();
      else if (view.querySelector(".notice")) rest();
    },
    busy: () => fetching || foot?.busy() === true,
    stop() {
      fetching = false;
      foot?.stop();
    },
  };
}

/** Makes the sheet as long as the letter, where the browser does not by itself. */
function grow(sheet: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  const line = parseFloat(getComputedStyle(sheet).lineHeight);
  sheet.rows += Math.ceil((sheet.scrollHeight - sheet.clientHeight) / line);
}
