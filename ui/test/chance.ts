/** Random inputs that are the same in every run of a seed; a failing test says which seed it had. */

import { randomInt } from "node:crypto";

export class Chance {
  readonly seed: number;
  private state: number;

  /** SEED in the environment repeats a run. */
  constructor(seed = Number(process.env["SEED"] ?? randomInt(2 ** 31))) {
    this.seed = seed;
    this.state = seed;
  }

  /** A whole number from 0 to below (mulberry32; below up to 2^53). */
  below(limit: number): number {
    const high = this.next() % 2 ** 21;
    return Math.floor(((high * 2 ** 32 + this.next()) / 2 ** 53) * limit);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** Text of characters that matter: plain, special, of two to four bytes, and halves of characters. */
  text(longest: number): string {
    let text = "";
    for (let left = this.below(longest + 1); left > 0; left--) text += this.pick(this.characters)();
    return text;
  }

  private readonly characters = [
    () => String.fromCharCode(0x61 + this.below(26)),
    () => String.fromCharCode(this.below(0x80)),
    () => this.pick([".", ".", "-", " ", "/", "\\", "\n", "\0", "CON", ".txt"]),
    () => String.fromCharCode(this.below(0x10000)),
    () => String.fromCodePoint(0x10000 + this.below(0x100000)),
    () => this.pick(["\u202e", "\u200f", "\ufeff", "\ud83d", "\ude00", "ä", "€", "\u{1f4c4}"]),
  ];

  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
}
