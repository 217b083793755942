/**
 * Letters: the plaintext of envelopes, a POSIX tar that stock tools unpack,
 * padded so that its size says little. letter.json, message.txt, then the files
 * as files/NAME, each under the one header that there is for it: nothing of the
 * sender's system - owner, modes, times - has a place to stand.
 */

import { equal, fromBase64url, toBase64url, utf8 } from "./bytes.ts";
import { type LetterFault, TransomError } from "./errors.ts";
import { safeName } from "./names.ts";
import { paddedSize } from "./padding.ts";
import { blockPadding, canonicalHeader, endSize, toByteString } from "./tar.ts";
import * as json from "./strictjson.ts";

/** The most bytes of letter.json. */
export const largestMeta = 64 * 1024;
/** The most bytes of UTF-8 of a message. */
export const largestMessage = 1024 * 1024;
/** The most files of a letter. */
export const mostFiles = 1000;

export const metaPath = "letter.json";
export const messagePath = "message.txt";
export const filesFolder = "files/";

/** What letter.json says: where the letter belongs. In a letter received, it is the sender's claim. */
export interface Meta {
  readonly kind: "first";
  /** 16 bytes. */
  readonly mailbox: Uint8Array;
  /** 16 bytes. */
  readonly envelope: Uint8Array;
  /** 8 bytes, drawn for each thread. */
  readonly author: Uint8Array;
  /** Counts this author's letters, from 1. */
  readonly seq: number;
  /** Author in base64url to the highest seq without a gap. */
  readonly seen: ReadonlyMap<string, number>;
}

/** A file to put into a letter. */
export interface Enclosure {
  /** Safe, and different from the others: see uniqueNames. */
  readonly name: string;
  readonly blob: Blob;
}

/** How much of a file is held at a time. */
const stride = 256 * 1024;

/**
 * writeLetter yields a letter, padded. Half a character in the message becomes U+FFFD. "letter/limit" and "letter/name" before
 * anything is yielded; "letter/file" when a file cannot be read, or is no longer
 * what it was when it was chosen.
 */
export async function* writeLetter(meta: Meta, message: string, files: readonly Enclosure[]): AsyncGenerator<Uint8Array> {
  const total = letterSize(meta, message, files.map(({ name, blob }) => ({ name, size: blob.size })));
  const texts: [string, Uint8Array][] = [[metaPath, encodeMeta(meta)], [messagePath, utf8(message)]];
  let written = 0;
  for (const [path, data] of texts) {
    const header = canonicalHeader(path, data.length);
    yield header;
    yield data;
    yield new Uint8Array(blockPadding(data.length));
    written += header.length + data.length + blockPadding(data.length);
  }
  for (const { name, blob } of files) {
    const header = canonicalHeader(toByteString(filesFolder + name), blob.size);
    yield header;
    yield* read(blob);
    yield new Uint8Array(blockPadding(blob.size));
    written += header.length + blob.size + blockPadding(blob.size);
  }
  for (let left = total - written; left > 0; left -= stride) yield new Uint8Array(Math.min(stride, left));
}

async function* read(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += stride) {
    const end = Math.min(at + stride, blob.size);
    const piece = await readSlice(blob, at, end);
    // A file that shrank yields less than it said, and a letter is not made of that.
    if (piece.length !== end - at) throw fault("file", "a file changed while it was read");
    yield piece;
  }
}

async function readSlice(blob: Blob, from: number, to: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(from, to).arrayBuffer());
  } catch (cause) {
    throw fault("file", "couldn't read a file", cause);
  }
}

/**
 * letterSize returns the exact size of the padded letter, so that its sender
 * knows it before sealing. "letter/limit" for more files or a longer message
 * than a letter can have, "letter/name" for names that are not safe and
 * different.
 */
export function letterSize(meta: Meta, message: string, files: readonly { readonly name: string; readonly size: number }[]): number {
  const text = utf8(message).length;
  if (text > largestMessage || files.length > mostFiles) throw fault("limit", "larger than a letter can be");
  if (files.some(({ name }) => name !== safeName(name)) || new Set(files.map(({ name }) => name)).size !== files.length) {
    throw fault("name", "the names are not safe and different");
  }
  const entries: [path: string, size: number][] = [
    [metaPath, encodeMeta(meta).length],
    [messagePath, text],
    ...files.map(({ name, size }): [string, number] => [toByteString(filesFolder + name), size]),
  ];
  let total = endSize;
  for (const [path, size] of entries) total += canonicalHeader(path, size).length + size + blockPadding(size);
  return paddedSize(total);
}

/** checkPlace compares what a letter was written for with where it was found, or a server could show it elsewhere, or twice. "letter/elsewhere". */
export function checkPlace(meta: Meta, mailbox: Uint8Array, envelope: Uint8Array): void {
  if (!equal(meta.mailbox, mailbox) || !equal(meta.envelope, envelope)) {
    throw fault("elsewhere", "written for another place");
  }
}

/** encodeMeta writes letter.json: the keys in this order, and no white space. */
function encodeMeta(meta: Meta): Uint8Array {
  return utf8(
    JSON.stringify({
      version: 1,
      kind: meta.kind,
      mailbox: toBase64url(meta.mailbox),
      envelope: toBase64url(meta.envelope),
      author: toBase64url(meta.author),
      seq: meta.seq,
      seen: Object.fromEntries([...meta.seen].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
  );
}

const bytes = (length: number): json.Reader<Uint8Array> => (value) => {
  const decoded = fromBase64url(json.text(value));
  if (decoded.length !== length) throw new json.ShapeError("not of the wanted length");
  return decoded;
};

const seen: json.Reader<ReadonlyMap<string, number>> = (value) => {
  if (!(value instanceof Map)) throw new json.ShapeError("not an object");
  const pairs = [...(value as json.JsonObject)];
  return new Map(pairs.map(([author, seq]) => [toBase64url(bytes(8)(author)), json.integer(seq)]));
};

const metaReader = json.object<Meta & { version: number }>({
  version: json.integer,
  kind: json.either("first"),
  mailbox: bytes(16),
  envelope: bytes(16),
  author: bytes(8),
  seq: json.integer,
  seen,
});

/** parseMeta reads letter.json. "letter/json", "letter/version", "letter/kind", "letter/json": version and kind decide how the rest is to be read. */
export function parseMeta(text: string): Meta {
  const object = attempt(() => json.parseObject(text));
  if (object.get("version") !== 1) throw fault("version", "unknown version of letter");
  if (object.get("kind") !== "first") throw fault("kind", "unknown kind of letter");
  const { version: _, ...meta } = attempt(() => metaReader(object));
  if (meta.seq < 1) throw fault("json", "letter.json is malformed");
  return meta;
}

function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw fault("json", "letter.json is malformed", cause);
  }
}

function fault(category: LetterFault, message: string, cause?: unknown): TransomError {
  return new TransomError(`letter/${category}`, message, { cause });
}
