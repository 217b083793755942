/** The letter is on the server, and its twelve words are shown, once: to copy by hand, and to be sure of. */

import { backView, type Done, doneHead, doneView } from "./doneview.ts";
import { button, element, heading, paragraph, unkept } from "./dom.ts";
import { notice } from "./failures.ts";
import { randomBytes } from "./random.ts";
import type { House, Room } from "./room.ts";
import { handOver, revokeAll } from "./saving.ts";
import { deliver } from "./sending.ts";
import { secondText as words } from "./secondtext.ts";
import { sendingWords } from "./wayfailures.ts";

/** How long a browser may take to show a sentence, in milliseconds. */
const settling = 100;

/** A name that says nothing, and is on everybody's disk. */
const fileName = "notes.txt";

/** The letter is at the server: what is there to do depends on whether it can be answered, and whether the copy for that is there too. */
export function arrivedView(done: Done, codename: readonly string[] | undefined, failure: unknown, house: House): Room {
  if (!codename) return doneView(done, house);
  return failure === undefined ? keepView(done, codename, house) : halfView(done, codename, failure, house);
}

/** The words of a letter that is wholly sent. */
function keepView(done: Done, codename: readonly string[], house: House): Room {
  house.shut(true);
  const keeping = new Keeping(done, codename, house);
  return {
    nodes: [...doneHead(done), keeping.view],
    loses: () => (keeping.kept ? undefined : words.keepLoss),
    wipe: () => keeping.wipe(),
  };
}

/** The letter is there and its copy is not: what the words would open does not exist yet. */
function halfView(done: Done, codename: readonly string[], failure: unknown, house: House): Room {
  const { parcel, drop } = done;
  const cancel = new AbortController();
  const said = element("p", { class: "soft", role: "status" });
  const told = element("div");
  const tell = (error: unknown): void => {
    const { wrong, todo } = sendingWords(error, drop.card);
    told.replaceChildren(notice(true, words.halfCopy, wrong, todo));
  };
  tell(failure);
  const again = button(words.halfAgain, "main", async () => {
    again.disabled = true;
    said.textContent = words.halfSending;
    try {
      await deliver(parcel, { leaving() {}, handed() {}, broken: (seconds) => void (said.textContent = words.retrying(seconds)) }, cancel.signal);
      if (!cancel.signal.aborted) house.show(keepView(done, codename, house));
    } catch (error) {
      if (cancel.signal.aborted) return;
      tell(error);
      said.textContent = "";
      again.disabled = false;
      again.focus();
    }
  });
  const without = button(words.halfWithout, "quiet", () => house.show(doneView(done, house)));
  return {
    nodes: [...doneHead(done), told, element("div", { class: "acts" }, again, without), said],
    loses: () => words.halfLoss,
    wipe: () => cancel.abort(),
  };
}

/**
 * Shows the words, then asks two of them back, then says how they are used. They count as kept when their
 * owner has said so: a copy in a clipboard is soon gone, and a printer can have no paper.
 */
class Keeping {
  readonly view = element("section", { class: "keep" });
  kept = false;
  private readonly done: Done;
  private codename: readonly string[];
  private readonly house: House;
  private readonly title: string;

  constructor(done: Done, codename: readonly string[], house: House) {
    this.done = done;
    this.codename = codename;
    this.house = house;
    // What is printed has the title above it, and the words say nothing of what they are for.
    document.documentElement.classList.add("keeping");
    this.title = document.title;
    document.title = words.keepTitle;
    this.show();
  }

  wipe(): void {
    this.codename = [];
    revokeAll();
    this.view.replaceChildren();
    document.documentElement.classList.remove("keeping");
    document.title = this.title;
  }

  private show(): void {
    const said = element("p", { class: "small status", role: "status" });
    const grid = gridOf(this.codename);
    const act = (label: string, name: string, press: () => string | Promise<string>): HTMLElement =>
      button(label, `plain ${name}`, async () => {
        said.textContent = await press();
      });
    this.turn(
      words.keep,
      paragraph(words.keepWhat),
      grid,
      element(
        "div",
        { class: "acts" },
        act(words.keepCopy, "copy", () => this.copy(grid)),
        act(words.keepPrint, "print", () => this.print()),
        act(words.keepSave, "save", () => this.save()),
      ),
      said,
      paragraph(words.keepWhere(location.host), "small"),
      element("div", { class: "acts" }, button(words.keepNext, "main next", () => this.ask())),
      element("section", { class: "aside" }, ...backView(this.done, this.house, words.withdrawHintWords)),
    );
  }

  private async copy(grid: HTMLElement): Promise<string> {
    try {
      await navigator.clipboard.writeText(this.codename.join(" "));
      return words.keepCopied;
    } catch {
      getSelection()?.selectAllChildren(grid);
      return words.keepCopyFailed;
    }
  }

  /** What is to be known of printing is on the page before the browser's window covers it. */
  private print(): string {
    setTimeout(print, settling);
    return words.keepPrinted;
  }

  private save(): string {
    handOver(new Blob([this.codename.join("\n") + "\n"], { type: "text/plain" }), fileName);
    return words.keepSaved(fileName);
  }

  private ask(): void {
    const asked = twoOf(this.codename.length);
    const wrong = element("p", { class: "small wrong", role: "status" });
    const fields = asked.map((n) =>
      element("input", { ...unkept, id: `word-${n}`, type: "text", class: "word", dir: "ltr", enterkeyhint: "next" }),
    );
    const compare = button(words.checkDo, "main compare", () => {
      if (fields.some(({ value }) => !value.trim())) {
        wrong.textContent = words.checkEmpty;
        return fields.find(({ value }) => !value.trim())!.focus();
      }
      const at = asked.findIndex((n, i) => !isWord(fields[i]!.value, this.codename[n - 1]!));
      if (at < 0) return this.end(words.kept);
      wrong.textContent = words.checkWrong(asked[at]!);
      fields[at]!.select();
    });
    for (const [i, field] of fields.entries()) {
      field.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.isComposing) (fields[i + 1] ?? compare)[i + 1 < fields.length ? "focus" : "click"]();
      });
    }
    this.turn(
      words.check,
      paragraph(words.checkWhat),
      element(
        "div",
        { class: "asked" },
        ...asked.map((n, i) => element("div", {}, element("label", { for: `word-${n}` }, words.checkWord(n)), fields[i]!)),
      ),
      wrong,
      element(
        "div",
        { class: "acts" },
        compare,
        button(words.checkShow, "plain again", () => this.show()),
        button(words.checkSkip, "quiet skip", () => this.end(words.keptSkipped)),
      ),
    );
  }

  private end(title: string): void {
    const { copied } = this.done.parcel;
    this.kept = true;
    this.turn(
      title,
      paragraph(words.keptBack(location.host)),
      ...(copied ? [paragraph(words.keptUntil(copied.expires))] : []),
      paragraph(words.keptClose),
      element("div", { class: "acts" }, button(words.checkShow, "plain again", () => this.show())),
      element("section", { class: "aside" }, ...backView(this.done, this.house, words.withdrawHintWords, button(words.another, "quiet", () => this.done.again()))),
    );
  }

  /** Shows the next step, and takes the focus there, but not away from the heading of a page that has just come. */
  private turn(title: string, ...nodes: Node[]): void {
    const first = !this.view.hasChildNodes();
    const head = heading("h2", title);
    this.view.replaceChildren(head, ...nodes);
    if (!first) head.focus();
  }
}

function gridOf(codename: readonly string[]): HTMLElement {
  const items = codename.map((word) => element("li", {}, element("bdi", { lang: "en" }, word)));
  return element("ol", { class: "words", translate: "no", "aria-label": words.keepWords }, ...items);
}

/** Two different numbers from 1 to so many, in their order. */
function twoOf(many: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < 2) {
    const byte = randomBytes(1)[0]!;
    if (byte < 252) drawn.add((byte % many) + 1); // 252 is a multiple of twelve: each is as likely
  }
  return [...drawn].sort((a, b) => a - b);
}

/** Four letters say which word of the list it is. */
function isWord(typed: string, word: string): boolean {
  const tidy = typed.trim().toLowerCase();
  return tidy === word || (tidy.length >= 4 && word.startsWith(tidy));
}
