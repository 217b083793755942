/** What will be known, worked out from where this page is and what the server says, and more of it one tap away. */

import { element, paragraph } from "./dom.ts";
import { text } from "./text.ts";

export function knownView(title: string, days: number): HTMLElement {
  const onion = location.hostname.endsWith(".onion");
  const lines: [string, string][] = [
    [text.knownWho, onion ? text.knownWhoOnion : text.knownWhoNetwork],
    [text.knownWhat, text.knownWhatSealed(title)],
    [text.knownWhen, text.knownWhenDays(days)],
  ];
  const list = element("dl");
  for (const [about, words] of lines) list.append(element("dt", {}, about), element("dd", {}, words));
  return element("section", { class: "known" }, element("h2", {}, text.known), list, moreView());
}

/** Closed at first: whoever wants it opens it, and nobody has to scroll past it. */
export function moreView(): HTMLElement {
  const more = element("details", {}, element("summary", {}, text.more));
  for (const [about, words] of text.moreParts) {
    more.append(element("div", {}, element("h3", {}, about), paragraph(words)));
  }
  return more;
}
