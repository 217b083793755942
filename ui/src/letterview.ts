/** The card as its recipient wrote it, and the letter: a sheet, what is enclosed, what is asked, what will be known, and what becomes of it. */

import { button, element, foreign, heading, paragraph } from "./dom.ts";
import { knownView } from "./known.ts";
import { date } from "./locale.ts";
import { paper } from "./paper.ts";
import { questionsView } from "./questionsview.ts";
import type { House, Room } from "./room.ts";
import { second, type Second } from "./second.ts";
import { beginThread, type Drop, envelopeSize, largest, type Letter, offersReplies, type Place, seal } from "./sending.ts";
import { text } from "./text.ts";
import type { ThreadKeys } from "./threadkeys.ts";

/** What a letter needs for the answer to find its writer. The same for every attempt, or an answer to an earlier one would find nobody. */
interface Begun {
  readonly words: readonly string[];
  readonly place: Place;
}

/** Stands in for a place while there is none: what a letter says of it is as long as of any. */
const anybody = beginThread({ author: new Uint8Array(8) } as ThreadKeys);

/** again opens the drop for another letter, words the thread of an earlier one. */
export function letterView(drop: Drop, house: House, again: () => void, words: () => void): Room {
  const { card, info } = drop;
  let script: Second;
  let begun: Begun | undefined;
  const questions = questionsView(card.questions, language(drop), () => sheet.changed());
  const reply = replyChoice(offersReplies(card), () => sheet.changed());
  const whole = (letter: Letter): Letter => ({ ...letter, answers: questions.answers() });
  const sheet = paper({
    card,
    days: info.days,
    largest: largest(drop),
    title: text.letter,
    between: [...questions.nodes, reply.view, knownView(card.title, info.days)],
    size: (letter) => envelopeSize(drop, whole(letter), reply.wanted() ? anybody : undefined),
    async seal(letter, onSealed, cancel) {
      script = await second(); // Also what comes after the sending: it has to be here before anything leaves.
      if (!reply.wanted()) return seal(drop, whole(letter), onSealed, cancel);
      begun ??= await begin(script);
      return seal(drop, whole(letter), onSealed, cancel, begun.place);
    },
    complaint() {
      const wrong = questions.complaint();
      wrong?.field.focus();
      return wrong?.words;
    },
    filled: () => questions.answers().size > 0,
    freeze(frozen) {
      questions.freeze(frozen);
      reply.freeze(frozen);
    },
    wipe: () => questions.wipe(),
    say: house.say,
    delivered(parcel, receipt, failed) {
      house.show(script.arrivedView({ drop, parcel, receipt, again }, parcel.copy && begun?.words, failed, house));
    },
  });
  return {
    nodes: [...cardView(drop), ...sheet.nodes, codenameView(words)],
    loses: () => (sheet.unsent() ? text.discard : undefined),
    enclose: sheet.enclose,
    wipe: sheet.wipe,
  };
}

async function begin(script: Second): Promise<Begun> {
  const codename = script.newCodename();
  return { words: codename.words, place: beginThread(await script.threadKeys(codename)) };
}

function language({ card }: Drop): string {
  return card.languages[0] ?? "";
}

/** What the recipient wrote: who this is, and what they tell everybody who has the link. */
function cardView(drop: Drop): Node[] {
  const { card } = drop;
  const lang = language(drop);
  const notices = card.notices.map((each) =>
    element("div", { class: "told" }, paragraph(date(each.day), "small"), ...foreign(each.text)),
  );
  return [
    heading("h1", card.title, { dir: "auto", lang, class: card.title.length > 60 && "long" }),
    element("section", { lang }, ...foreign(card.intro)),
    ...(notices.length ? [element("section", {}, element("h2", {}, text.noticesTitle), ...notices)] : []),
  ];
}

interface ReplyChoice {
  readonly view: HTMLElement;
  wanted(): boolean;
  freeze(frozen: boolean): void;
}

/** An answer is what is expected; to want none is a quiet choice. */
function replyChoice(offered: boolean, changed: () => void): ReplyChoice {
  const none = element("input", { type: "checkbox", autocomplete: "off", "aria-describedby": "reply-none" });
  none.addEventListener("change", changed);
  const view = element(
    "section",
    { class: "reply" },
    element("h2", {}, text.reply),
    paragraph(offered ? text.replyWhat : text.replyNever),
    offered && element("label", { class: "option" }, none, element("span", {}, text.replyNone)),
    offered && element("p", { id: "reply-none", class: "small" }, text.replyNoneWhat),
  );
  return { view, wanted: () => offered && !none.checked, freeze: (frozen) => void (none.disabled = frozen) };
}

/** The way to the thread of an earlier letter, for who has its words. */
export function codenameView(words: () => void): HTMLElement {
  return element(
    "section",
    { class: "aside" },
    paragraph(text.codenameWhat, "soft"),
    element("div", { class: "acts" }, button(text.codename, "plain codename", words)),
  );
}
