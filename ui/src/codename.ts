/**
 * Codenames: the twelve words that a sender keeps. 128 random bits, of BIP39 only
 * the word list and the checksum. They are made here and never sent; everything
 * a thread needs is derived from them.
 */

import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { identityToRecipient } from "age-encryption";
import { utf8 } from "./bytes.ts";
import { copyOf, sealCopy } from "./copies.ts";
import { type CodenameFault, TransomError } from "./errors.ts";
import { derive, mac, mailboxID, publicKeyOf, sealingIdentity, sign } from "./kdf.ts";
import { replyToParts } from "./meta.ts";
import { randomBytes } from "./random.ts";
import type { Owner, ThreadKeys } from "./threadkeys.ts";

export interface Codename {
  /** 16 bytes, as secret as the words. */
  readonly entropy: Uint8Array;
  readonly words: readonly string[];
}

const count = 12;

/** The longest input in bytes. Twelve words have at most 107. */
const longest = 4096;

/** How many letters no two words have in common. */
const uniqueLetters = 4;

const farthest = 2;
const mostSuggestions = 3;

export class CodenameError extends TransomError {
  /** Of the word that is wrong, from 1; else 0. */
  readonly position: number;
  /** The word as it was typed, in lower case: letters of ASCII only. */
  readonly untrustedToken: string;
  /** Words it may have been meant to be, in the order of the list. */
  readonly suggestions: readonly string[];
  /** How many words there are. */
  readonly found: number;

  constructor(category: CodenameFault, found: number, position = 0, untrustedToken = "") {
    super(`codename/${category}`, "not a codename");
    this.found = found;
    this.position = position;
    this.untrustedToken = untrustedToken;
    this.suggestions = position > 0 ? suggestions(untrustedToken) : [];
  }
}

export function newCodename(): Codename {
  return codenameOf(randomBytes(16));
}

export function codenameOf(entropy: Uint8Array): Codename {
  return { entropy, words: entropyToMnemonic(entropy, wordlist).split(" ") };
}

/**
 * parseCodename reads what a person typed: words in any case, with anything but
 * letters between them, each as a whole or as four letters or more that only it
 * begins with. A CodenameError: "codename/word", "codename/count",
 * "codename/checksum".
 */
export function parseCodename(text: string): Codename {
  const tokens = utf8(text).length > longest ? [] : (lower(text).match(/[a-z]+/g) ?? []);
  const words = tokens.map((token, i) => {
    const word = completed(token);
    if (word === undefined) throw new CodenameError("word", tokens.length, i + 1, token);
    return word;
  });
  if (words.length !== count) throw new CodenameError("count", words.length);
  try {
    return { entropy: mnemonicToEntropy(words.join(" "), wordlist), words };
  } catch {
    // The error holds the words, and is not kept.
    throw new CodenameError("checksum", count);
  }
}

/** lower changes the letters of ASCII alone: of the Kelvin sign, toLowerCase makes a k. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** completed returns the word that is meant, or nothing. */
function completed(token: string): string | undefined {
  if (wordlist.includes(token)) return token;
  if (token.length < uniqueLetters) return undefined;
  const meant = wordlist.filter((word) => word.startsWith(token));
  return meant.length === 1 ? meant[0] : undefined;
}

/** suggestions are the nearest words, if any is near, in the order of the list. */
function suggestions(token: string): string[] {
  let near: string[] = [];
  let least = farthest;
  for (const word of wordlist) {
    const between = distance(token, word);
    if (between < least) {
      least = between;
      near = [];
    }
    if (between === least) near.push(word);
  }
  return near.slice(0, mostSuggestions);
}

/**
 * distance counts letters left out, put in, taken for others or swapped with
 * their neighbours, no letter twice (optimal string alignment). Above the
 * farthest that matters it is any larger number.
 */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > farthest) return farthest + 1;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      let best = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}

/** threadKeys derives what opens a thread, and what belongs to it. */
export async function threadKeys({ entropy }: Codename): Promise<ThreadKeys> {
  const seed = derive(entropy, "codename");
  const copyKey = derive(seed, "copy key");
  const thread = derive(seed, "thread key");
  const identity = sealingIdentity(derive(seed, "reply key"));
  const recipient = await identityToRecipient(identity);
  const root = owner(derive(seed, "reply root"));
  const keys: ThreadKeys = {
    root,
    identity,
    recipient,
    thread,
    author: derive(seed, "author").slice(0, 8),
    withdrawSecret: (envelope) => derive(seed, "withdraw", envelope),
    copyProof: (mailbox, envelope) => mac(copyKey, "copy", mailbox, envelope),
    proof: (mailbox, envelope) => mac(thread, "proof", mailbox, envelope),
    replyTo: (mailbox, envelope) => ({
      root: root.publicKey,
      key: recipient,
      thread,
      signature: root.sign("thread", ...replyToParts({ key: recipient, thread }, mailbox, envelope)),
    }),
    sealCopy: (drop, letter, meta, place) => sealCopy(copyOf(drop, letter, meta, place), letter.message, keys),
  };
  return keys;
}

function owner(seed: Uint8Array): Owner {
  const publicKey = publicKeyOf(seed);
  return {
    publicKey,
    mailbox: mailboxID(publicKey),
    sign: (label, ...parts) => sign(seed, label, ...parts),
  };
}
