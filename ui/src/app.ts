/** The page: which of its rooms is shown, and when. It keeps nothing but what is on it, and wipes that when it goes. */

import { ask } from "./ask.ts";
import { checkDay, openCard, type Card } from "./card.ts";
import { today } from "./days.ts";
import { button, element, heading, paragraph } from "./dom.ts";
import { onDrop } from "./enclosures.ts";
import { failureView, readingWords, Refusal, remedy } from "./failures.ts";
import { elsewhere, leaveButton, onShiftThrice } from "./leave.ts";
import { codenameView, letterView } from "./letterview.ts";
import { type Link, parseLink } from "./link.ts";
import { locale } from "./locale.ts";
import { requireSecureContext } from "./random.ts";
import type { House, Room } from "./room.ts";
import { second } from "./second.ts";
import type { Drop } from "./sending.ts";
import { getCard, getInfo } from "./server.ts";
import { text } from "./text.ts";
import { elsewhereView, pasteField, sameLink, welcomeView } from "./welcome.ts";

const stage = document.querySelector("main")!;
const top = document.querySelector("header")!;
const said = element("p", { class: "said", role: "status", "aria-live": "polite" });

/** The link that is open, and the room that is shown. */
let opened: Link | undefined;
let room: Room = { nodes: [] };

/** How long the card may take before the page says that the line is slow, in milliseconds. */
const patience = 8_000;

const house: House = {
  show,
  say(words) {
    said.textContent = words;
  },
  shut: (is) => void top.classList.toggle("shut", is),
  home: () => openCode(""),
};

function show(next: Room): void {
  room.wipe?.();
  room = next;
  stage.replaceChildren(...next.nodes);
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
  if (!code) {
    opened = undefined;
    house.shut(false);
    return show({ nodes: welcomeView(openLink, codenameView(openWords)) });
  }
  try {
    openLink(parseLink(code));
  } catch (error) {
    showFailure(error);
  }
}

function openLink(link: Link): void {
  if (link.origin !== undefined && link.origin !== location.origin) {
    opened = undefined;
    return show({ nodes: elsewhereView(link, openLink) });
  }
  opened = link;
  void read(link);
}

async function read(link: Link): Promise<void> {
  const slow = paragraph("", "soft");
  show({ nodes: [heading("h1", text.reading), paragraph(text.readingWhat), slow] });
  const timer = setTimeout(() => house.say((slow.textContent = text.readingSlow)), patience);
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
  house.shut(false);
  show(letterView(drop, house, () => write(drop), openWords));
}

/** Asks before a letter is lost, then for the words of an earlier one. */
async function openWords(): Promise<void> {
  if (!(await mayGo())) return;
  opened = undefined;
  house.shut(false);
  show({ nodes: [heading("h1", text.fetching), paragraph(text.fetchingWhat)] });
  const here = room;
  try {
    const { wordsView } = await second();
    if (room === here) show(wordsView(house));
  } catch (error) {
    if (room !== here) return;
    const { wrong, todo } = readingWords(error);
    const acts = element("div", { class: "acts" }, button(text.retry, "main", () => void openWords()));
    show({ nodes: [heading("h1", text.nothingSent), paragraph(wrong), paragraph(todo), acts] });
  }
}

function showFailure(error: unknown, card?: Card, link?: Link): void {
  const nodes = failureView(readingWords(error, card));
  const next = remedy(error);
  if (next === "again" && link) nodes.push(element("div", { class: "acts" }, button(text.retry, "main", () => openLink(link))));
  if (next === "another") nodes.push(pasteField(text.pasteAgain, openLink));
  show({ nodes });
}

/** Another link in the same tab: a letter is not thrown away for it without a word. */
async function onHashChange(): Promise<void> {
  const code = fromAddressBar();
  if (!code) return;
  if (opened !== undefined && isSame(opened, code) && room.enclose) return;
  if (await mayGo()) openCode(code);
}

/** Whether nothing would be lost, or whoever would lose it agrees. */
async function mayGo(): Promise<boolean> {
  const here = room;
  const question = here.loses?.();
  return !question || ((await ask(question)) && room === here);
}

function isSame(link: Link, code: string): boolean {
  try {
    return sameLink(link, parseLink(code));
  } catch {
    return false;
  }
}

function wipe(): void {
  room.wipe?.();
  room = { nodes: [] };
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
    if (!room.loses?.()) return;
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
    (is) => !(hover.hidden = !is || !room.enclose),
    (files, folders) => room.enclose?.(files, folders),
  );
  try {
    requireBrowser();
  } catch (error) {
    return show({ nodes: failureView(readingWords(error)) }); // The link stays in the address bar: it has to be opened otherwise.
  }
  addEventListener("hashchange", () => void onHashChange());
  openCode(fromAddressBar());
}

start();
