/** The card as its recipient wrote it, and the letter: a sheet, what is enclosed, what will be known, and what becomes of it. */

import { element, foreign, heading, paragraph, unkept } from "./dom.ts";
import { enclosures } from "./enclosures.ts";
import { Foot } from "./footview.ts";
import { knownView } from "./known.ts";
import { largestMessage } from "./letter.ts";
import { date } from "./locale.ts";
import { type Drop, envelopeSize, largest, type Letter } from "./sending.ts";
import type { Deposit, Receipt } from "./server.ts";
import { text } from "./text.ts";
import { utf8 } from "./bytes.ts";

export interface LetterView {
  readonly nodes: Node[];
  /** Whether something would be lost with this page. */
  unsent(): boolean;
  enclose(files: readonly File[], folders: readonly string[]): void;
  /** Breaks off what is on its way, and forgets what was written. */
  wipe(): void;
}

/** What the view tells the page. */
export interface LetterEvents {
  say(words: string): void;
  delivered(deposit: Deposit, receipt: Receipt): void;
}

export function letterView(drop: Drop, events: LetterEvents): LetterView {
  const { card, info } = drop;
  const sheet = element("textarea", { ...unkept, id: "letter", class: "sheet", rows: 10 });
  const say = (words: string): void => {
    note.textContent = words;
    events.say(words);
  };
  const files = enclosures(card.policy.files, say, () => changed());
  const note = element("p", { class: "small wrong note" });
  const foot = new Foot(drop, {
    letter: () => letter(),
    complaint: () => complaint(drop, letter()),
    files: () => files.files,
    freeze(frozen) {
      sheet.readOnly = frozen;
      files.freeze(frozen);
    },
    say: events.say,
    delivered: events.delivered,
  });

  const letter = (): Letter => {
    const names = files.names();
    return { message: sheet.value, files: files.files.map((blob, i) => ({ name: names[i]!, blob })) };
  };
  let pending: ReturnType<typeof setTimeout> | undefined;
  const count = (): void => {
    const wrong = complaint(drop, letter(), false);
    files.total(wrong ?? standing(drop, letter()), wrong !== undefined);
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
      ...cardView(drop),
      element("h2", {}, element("label", { for: "letter" }, text.letter)),
      sheet,
      files.view,
      note,
      knownView(card.title, info.days),
      foot.view,
    ],
    unsent: () => foot.busy() || sheet.value.trim() !== "" || files.files.length > 0,
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
    },
  };
}

/** What the recipient wrote: who this is, what they tell everybody who has the link, what they ask for. */
function cardView({ card }: Drop): Node[] {
  const lang = card.languages[0] ?? "";
  const list = (title: string, items: Node[], ...more: Node[]): HTMLElement =>
    element("section", {}, element("h2", {}, title), ...items, ...more);
  const labels = card.questions.map(({ label }) => element("li", {}, element("bdi", {}, label)));
  const notices = card.notices.map((each) =>
    element("div", { class: "told" }, paragraph(date(each.day), "small"), ...foreign(each.text)),
  );
  return [
    heading("h1", card.title, { dir: "auto", lang, class: card.title.length > 60 && "long" }),
    element("section", { lang }, ...foreign(card.intro)),
    ...(notices.length ? [list(text.noticesTitle, notices)] : []),
    ...(labels.length ? [list(text.questionsTitle, [element("ul", {}, ...labels)], paragraph(text.questionsDo, "soft"))] : []),
  ];
}

/** What keeps a letter from being sent, before anything is sealed. */
function complaint(drop: Drop, letter: Letter, finished = true): string | undefined {
  if (finished && letter.message.trim() === "" && letter.files.length === 0) return text.empty;
  const length = utf8(letter.message).length;
  if (length > largestMessage) return text.tooLong(length, largestMessage);
  const size = envelopeSize(drop, letter);
  return size !== undefined && size > largest(drop) ? text.tooLarge(size, largest(drop)) : undefined;
}

/** The line below the letter: what is enclosed, and how much may be. */
function standing(drop: Drop, letter: Letter): string {
  if (!drop.card.policy.files) return text.noFiles;
  const size = envelopeSize(drop, letter);
  if (letter.files.length === 0 || size === undefined) return text.room(largest(drop));
  return text.enclosed(letter.files.length, size, largest(drop));
}

/** Makes the sheet as long as the letter, where the browser does not by itself. */
function grow(sheet: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  const line = parseFloat(getComputedStyle(sheet).lineHeight);
  sheet.rows += Math.ceil((sheet.scrollHeight - sheet.clientHeight) / line);
}
