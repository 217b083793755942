/**
 * Letters: the plaintext of envelopes, a POSIX tar that stock tools unpack,
 * padded so that its size says little. letter.json, message.txt, then the files
 * as files/NAME, each under the one header that there is for it: nothing of the
 * sender's system - owner, modes, times - has a place to stand.
 */

import { utf8 } from "./bytes.ts";
import { type LetterFault, TransomError } from "./errors.ts";
import { encodeMeta, mayHaveFiles, mayHaveText, type Meta } from "./meta.ts";
import { safeName } from "./names.ts";
import { paddedSize } from "./padding.ts";
import { blockPadding, canonicalHeader, endSize, toByteString } from "./tar.ts";

/** The most bytes of UTF-8 of a message. */
export const largestMessage = 1024 * 1024;
/** The most files of a letter. */
export const mostFiles = 1000;

export const metaPath = "letter.json";
export const messagePath = "message.txt";
export const filesFolder = "files/";

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
 * knows it before sealing. "letter/limit" for more files, a longer message
 * or longer answers than a letter of its kind can have, "letter/name" for names that are not safe and
 * different.
 */
export function letterSize(meta: Meta, message: string, files: readonly { readonly name: string; readonly size: number }[]): number {
  const text = utf8(message).length;
  const most = mayHaveFiles(meta) ? mostFiles : 0;
  if (text > (mayHaveText(meta) ? largestMessage : 0) || files.length > most) throw fault("limit", "larger than a letter can be");
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

function fault(category: LetterFault, message: string, cause?: unknown): TransomError {
  return new TransomError(`letter/${category}`, message, { cause });
}
