/**
 * Reads the shared test vectors, from the same files as the Go tests do. Like
 * theirs, this reader is strict: a header key that it does not know is an error,
 * and so is one that nobody has looked at. crypto/vectors/testdata/README.md
 * describes the format.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { repository } from "./repository.ts";

const testdata = join(repository, "crypto", "vectors", "testdata");

const common = ["expect", "comment", "compressed"];

/** The header keys of each kind. An asterisk marks one that may be given more than once. */
const known: Record<string, readonly string[]> = {
  link: ["origin", "secret", "mailbox", "canonical"],
  padding: [],
  name: ["encoding", "safe"],
  kdf: ["what", "ikm", "label", "context", "output", "seed", "public", "mailbox", "secret", "identity", "recipient", "signature"],
  card: ["link", "today", "seq", "published", "expires", "title", "epoch", "sealing-key*"],
  letter: [
    ...["mailbox", "envelope", "bare", "kind", "author", "seq", "seen*", "beyond*", "answer*", "message", "file*", "proof", "signature", "closed"],
    ...["reply-root", "reply-key", "reply-thread", "reply-signature"],
    ...["copy-link", "copy-origin", "copy-sent", "copy-kind", "copy-file*", "copy-deleted*"],
  ],
  codename: [
    ...["words", "entropy", "mailbox", "reply-root", "reply-key", "thread", "author", "envelope", "withdraw", "copy-proof"],
    ...["position", "token", "suggestion*"],
  ],
  proof: ["what", "mailbox", "envelope", "thread", "desk*", "entropy"],
  order: ["what", "order", "up-to", "beyond", "missing"],
  envelope: ["identity*", "file-key", "size", "sha256"],
  gate: ["what", "classes", "size"],
  request: ["method", "origin", "target", "body-sha256", "if-match", "time", "mailbox"],
};

export class Vector {
  readonly name: string;
  readonly expect: string;
  readonly body: Uint8Array;
  private readonly header = new Map<string, string[]>();
  private readonly read = new Set<string>();

  constructor(kind: string, name: string, file: Uint8Array) {
    this.name = `${kind}/${name}`;
    const end = Buffer.from(file).indexOf("\n\n");
    if (end < 0) throw this.error("the header does not end in an empty line");
    const header = new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(0, end));
    for (const line of header.split("\n")) this.add(line, [...common, ...(known[kind] ?? [])]);
    this.expect = this.text("expect");
    this.text("comment");
    const body = file.subarray(end + 2);
    const compressed = this.optional("compressed");
    if (compressed !== undefined && compressed !== "gzip") throw this.error(`unknown compression ${compressed}`);
    this.body = new Uint8Array(compressed === "gzip" ? gunzipSync(body) : body);
  }

  private add(line: string, keys: readonly string[]): void {
    const [, key, value] = /^([^:]+): (.*)$/s.exec(line) ?? [];
    if (key === undefined || value === undefined) throw this.error(`not a header line: ${line}`);
    const many = keys.includes(key + "*");
    if (!many && !keys.includes(key)) throw this.error(`unknown header key ${key}`);
    if (!many && this.header.has(key)) throw this.error(`header key ${key} is given twice`);
    this.header.set(key, [...(this.header.get(key) ?? []), value]);
  }

  all(key: string): string[] {
    this.read.add(key);
    return this.header.get(key) ?? [];
  }

  optional(key: string): string | undefined {
    return this.all(key)[0];
  }

  text(key: string): string {
    const value = this.optional(key);
    if (value === undefined) throw this.error(`${key} is missing`);
    return value;
  }

  bytes(key: string): Uint8Array {
    const value = this.text(key);
    if (!/^([0-9a-f]{2})*$/.test(value)) throw this.error(`${key} is not hex`);
    return new Uint8Array(Buffer.from(value, "hex"));
  }

  number(key: string): number {
    const value = this.text(key);
    if (!/^[0-9]+$/.test(value)) throw this.error(`${key} is not a number`);
    return Number(value);
  }

  /** Throws if a header key was not looked at: then the vector was not understood. */
  done(): void {
    const unread = [...this.header.keys()].filter((key) => !this.read.has(key));
    if (unread.length > 0) throw this.error(`nobody looked at ${unread.join(", ")}`);
  }

  private error(message: string): Error {
    return new Error(`${this.name}: ${message}`);
  }
}

/** The kinds that there are, by their folders. */
export function kinds(): string[] {
  return readdirSync(testdata, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** Loads all vectors of a kind. There is always at least one. */
export function load(kind: string): Vector[] {
  const names = readdirSync(join(testdata, kind));
  if (names.length === 0) throw new Error(`there are no vectors of kind ${kind}`);
  return names.map((name) => new Vector(kind, name, readFileSync(join(testdata, kind, name))));
}
