/** The thread: what was written and answered, in order, and everything that can be done about it. */

import { ask, type Question } from "./ask.ts";
import type { Card } from "./card.ts";
import type { Conversation, OwnLetter, Reply } from "./conversation.ts";
import { button, element, heading, paragraph } from "./dom.ts";
import { type Act, type Doing, itemView, statusLine } from "./itemview.ts";
import { paper, type Paper } from "./paper.ts";
import type { House, Room } from "./room.ts";
import { revokeAll } from "./saving.ts";
import { deliver, envelopeSize, largest, type Letter, type Parcel, seal } from "./sending.ts";
import { text } from "./text.ts";
import { cardWords, openingWords } from "./threadfailures.ts";
import { sendingWords } from "./wayfailures.ts";
import { secondText as words } from "./secondtext.ts";

export function threadView(conversation: Conversation, house: House): Room {
  const view = new ThreadView(conversation, house);
  return {
    nodes: view.nodes,
    loses: () => view.loses(),
    enclose: (files, folders) => view.sheet?.enclose(files, folders),
    wipe: () => view.wipe(),
  };
}

class ThreadView implements Doing {
  readonly nodes: Node[];
  sheet: Paper | undefined;
  private readonly conversation: Conversation;
  private readonly house: House;
  private readonly title = heading("h1", "", { dir: "auto" });
  private readonly standing = element("div", { class: "standing" });
  private readonly list = element("ol", { class: "thread" });
  private readonly until = element("p", { class: "small status" });
  private readonly said = statusLine();
  private readonly ended = statusLine();
  private readonly writing = element("section", { class: "writing" });
  private readonly look = button(words.lookAgain, "plain look", () => void this.lookAgain());
  private readonly end = button(words.close, "quiet close", () => void this.close());
  private readonly ending = element("section", { class: "aside" }, element("div", { class: "acts" }, this.end), this.ended);
  /** Whether a letter is on its way, and how much else is: nobody empties the mailbox, or looks into it, in the midst of that. */
  private frozen = false;
  private doing = 0;
  /** Whether a letter is there without its copy. */
  private halfway = false;
  /** Broken off when the view goes. */
  private readonly gone = new AbortController();

  constructor(conversation: Conversation, house: House) {
    this.conversation = conversation;
    this.house = house;
    this.nodes = [
      this.title,
      paragraph(words.threadOf, "soft"),
      this.standing,
      this.list,
      this.until,
      this.said,
      element("div", { class: "acts" }, this.look),
      this.writing,
      this.ending,
    ];
    this.draw();
    this.offerPaper();
  }

  loses(): Question | undefined {
    if (this.halfway) return words.halfLossNext;
    return this.sheet?.unsent() ? text.discard : undefined;
  }

  wipe(): void {
    this.gone.abort();
    this.sheet?.wipe();
    revokeAll();
    this.conversation.wipe();
    this.list.replaceChildren();
  }

  /** A drop on another server is not within reach of this page. */
  get reaches(): boolean {
    return this.conversation.elsewhere === undefined;
  }

  private draw(): void {
    this.ending.hidden = !this.reaches;
    const { items, drop, expires } = this.conversation;
    const { title, languages: [lang = ""] } = drop?.card ?? { title: words.threadUnnamed, languages: [] };
    this.title.textContent = title;
    this.title.lang = lang;
    this.title.classList.toggle("long", title.length > 60);
    this.standing.replaceChildren(...standingOf(this.conversation));
    this.list.replaceChildren(...items.map((item) => itemView(item, drop?.card, this)));
    this.list.hidden = items.length === 0;
    this.until.textContent = expires === undefined ? "" : words.opensUntil(expires);
  }

  private tell(line: string): void {
    this.said.textContent = line;
  }

  /** Says what came of something whose button is gone. */
  private tellThere(line: string): void {
    this.draw();
    this.tell(line);
    this.said.focus();
  }

  private offerPaper(): void {
    const { drop, closed } = this.conversation;
    this.sheet?.wipe();
    this.sheet = undefined;
    this.halfway = false;
    this.writing.replaceChildren();
    this.freeze(false);
    if (!drop || closed !== undefined) return;
    let last: Letter = { message: "", files: [] };
    this.sheet = paper({
      card: drop.card,
      days: drop.info.days,
      largest: largest(drop),
      title: words.writeAgain,
      between: [],
      size: (letter) => envelopeSize(drop, letter, this.conversation.place()),
      seal: (letter, onSealed, cancel) => seal(drop, (last = letter), onSealed, cancel, this.conversation.place()),
      complaint: () => undefined,
      filled: () => false,
      freeze: (frozen) => this.freeze(frozen),
      wipe() {},
      say: this.house.say,
      delivered: (parcel, _, failed) => (failed === undefined ? this.sent(parcel, last, words.sent) : this.half(parcel, last, drop.card, failed)),
    });
    this.writing.replaceChildren(...this.sheet.nodes);
  }

  /** Nothing else is done while a letter is on its way. */
  private freeze(frozen: boolean): void {
    this.frozen = frozen;
    this.still();
  }

  private still(): void {
    this.end.disabled = this.look.disabled = this.frozen || this.doing > 0;
  }

  private sent(parcel: Parcel, letter: Letter, line: string): void {
    this.conversation.written(parcel, letter);
    this.house.shut(true);
    this.offerPaper();
    this.tellThere(line);
  }

  /** The letter is there, its copy is not: the sheet makes room for what is left to do. */
  private half(parcel: Parcel, letter: Letter, card: Card, failure: unknown): void {
    const said = element("p", { class: "soft", role: "status" });
    const what = paragraph(sendingWords(failure, card).wrong);
    const again = button(words.halfAgain, "main", async () => {
      again.disabled = true;
      said.textContent = words.halfSending;
      try {
        const broken = (seconds: number): void => void (said.textContent = words.retrying(seconds));
        await deliver(parcel, { leaving() {}, handed() {}, broken }, this.gone.signal);
        this.sent(parcel, letter, words.sent);
      } catch (error) {
        what.textContent = sendingWords(error, card).wrong;
        said.textContent = "";
        again.disabled = false;
        again.focus();
      }
    });
    const without = button(words.halfWithoutNext, "quiet", () => this.sent(parcel, letter, words.sentWithout));
    const head = heading("h2", words.sent);
    this.sheet?.wipe();
    this.halfway = true;
    this.writing.replaceChildren(head, paragraph(words.halfNext), what, element("div", { class: "acts" }, again, without), said);
    head.focus();
  }

  private async lookAgain(): Promise<void> {
    const before = this.conversation.items.length;
    this.doing++;
    this.still();
    this.tell(words.looking);
    try {
      await this.conversation.lookAgain((n, all) => this.tell(words.openingRead(n, all)), this.gone.signal);
      if (this.gone.signal.aborted) return;
      this.draw();
      if (!this.sheet || (this.conversation.closed !== undefined && !this.sheet.unsent())) this.offerPaper();
      const more = this.conversation.items.length - before;
      this.tell(more > 0 ? words.lookedNew(more) : words.lookedNothing);
    } catch (error) {
      if (!this.gone.signal.aborted) this.tell(words.lookFailed(openingWords(error).wrong));
    } finally {
      this.doing--;
      this.still();
    }
  }

  async erase(reply: Reply, act: Act): Promise<void> {
    if (!(await ask({ title: words.eraseAsk, what: words.eraseWhat, no: words.eraseNo, yes: words.erase }))) return;
    await this.during(act, words.erasing, async () => {
      await this.conversation.erase(reply);
      this.tellThere(words.erased);
    }, words.eraseFailed);
  }

  async withdraw(letter: OwnLetter, act: Act): Promise<void> {
    if (!(await ask({ title: words.withdrawAsk, what: words.withdrawWhat, no: words.withdrawNo, yes: words.withdraw }))) return;
    await this.during(act, words.withdrawing, async () => {
      const result = await this.conversation.withdraw(letter);
      if (result === "erased") return this.tellThere(words.withdrawnHere);
      if (result === "gone") return this.tellThere(words.withdrawnGoneHere);
      failing(act, words.withdrawFailed);
    }, () => words.withdrawFailed);
  }

  private async close(): Promise<void> {
    if (this.sheet?.unsent() && !(await ask(text.discard))) return;
    if (!(await ask({ title: words.closeAsk, what: words.closeWhat, no: words.closeNo, yes: words.close }))) return;
    const { closed, unverified } = this.conversation;
    const act: Act = { button: this.end, tell: (line) => void (this.ended.textContent = line) };
    this.shut(true);
    await this.during(act, words.closing, async () => {
      const { withdrawn, gone, told, wasKnown } = await this.conversation.close();
      if (this.gone.signal.aborted) return;
      const telling = told ? words.closedTold : wasKnown || unverified ? words.closedUntold : words.closedUnknown;
      const lines = [
        words.closedWhat,
        ...(withdrawn ? [words.closedWithdrawn(withdrawn)] : []),
        ...(gone ? [words.closedGone(gone)] : []),
        ...(closed === undefined ? [telling] : []), // who has closed it needs not be told
      ];
      const home = button(words.elseTo, "quiet", () => this.house.home());
      this.house.show({ nodes: [heading("h1", words.closed), ...lines.map((line) => paragraph(line)), element("div", { class: "acts" }, home)] });
    }, words.closeFailed);
    this.shut(false);
  }

  /** Nothing is written to a thread, or erased from it, while it is closed: what came too late would stay. */
  private shut(is: boolean): void {
    this.list.inert = this.writing.inert = is;
  }

  /** Does something of which the end is uncertain, and says how it failed. */
  private async during(act: Act, meanwhile: string, work: () => Promise<void>, failed: (wrong: string) => string): Promise<void> {
    this.doing++;
    this.still();
    act.button.disabled = true;
    act.tell(meanwhile);
    let wrong: string | undefined;
    try {
      await work();
    } catch (error) {
      wrong = failed(openingWords(error).wrong);
    }
    this.doing--;
    this.still();
    if (wrong !== undefined && !this.gone.signal.aborted) failing(act, wrong);
  }
}

function failing(act: Act, line: string): void {
  act.tell(line);
  act.button.disabled = false;
  act.button.focus();
}

/** What has to be said of the thread as a whole, the most important first. */
function standingOf(conversation: Conversation): Node[] {
  const { items, closed, elsewhere, unverified, cardFailure, link, notGenuine, leftOut } = conversation;
  const answered = items.some(({ type }) => type === "reply");
  const lines: string[] = [];
  if (closed !== undefined) lines.push(words.closedBy(closed));
  if (elsewhere !== undefined) lines.push(words.elsewhere(elsewhere));
  else if (link === undefined) lines.push(words.ownerless);
  else if (cardFailure !== undefined) lines.push(words.unreadable(cardWords(cardFailure)));
  if (unverified) lines.push(words.unverified(unverified));
  if (leftOut) lines.push(words.leftOut(leftOut));
  if (notGenuine) lines.push(words.notGenuine(notGenuine));
  if (items.length === 0 && lines.length === 0) lines.push(words.nothingLeft);
  const said = lines.length ? [element("div", { class: "notice" }, ...lines.map((line) => paragraph(line)))] : [];
  const waits = !answered && !unverified && items.length > 0 && closed === undefined && elsewhere === undefined;
  return [...said, ...(waits ? [paragraph(words.noAnswer)] : [])];
}
