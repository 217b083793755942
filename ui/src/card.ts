/**
 * Cards: what a recipient publishes behind a link. A card names the keys that
 * letters are sealed to, so everything rests on reading no other card than the
 * recipient's. There is nothing to fall back to when one is refused.
 */

import { equal, fromBase64url, fromUTF8, utf8 } from "./bytes.ts";
import { isSealingKey, openEnvelope } from "./envelope.ts";
import { type CardFault, TransomError } from "./errors.ts";
import { cardIdentity, mailboxID, verify } from "./kdf.ts";
import type { Link } from "./link.ts";
import * as json from "./strictjson.ts";

/** The largest sealed card in bytes. */
export const largestCard = 1024 * 1024;

/** Days count from 1970-01-01 UTC. Texts hold no control and no bidi control characters; only intro, labels and notices have new lines. */
export interface Card {
  readonly version: number;
  /** The owner's Ed25519 public key. */
  readonly root: Uint8Array;
  /** Grows with every card of a drop, from 1. */
  readonly seq: number;
  readonly published: number;
  /** The last day of validity. */
  readonly expires: number;
  readonly title: string;
  readonly intro: string;
  /** BCP 47 tags. */
  readonly languages: readonly string[];
  readonly questions: readonly Question[];
  readonly epochs: readonly Epoch[];
  /** Ed25519 public keys that sign replies. */
  readonly desks: readonly Uint8Array[];
  readonly policy: Policy;
  readonly notices: readonly Notice[];
}

export interface Question {
  readonly id: string;
  readonly label: string;
  /** A scale goes from 1 to 5. */
  readonly kind: "text" | "choice" | "scale";
  readonly required: boolean;
  /** Of the kind "choice". */
  readonly choices: readonly string[];
}

/** A span of days, and the keys that letters are sealed to on them: all of them. */
export interface Epoch {
  readonly number: number;
  readonly from: number;
  /** The last day. */
  readonly until: number;
  readonly keys: readonly string[];
}

export interface Policy {
  readonly files: boolean;
  /** The largest envelope in bytes. */
  readonly largest: number;
  readonly replies: boolean;
}

export interface Notice {
  readonly day: number;
  readonly text: string;
}

/**
 * openCard opens what a server says is the card behind a link, and checks
 * everything but the day. In this order: "card/sealed", "card/json",
 * "card/version", "card/root", "card/signature", "card/format".
 */
export async function openCard(sealed: Uint8Array, link: Link): Promise<Card> {
  const { signature, body } = await unseal(sealed, link.secret);
  const object = parse(body);
  if (object.get("version") !== 1) throw fault("version");
  const root = readRoot(object.get("root"));
  if (root === undefined || !equal(mailboxID(root), link.mailbox)) throw fault("root");
  if (!verify(root, "card", signature, link.mailbox, body)) throw fault("signature");
  const card = readCard(object);
  if (!isValid(card)) throw fault("format");
  return card;
}

/**
 * checkDay checks that the card may be used on this day, which has to come from
 * this device's clock, never from the server. A day of grace on either side is
 * for clocks and time zones. "card/future", "card/expired", "card/epoch".
 */
export function checkDay(card: Card, today: number): void {
  if (card.published > today + 1) throw fault("future");
  if (card.expires < today - 1) throw fault("expired");
  currentEpoch(card, today);
}

/** currentEpoch returns the epoch to seal a letter for: the one that today lies in, else tomorrow's, else yesterday's. "card/epoch". */
export function currentEpoch(card: Card, today: number): Epoch {
  for (const day of [today, today + 1, today - 1]) {
    const epoch = card.epochs.find((e) => e.from <= day && day <= e.until);
    if (epoch !== undefined) return epoch;
  }
  throw fault("epoch");
}

async function unseal(sealed: Uint8Array, secret: Uint8Array): Promise<{ signature: Uint8Array; body: Uint8Array }> {
  if (sealed.length > largestCard) throw fault("sealed");
  try {
    const { plaintext } = await openEnvelope(sealed, [cardIdentity(secret)]);
    if (plaintext.length > 64) return { signature: plaintext.subarray(0, 64), body: plaintext.subarray(64) };
  } catch (cause) {
    throw fault("sealed", cause);
  }
  throw fault("sealed");
}

function parse(body: Uint8Array): json.JsonObject {
  try {
    return json.parseObject(fromUTF8(body));
  } catch (cause) {
    throw fault("json", cause);
  }
}

/** readRoot looks at the root key before the rest: nothing in a card is worth reading if it is not the owner's. */
function readRoot(value: json.Json | undefined): Uint8Array | undefined {
  try {
    return value === undefined ? undefined : publicKey(value);
  } catch {
    return undefined;
  }
}

const publicKey: json.Reader<Uint8Array> = (value) => {
  const key = fromBase64url(json.text(value));
  if (key.length !== 32) throw new json.ShapeError("not a public key");
  return key;
};

const cardReader = json.object<Card>({
  version: json.integer,
  root: publicKey,
  seq: json.integer,
  published: json.integer,
  expires: json.integer,
  title: json.text,
  intro: json.text,
  languages: json.list(json.text, 20),
  questions: json.list(
    json.object<Question>({
      id: json.text,
      label: json.text,
      kind: json.either("text", "choice", "scale"),
      required: json.flag,
      choices: json.list(json.text, Infinity),
    }),
    Infinity,
  ),
  epochs: json.list(
    json.object<Epoch>({
      number: json.integer,
      from: json.integer,
      until: json.integer,
      keys: json.list(json.text, 32),
    }),
    64,
  ),
  desks: json.list(publicKey, 32),
  policy: json.object<Policy>({ files: json.flag, largest: json.integer, replies: json.flag }),
  notices: json.list(json.object<Notice>({ day: json.integer, text: json.text }), Infinity),
});

function readCard(object: json.JsonObject): Card {
  try {
    return cardReader(object);
  } catch (cause) {
    throw fault("format", cause);
  }
}

/** isValid checks the rules that a card keeps, whoever made it. */
function isValid(card: Card): boolean {
  return (
    card.seq >= 1 &&
    card.published <= card.expires &&
    card.expires <= card.published + 90 &&
    card.title !== "" &&
    isLine(card.title, 200) &&
    isText(card.intro, 20_000) &&
    card.languages.every((tag) => /^[a-z]{1,8}(-[a-z0-9]{1,8})*$/i.test(tag)) &&
    card.questions.every(isValidQuestion) &&
    new Set(card.questions.map((q) => q.id)).size === card.questions.length &&
    card.epochs.length >= 1 &&
    card.epochs.every((epoch, i) => isValidEpoch(epoch, card.expires, card.epochs.slice(0, i))) &&
    card.notices.every((notice) => isText(notice.text))
  );
}

function isValidQuestion(question: Question): boolean {
  return (
    question.id !== "" &&
    isLine(question.id) &&
    isText(question.label) &&
    question.choices.every((choice) => isLine(choice)) &&
    (question.kind === "choice") === question.choices.length > 0
  );
}

/** isValidEpoch: the numbers grow, no two epochs share a day, and none outlives the card that lists it. */
function isValidEpoch(epoch: Epoch, expires: number, before: readonly Epoch[]): boolean {
  return (
    epoch.from <= epoch.until &&
    epoch.until <= expires &&
    epoch.keys.length >= 1 &&
    epoch.keys.every(isSealingKey) &&
    new Set(epoch.keys).size === epoch.keys.length &&
    before.every((e) => e.number < epoch.number && (e.until < epoch.from || epoch.until < e.from))
  );
}

function isLine(text: string, longest = Infinity): boolean {
  return !text.includes("\n") && isText(text, longest);
}

/** isText refuses control characters but new lines, and what reorders text: a card is shown to people who decide by it whom they trust. */
function isText(text: string, longest = Infinity): boolean {
  return !/[\p{Cc}\p{Bidi_Control}]/u.test(text.replace(/\n/g, "")) && utf8(text).length <= longest;
}

function fault(category: CardFault, cause?: unknown): TransomError {
  return new TransomError(`card/${category}`, "couldn't use the card", { cause });
}
