/**
 * Builds elements. What it is given becomes attributes and text nodes, never markup:
 * nothing on this page is parsed as HTML after it was loaded.
 */

export type Child = Node | string | null | undefined | false;

/** Attributes by name; true sets an empty one, false and undefined leave it out. */
export type Attributes = Record<string, string | number | boolean | undefined>;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, String(value));
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

export function paragraph(words: string, className?: string): HTMLParagraphElement {
  return element("p", { class: className }, words);
}

/** A heading that can take the focus when what is shown has changed. */
export function heading(level: "h1" | "h2", words: string, attributes: Attributes = {}): HTMLHeadingElement {
  return element(level, { tabindex: -1, ...attributes }, words);
}

export function button(words: string, className: string, press: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: className }, words);
  made.addEventListener("click", press);
  return made;
}

/**
 * What somebody else wrote: empty lines part paragraphs, line breaks stay, links are
 * not made, and each paragraph runs in its own direction.
 */
export function foreign(words: string): HTMLParagraphElement[] {
  return words
    .split(/\n\s*\n/)
    .filter((part) => part.trim())
    .map((part) => {
      const made = element("p", { dir: "auto" });
      part.trim().split("\n").forEach((line, i) => made.append(...(i ? [element("br"), line] : [line])));
      return made;
    });
}

/**
 * Marks a field so that neither session restore, spelling and grammar services,
 * password managers nor translation keep or send what is written in it. It has no name and
 * stands in no form.
 */
export const unkept: Attributes = {
  autocomplete: "off",
  autocorrect: "off",
  autocapitalize: "off",
  spellcheck: "false",
  writingsuggestions: "false",
  translate: "no",
  dir: "auto",
  "data-gramm": "false",
  "data-gramm_editor": "false",
  "data-enable-grammarly": "false",
  "data-lt-active": "false",
  "data-ms-editor": "false",
  "data-1p-ignore": "true",
  "data-lpignore": "true",
  "data-bwignore": "true",
};
