/** The page: which of its views is shown, and when. It keeps nothing but what is on it, and wipes that when it goes. */

import { checkDay, openCard, type Card } from "./card.ts";
import { today } from "./days.ts";
import { button, element, heading, paragraph } from "./dom.ts";
import { onDrop } from "./enclosures.ts";
import { failureView, readingWords, Refusal, remedy } from "./failures.ts";
import { elsewhere, leaveButton, onShiftThrice } from "./leave.ts";
import { doneView } from "./doneview.ts";
import { letterView, type LetterView } from "./letterview.ts";
import { type Link, parseLink } from "./link.ts";
import { locale } from "./locale.ts";
import { requireSecureContext } from "./random.ts";
import type { Drop } from "./sending.ts";
import { getCard, getInfo } from "./server.ts";
import { text } from "./text.ts";
import { elsewhereView, pasteField, sameLink, welcomeView } from "./welcome.ts";

const stage = document.querySelector("main")!;
const top = document.querySelector("header")!;
const said = element("p", { class: "said", role: "status", "aria-live": "polite" });

/** The link that is open, and the letter on the page: there is at most one of each. */
let opened: Link | undefined;
let letter: LetterView | undefined;

/** How long the card may take before the page says that the line is slow, in milliseconds. */
const patience = 8_000;

function say(words: string): void {
  said.textContent = words;
}

function show(nodes: readonly Node[]): void {
  letter = undefined;
  stage.replaceChildren(...nodes);
  scrollTo(0, 0);
  stage.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
}

/** Reads the link out of the address bar, and takes it away from there. */
function fromAddressBar(): string {
  const code = location.hash.slice(1);
  if (location.hash || location.search) history.replaceState(null, "", location.pathname);
  return code;
}

function openCode(code: string): void {
  if (!code) return show(welcomeView(openLink));
  try {
    openLink(parseLink(code));
  } catch (error) {
    showFailure(error);
  }
}

function openLink(link: Link): void {
  if (link.origin !== undefined && link.origin !== location.origin) {
    opened = undefined;
    return show(elsewhereView(link, openLink));
  }
  opened = link;
  void read(link);
}

async function read(link: Link): Promise<void> {
  const slow = paragraph("", "soft");
  show([heading("h1", text.reading), paragraph(text.readingWhat), slow]);
  const timer = setTimeout(() => say((slow.textContent = text.readingSlow)), patience);
  let card: Card | undefined;
  try {
    const [info, sealed] = await Promise.all([getInfo(location.origin), getCard(location.origin, link.mailbox)]);
    card = await openCard(sealed, link);
    checkDay(card, today());
    if (opened === link) write({ link, card, info });
  } catch (error) {
    if (opened === link) showFailure(error, card, link);
  } finally {
    clearTimeout(timer);
  }
}

function write(drop: Drop): void {
  const view = letterView(drop, {
    say,
    delivered(deposit, receipt) {
      const { mailbox, envelope, withdrawSecret } = deposit;
      view.wipe();
      show(doneView(drop.card.title, { mailbox, envelope, withdrawSecret }, receipt, show, () => write(drop)));
      top.classList.add("shut");
    },
  });
  top.classList.remove("shut");
  show(view.nodes);
  letter = view;
}

function showFailure(error: unknown, card?: Card, link?: Link): void {
  const nodes = failureView(readingWords(error, card));
  const next = remedy(error);
  if (next === "again" && link) nodes.push(element("div", { class: "acts" }, button(text.retry, "main", () => openLink(link))));
  if (next === "another") nodes.push(pasteField(text.pasteAgain, openLink));
  show(nodes);
}

/** Another link in the same tab: a letter is not thrown away for it without a word. */
function onHashChange(): void {
  const code = fromAddressBar();
  if (!code) return;
  const same = opened !== undefined && isSame(opened, code);
  if (same && letter) return;
  if (!letter?.unsent()) return openCode(code);
  const ask = element("dialog", { "aria-labelledby": "discard" });
  const close = (): void => ask.remove();
  ask.append(
    element("h2", { id: "discard" }, text.discard),
    paragraph(text.discardWhat),
    element(
      "div",
      { class: "acts" },
      button(text.discardKeep, "main", close),
      button(text.discardYes, "quiet", () => {
        close();
        letter?.wipe();
        openCode(code);
      }),
    ),
  );
  ask.addEventListener("close", close);
  document.body.append(ask);
  ask.showModal();
}

function isSame(link: Link, code: string): boolean {
  try {
    return sameLink(link, parseLink(code));
  } catch {
    return false;
  }
}

function wipe(): void {
  letter?.wipe();
  letter = undefined;
  opened = undefined;
  document.body.replaceChildren();
}

/** First the page is emptied, then left: without a connection an empty page is what stays. */
function leave(): void {
  wipe();
  document.title = "Wikipedia";
  location.replace(elsewhere);
}

/** Throws where a letter could not be sealed. */
function requireBrowser(): void {
  requireSecureContext();
  const needed = [globalThis.ReadableStream, globalThis.AbortController, Blob.prototype.arrayBuffer, Element.prototype.replaceChildren];
  if (needed.includes(undefined as never)) throw new Refusal(text.browser);
}

function start(): void {
  document.documentElement.lang = locale.language;
  document.documentElement.dir = locale.direction;
  top.append(leaveButton(leave));
  document.body.append(said);
  onShiftThrice(leave);
  addEventListener("beforeunload", (event) => {
    if (!letter?.unsent()) return;
    event.preventDefault();
    event.returnValue = true; // what browsers before 2023 heed
  });
  // Neither the way back in history nor a restored tab may show a letter again.
  addEventListener("pagehide", wipe);
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  const hover = element("p", { class: "hover", role: "status", hidden: true }, text.encloseDrop);
  document.body.append(hover);
  onDrop(
    (is) => !(hover.hidden = !is || !letter),
    (files, folders) => letter?.enclose(files, folders),
  );
  try {
    requireBrowser();
  } catch (error) {
    return show(failureView(readingWords(error))); // The link stays in the address bar: it has to be opened otherwise.
  }
  addEventListener("hashchange", onHashChange);
  openCode(fromAddressBar());
}

start();
