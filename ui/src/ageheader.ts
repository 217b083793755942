/**
 * The header of an age v1 file (C2SP age, https://c2sp.org/age), as far as it
 * can be read without any key: the age library takes mixed classes, passphrases
 * and any length, and an envelope has none of these.
 */

import { base64nopad } from "@scure/base";
import { TransomError } from "./errors.ts";

/** The types of stanza that an envelope can have, and the size of their one argument. */
const argumentSizes = { mlkem768x25519: 1088 + 32, X25519: 32 } as const;
export type StanzaClass = keyof typeof argumentSizes;

/** The most sealing keys of an envelope. */
export const mostStanzas = 32;

const mostBytes = 64 * 1024;
const bytesPerLine = 48;
const bodySize = 16 + 16;
const macSize = 32;

interface Stanza {
  readonly words: readonly string[];
  readonly bodySize: number;
}

/**
 * checkHeader returns the class and the length of the header of an age file.
 * "envelope/header" for a malformed one or one beyond the limits,
 * "envelope/class" unless all stanzas are of one class that an envelope can have.
 */
export function checkHeader(file: Uint8Array): { class: StanzaClass; length: number } {
  const lines = new Lines(file.subarray(0, mostBytes));
  if (lines.next() !== "age-encryption.org/v1") throw malformed();
  const stanzas: Stanza[] = [];
  for (;;) {
    const line = lines.next();
    if (line.startsWith("--- ")) {
      if (stanzas.length === 0 || decodedSize(line.slice(4)) !== macSize) throw malformed();
      return { class: checkStanzas(stanzas), length: lines.at };
    }
    if (stanzas.length === mostStanzas) throw malformed();
    stanzas.push(readStanza(line, lines));
  }
}

/** headerSize returns the length of the header of an envelope to that many hybrid keys. */
export function headerSize(keys: number): number {
  const line = (size: number): number => Math.ceil((size * 4) / 3) + 1;
  const stanza = "-> mlkem768x25519 ".length + line(argumentSizes.mlkem768x25519) + line(bodySize);
  return "age-encryption.org/v1\n".length + keys * stanza + "--- ".length + line(macSize);
}

function checkStanzas(stanzas: readonly Stanza[]): StanzaClass {
  const found = stanzas[0]?.words[0];
  if ((found !== "mlkem768x25519" && found !== "X25519") || stanzas.some((s) => s.words[0] !== found)) {
    throw new TransomError("envelope/class", "the stanzas are not all of one class");
  }
  for (const { words, bodySize: size } of stanzas) {
    if (words.length !== 2 || decodedSize(words[1] ?? "") !== argumentSizes[found] || size !== bodySize) {
      throw malformed();
    }
  }
  return found;
}

/** readStanza reads the body of the stanza that a line opens. A line shorter than the others, perhaps empty, ends it. */
function readStanza(opening: string, lines: Lines): Stanza {
  const words = opening.slice(3).split(" ");
  if (!opening.startsWith("-> ") || !words.every((word) => /^[\x21-\x7e]+$/.test(word))) throw malformed();
  for (let total = 0; ; ) {
    const size = decodedSize(lines.next());
    if (size > bytesPerLine) throw malformed();
    total += size;
    if (size < bytesPerLine) return { words, bodySize: total };
  }
}

/** decodedSize returns how many bytes canonical base64 stands for. */
function decodedSize(text: string): number {
  try {
    return base64nopad.decode(text).length;
  } catch (cause) {
    throw malformed(cause);
  }
}

/** Lines yields lines of ASCII. */
class Lines {
  at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  next(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw malformed();
    const line = Array.from(this.bytes.subarray(this.at, end), (byte) => String.fromCharCode(byte)).join("");
    this.at = end + 1;
    return line;
  }
}

function malformed(cause?: unknown): TransomError {
  return new TransomError("envelope/header", "not an age v1 header within the limits", { cause });
}
