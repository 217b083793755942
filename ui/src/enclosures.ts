/** The files enclosed in a letter: chosen, dropped on the page, listed, removed. */

import { button, element } from "./dom.ts";
import { mostFiles } from "./letter.ts";
import { bytes } from "./locale.ts";
import { uniqueNames } from "./names.ts";
import { text } from "./text.ts";

export interface Enclosures {
  /** The button, the list and what is said about them. */
  readonly view: HTMLElement;
  readonly files: readonly File[];
  /** The names that the files have in the letter. */
  names(): string[];
  add(files: readonly File[]): void;
  /** Writes the total below the list: what the letter is, sealed, and what may not be exceeded. */
  total(words: string, wrong: boolean): void;
  freeze(frozen: boolean): void;
  wipe(): void;
}

/** Without allowed there is only the sentence that says so. */
export function enclosures(allowed: boolean, say: (words: string) => void, changed: () => void): Enclosures {
  let files: File[] = [];
  const list = element("ul", { class: "enclosed", hidden: true });
  const total = element("p", { class: "small total" });
  const picker = element("input", { type: "file", multiple: true, hidden: true, tabindex: -1, autocomplete: "off" });
  const choose = button(text.enclose, "plain", () => picker.click());
  const row = element("div", { class: "enclose" }, choose, element("span", { class: "small" }, text.encloseHint), picker);
  const names = (): string[] => uniqueNames(files.map((file) => file.name));

  const remove = (at: number): void => {
    const name = names()[at]!;
    files = files.filter((_, i) => i !== at);
    draw();
    say(text.removed(name));
    const left = list.querySelectorAll("button");
    (left[Math.min(at, left.length - 1)] ?? choose).focus();
    changed();
  };
  const draw = (): void => {
    list.hidden = files.length === 0;
    list.replaceChildren(...names().map((name, i) => line(name, files[i]!.size, () => remove(i))));
  };
  const add = (more: readonly File[]): void => {
    if (!allowed) return say(text.noFiles);
    if (files.length + more.length > mostFiles) return say(text.tooMany(mostFiles));
    files = [...files, ...more];
    draw();
    changed();
  };
  picker.addEventListener("change", () => {
    add([...(picker.files ?? [])]);
    picker.value = "";
  });

  return {
    view: element("section", { class: "files" }, ...(allowed ? [row, list] : []), total),
    get files() {
      return files;
    },
    names,
    add,
    total(words, wrong) {
      total.textContent = words;
      total.classList.toggle("wrong", wrong);
    },
    freeze(frozen) {
      row.hidden = frozen;
      for (const each of list.querySelectorAll("button")) each.hidden = frozen;
    },
    wipe() {
      files = [];
      draw();
    },
  };
}

function line(name: string, size: number, remove: () => void): HTMLElement {
  const removal = button(text.remove, "quiet", remove);
  removal.setAttribute("aria-label", text.removeFile(name));
  return element(
    "li",
    {},
    element("span", { class: "name", translate: "no" }, element("bdi", {}, name)),
    element("span", { class: "size", dir: "auto" }, bytes(size)),
    removal,
  );
}

/**
 * Takes files that are dropped anywhere on the page. It stands even where no file is
 * welcome (over says so): a browser would leave the page, and the letter, to show the file.
 */
export function onDrop(over: (is: boolean) => boolean, take: (files: File[], folders: string[]) => void): void {
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer!.dropEffect = over(true) ? "copy" : "none";
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(false);
  });
  addEventListener("drop", (event) => {
    over(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    const { files, folders } = sorted(event.dataTransfer!);
    take(files, folders);
  });
}

/** A folder arrives looking like a file that then cannot be read. */
function sorted(transfer: DataTransfer): { files: File[]; folders: string[] } {
  const files: File[] = [];
  const folders: string[] = [];
  for (const item of transfer.items) {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    if (entry?.isDirectory) folders.push(entry.name);
    else {
      const file = item.kind === "file" ? item.getAsFile() : null;
      if (file) files.push(file);
    }
  }
  return { files, folders };
}
