/** A sheet to write on, what is enclosed, and the foot: the same for a first letter and for every later one. */

import { utf8 } from "./bytes.ts";
import type { Card } from "./card.ts";
import { button, element, heading, paragraph, unkept } from "./dom.ts";
import { type Enclosures, enclosures } from "./enclosures.ts";
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
  /** Something that goes with the letter has changed. */
  changed(): void;
  enclose(files: readonly File[], folders: readonly string[]): void;
  /** Breaks off what is on its way, and forgets what was written. */
  wipe(): void;
}

export function paper(purpose: Purpose): Paper {
  const sheet = new Sheet(purpose);
  return {
    nodes: sheet.nodes,
    unsent: () => sheet.foot.busy() || !sheet.empty(),
    changed: () => sheet.changed(),
    enclose: (files, folders) => sheet.enclose(files, folders),
    wipe: () => sheet.wipe(),
  };
}

class Sheet {
  readonly nodes: Node[];
  readonly foot: Pick<Foot, "view" | "edited" | "busy" | "stop">;
  private readonly purpose: Purpose;
  private readonly field = element("textarea", { ...unkept, id: "letter", class: "sheet", rows: 10 });
  private readonly note = element("p", { class: "small wrong note" });
  private readonly files: Enclosures;
  private pending: ReturnType<typeof setTimeout> | undefined;

  constructor(purpose: Purpose) {
    this.purpose = purpose;
    this.files = enclosures(purpose.card.policy.files, (words) => this.say(words), () => this.changed());
    this.foot = footOf(this.above());
    this.field.addEventListener("input", () => {
      grow(this.field);
      this.changed();
    });
    this.count();
    this.nodes = [
      element("h2", {}, element("label", { for: "letter" }, purpose.title)),
      this.field,
      this.files.view,
      this.note,
      ...purpose.between,
      this.foot.view,
    ];
  }

  empty(): boolean {
    return this.field.value.trim() === "" && this.files.files.length === 0 && !this.purpose.filled();
  }

  /** What was said of the letter as it was is no longer said; how large it is is worked out when the typing rests. */
  changed(): void {
    this.foot.edited();
    this.note.textContent = "";
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.count(), 200);
  }

  enclose(added: readonly File[], folders: readonly string[]): void {
    if (this.foot.busy()) return;
    if (added.length) this.files.add(added);
    if (folders[0] !== undefined) this.say(this.purpose.card.policy.files ? text.folder(folders[0]) : text.noFiles);
  }

  wipe(): void {
    this.foot.stop();
    clearTimeout(this.pending);
    this.field.value = "";
    this.files.wipe();
    this.purpose.wipe();
  }

  private above(): Above {
    const { purpose, files } = this;
    return {
      card: purpose.card,
      days: purpose.days,
      complaint: () => (this.empty() ? text.empty : purpose.complaint() ?? this.tooLarge()),
      size: () => this.size(),
      seal: (onSealed, cancel) => purpose.seal(this.letter(), onSealed, cancel),
      files: () => files.files,
      freeze: (frozen) => {
        this.field.readOnly = frozen;
        files.freeze(frozen);
        purpose.freeze(frozen);
      },
      say: purpose.say,
      delivered: purpose.delivered,
    };
  }

  private say(words: string): void {
    this.note.textContent = words;
    this.purpose.say(words);
  }

  private letter(): Letter {
    const names = this.files.names();
    return { message: this.field.value, files: this.files.files.map((blob, i) => ({ name: names[i]!, blob })) };
  }

  /** Infinity if no letter can hold it. */
  private size(): number | undefined {
    try {
      return this.purpose.size(this.letter());
    } catch (error) {
      if (error instanceof TransomError && error.code === "letter/limit") return Infinity;
      throw error;
    }
  }

  /** What makes the letter larger than it may be, while it is being written. */
  private tooLarge(): string | undefined {
    const { largest } = this.purpose;
    const length = utf8(this.field.value).length;
    if (length > largestMessage) return text.tooLong(length, largestMessage);
    const size = this.size();
    if (size === Infinity) return text.answersTooLong; // the message and the number of files are not too large
    return size !== undefined && size > largest ? text.tooLarge(size, largest) : undefined;
  }

  /** The line below the letter: what is enclosed, and how much may be. */
  private standing(): string {
    const { card, largest } = this.purpose;
    if (!card.policy.files) return text.noFiles;
    const size = this.size();
    if (this.files.files.length === 0 || size === undefined) return text.room(largest);
    return text.enclosed(this.files.files.length, size, largest);
  }

  private count(): void {
    const wrong = this.tooLarge();
    this.files.total(wrong ?? this.standing(), wrong !== undefined);
  }
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
