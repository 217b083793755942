/** The page without a link, the field that takes one, and a link that belongs to another server. */

import { button, element, heading, paragraph, unkept } from "./dom.ts";
import { TransomError } from "./errors.ts";
import { formatCode, formatLink, type Link, parseLink } from "./link.ts";
import { text } from "./text.ts";

/** Takes a good link, of this server or another. */
export type Opener = (link: Link) => void;

export function welcomeView(open: Opener, codename: Node): Node[] {
  return [
    heading("h1", text.welcome),
    paragraph(text.welcomeWhat),
    pasteField(text.pasteLabel, open),
    codename,
    paragraph(text.welcomeName, "soft aside"),
  ];
}

/** A link of another server is shown to be opened by hand: this page takes nobody anywhere. */
export function elsewhereView(link: Link, open: Opener): Node[] {
  return [
    heading("h1", text.otherTitle),
    paragraph(text.otherWhat(link.origin ?? "")),
    paragraph(text.otherDo),
    element("code", { class: "link", dir: "ltr", translate: "no" }, formatLink(link)),
    pasteField(text.pasteAgain, open),
  ];
}

/** A field for a link, which says while it is typed what is still wrong with it. */
export function pasteField(label: string, open: Opener): HTMLElement {
  const hint = element("p", { id: "paste-hint", class: "small hint", "aria-live": "polite" });
  const field = element("textarea", {
    ...unkept,
    id: "paste",
    class: "paste",
    dir: "ltr",
    rows: 3,
    inputmode: "url",
    "aria-describedby": "paste-hint",
  });
  const act = button(text.pasteOpen, "main", () => {
    const { link, words } = read(field.value);
    if (link) return open(link);
    hint.textContent = words || text.pasteNoCode;
    field.focus();
  });
  field.addEventListener("input", () => {
    const { link, words } = read(field.value);
    hint.textContent = words;
    hint.classList.toggle("good", link !== undefined);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    act.click();
  });
  return element(
    "section",
    { class: "pasting" },
    element("label", { for: "paste" }, label),
    field,
    hint,
    element("div", { class: "acts" }, act),
  );
}

const codeLength = 64;

/** What to say about a link as far as it has been typed. */
function read(typed: string): { link?: Link; words: string } {
  const trimmed = typed.trim();
  if (!trimmed) return { words: "" };
  try {
    const link = parseLink(trimmed);
    const other = link.origin !== undefined && link.origin !== location.origin;
    return { link, words: other ? text.pasteOther(link.origin!) : text.pasteWhole };
  } catch (error) {
    return { words: complaint(trimmed, error) };
  }
}

function complaint(typed: string, error: unknown): string {
  const code = typed.slice(typed.indexOf("#") + 1);
  if (!/^drop1/i.test(code)) return text.pasteNoCode;
  if (code.length < codeLength) return text.pasteShort(codeLength - code.length);
  const fault = error instanceof TransomError ? error.code : "";
  if (fault === "link/version") return text.pasteVersion;
  if (fault === "link/origin") return text.linkOrigin.wrong;
  return text.pasteChecksum;
}

/** The same drop at the same server. */
export function sameLink(a: Link, b: Link): boolean {
  return formatCode(a) === formatCode(b);
}
