/**
 * Reading a letter. Nothing of one is handed out before it has been read to the
 * very end: other programs read on behind the end of a tar, or unpack the second
 * of two equal names.
 */

import { equal, fromUTF8 } from "./bytes.ts";
import { type LetterFault, TransomError } from "./errors.ts";
import { filesFolder, largestMessage, messagePath, metaPath, mostFiles } from "./letter.ts";
import { largestCopyMeta, mayHaveFiles, mayHaveText, type Meta } from "./meta.ts";
import { parseMeta } from "./readmeta.ts";
import { paddedSize } from "./padding.ts";
import { isPlain } from "./plaintar.ts";
import { type TarEntry, TarReader } from "./readtar.ts";
import { blockPadding, canonicalHeader, fromByteString, isZero } from "./tar.ts";

/** The longest path in bytes, as on the systems that tars come from. */
const longestPath = 4096;

export interface Letter {
  /** Absent from a bare letter: one that was made with stock tools, proves nothing about where it was meant to go, and belongs to no thread. */
  readonly meta?: Meta;
  /** The bytes of message.txt. A bare letter need not have one. */
  readonly message?: Uint8Array;
  readonly files: readonly ReceivedFile[];
}

export interface ReceivedFile {
  /** The path without files/. Only in a bare letter it may have slashes. Save it under safeName, and escape it where it is shown. */
  readonly untrustedName: string;
  readonly data: Uint8Array;
}

/** readLetter reads a whole letter. "letter/…" for the first thing that is wrong with it. */
export function readLetter(letter: Uint8Array): Letter {
  const tar = new TarReader(letter);
  const reading = new Reading();
  for (let entry = tar.next(); entry !== null; entry = tar.next()) reading.add(entry);
  const end = tar.at;
  reading.end(tar.lastPadding);
  if (!isZero(letter.subarray(end))) throw fault("trailing");
  if (!reading.bare && letter.length !== paddedSize(end)) throw fault("padding");
  return reading.letter();
}

class Reading {
  bare = false;
  private meta: Meta | undefined;
  private message: Uint8Array | undefined;
  private readonly files: ReceivedFile[] = [];
  private readonly paths = new Set<string>();
  private padding: Uint8Array = new Uint8Array(0);
  private started = false;

  /** add takes the next entry. Its data may be cut short: the tar's reader tells when it goes on. */
  add(entry: TarEntry): void {
    const path = this.check(entry);
    if (this.bare ? !this.isPlain(entry) : path !== null && !this.isCanonical(path, entry)) throw fault("canonical");
    this.padding = new Uint8Array(0);
    if (path === null) return;
    this.padding = new Uint8Array(blockPadding(entry.size));
    this.paths.add(path);
    if (path === metaPath) this.meta = readMeta(entry);
    else if (path === messagePath) this.message = readMessage(entry, this.meta);
    else this.addFile(path, entry);
  }

  end(lastPadding: Uint8Array): void {
    if (this.paths.size === 0) throw fault("tar");
    if (!this.bare && !isZero(lastPadding)) throw fault("canonical");
    if (!this.bare && this.paths.size === 1) throw fault("order");
  }

  letter(): Letter {
    return {
      ...(this.meta === undefined ? {} : { meta: this.meta }),
      ...(this.message === undefined ? {} : { message: this.message }),
      files: this.files,
    };
  }

  /** check returns the entry's path if it may stand where it stands, and null for a folder that is passed over. */
  private check(entry: TarEntry): string | null {
    const path = cleanPath(entry.path);
    if (this.paths.size === 0 && !this.bare) this.bare = path !== metaPath;
    const folder = this.bare && entry.type === "5";
    if ((entry.type !== "0" && !folder) || entry.sparse) throw fault("type");
    if (path instanceof TransomError) throw path;
    if (!folder && (path === "." || /\/\.?$/.test(entry.path))) throw fault("name");
    if (this.paths.has(path) || (this.bare && this.isBlocked(path, folder))) throw fault("duplicate");
    if (folder) return null;
    if (this.bare && path === metaPath) throw fault("order");
    if (!this.bare) this.checkTurn(path);
    return path;
  }

  /** isBlocked reports whether a path leads through what is a file already, or is a folder of one: one program puts the one in the place of the other, another has no room for it. */
  private isBlocked(path: string, folder: boolean): boolean {
    return [...this.paths].some((file) => path.startsWith(file + "/") || (!folder && file.startsWith(path + "/")));
  }

  /** checkTurn checks a path of a letter that is not bare. */
  private checkTurn(path: string): void {
    if (this.paths.size === 0) return; // it is letter.json, or the letter would be bare
    if (this.paths.size === 1) {
      if (path !== messagePath) throw fault("order");
      return;
    }
    const file = path.slice(filesFolder.length);
    if (!path.startsWith(filesFolder) || file.includes("/") || toText(file) === null) throw fault("name");
  }

  /** isCanonical compares the header, and the padding before it, with what a writer would have written. */
  private isCanonical(path: string, entry: TarEntry): boolean {
    const { length } = this.padding;
    return (
      equal(entry.header.subarray(0, length), this.padding) &&
      equal(entry.header.subarray(length), canonicalHeader(path, entry.size))
    );
  }

  /** isPlain looks at the headers of a bare letter's entry. */
  private isPlain(entry: TarEntry): boolean {
    const first = !this.started;
    this.started = true;
    return isPlain(entry, entry.header.subarray(this.padding.length), first);
  }

  private addFile(path: string, entry: TarEntry): void {
    if (this.files.length === mostFiles || (this.meta && !mayHaveFiles(this.meta))) throw fault("limit");
    const name = path.startsWith(filesFolder) ? path.slice(filesFolder.length) : path;
    this.files.push({ untrustedName: toText(name) ?? toAnyText(name), data: entry.data });
  }
}

function readMeta(entry: TarEntry): Meta {
  if (entry.size > largestCopyMeta) throw fault("limit");
  if (entry.data.length < entry.size) throw fault("tar");
  let text: string;
  try {
    text = fromUTF8(entry.data);
  } catch (cause) {
    throw fault("json", cause);
  }
  return parseMeta(text);
}

function readMessage(entry: TarEntry, meta: Meta | undefined): Uint8Array {
  if (entry.size > (meta && !mayHaveText(meta) ? 0 : largestMessage)) throw fault("limit");
  return entry.data;
}

/**
 * cleanPath returns the one spelling of an untrusted path: relative, without "."
 * and doubled slashes; "." for the folder itself. Backslashes and drive letters
 * count as what they are on Windows. It returns the error, because that comes
 * after the entry's type.
 */
function cleanPath(untrusted: string): string | TransomError {
  if (untrusted.length > longestPath) return fault("limit");
  const slashed = untrusted.replace(/\\/g, "/");
  if (slashed === "" || /^([^]:)?\/|^[A-Za-z]:/.test(slashed) || slashed.includes("\0") || slashed.split("/").includes("..")) {
    return fault("name");
  }
  const segments = untrusted.split("/").filter((segment) => segment !== "" && segment !== ".");
  return segments.length === 0 ? "." : segments.join("/");
}

/** toText decodes the bytes of a name: null for what is not UTF-8. */
function toText(name: string): string | null {
  try {
    return fromUTF8(fromByteString(name));
  } catch {
    return null;
  }
}

/** toAnyText puts U+FFFD in place of every byte that is not part of a character. */
function toAnyText(name: string): string {
  let text = "";
  for (let at = 0; at < name.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= name.length && toText(name.slice(at, at + n)) !== null);
    text += length === undefined ? "\ufffd" : (toText(name.slice(at, at + length)) ?? "");
    at += length ?? 1;
  }
  return text;
}

function fault(category: LetterFault, cause?: unknown): TransomError {
  return new TransomError(`letter/${category}`, "couldn't read the letter", { cause });
}
