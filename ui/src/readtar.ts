/** POSIX tar as stock tools write it. Paths are byte strings: see tar.ts. */

import { TransomError } from "./errors.ts";
import { blockPadding, blockSize, checksum, endSize, isZero, latin1 } from "./tar.ts";

/** The largest extended header that is read, as in other programs. */
const largestExtended = 1024 * 1024;

/** An entry of a tar. Nothing in it is to be trusted. */
export interface TarEntry {
  readonly path: string;
  /** The type flag: "0" for a regular file, "5" for a folder. */
  readonly type: string;
  readonly size: number;
  /** Whether it has holes: then what stands in the tar is not what the file is. */
  readonly sparse: boolean;
  /** Everything from the end of the data before to the beginning of this entry's data. */
  readonly header: Uint8Array;
  /** What its extended header says. An empty value takes back what the block says, to some programs. */
  readonly records: Records;
  /** Its data, shorter than size in a tar that is cut short. */
  readonly data: Uint8Array;
}

export type Records = ReadonlyMap<string, string>;

/** TarReader reads the entries of a tar. It throws "letter/tar" for what is malformed or cut short. */
export class TarReader {
  /** Where the data of the last entry ends, and, at the end, where the end blocks do. */
  at = 0;
  /** At the end, what stands between the data of the last entry and the end blocks. */
  lastPadding: Uint8Array = new Uint8Array(0);
  private readonly bytes: Uint8Array;
  private previous: TarEntry | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** next returns the next entry, or null after the end blocks. */
  next(): TarEntry | null {
    if (this.previous !== undefined && this.previous.data.length < this.previous.size) throw malformed();
    let at = this.at + (this.previous === undefined ? 0 : blockPadding(this.previous.size));
    const start = this.at;
    let records: Records = new Map();
    let longName = "";
    for (;;) {
      const header = this.block(at);
      at += blockSize;
      if (isZero(header)) return this.end(start, at);
      const { type, size, path } = parseBlock(header);
      if (type === "x" || type === "L" || type === "K" || type === "g") {
        const content = this.special(at, size);
        at += size + blockPadding(size);
        if (type === "x" || type === "g") records = parseRecords(content);
        if (type === "g") return this.entry(start, at, { path, type, size: 0 }, new Map());
        if (type === "L") longName = cString(content);
        continue;
      }
      return this.entry(start, at, { path: longName || records.get("path") || path, type, size }, records);
    }
  }

  private entry(start: number, at: number, found: { path: string; type: string; size: number }, records: Records): TarEntry {
    const type = found.type === "\0" ? (found.path.endsWith("/") ? "5" : "0") : found.type;
    if ((found.size < 0 && !"123456".includes(found.type)) || ![...records].every(hasNumber)) throw malformed();
    const recorded = decimal(records.get("size") ?? "");
    const size = "123456".includes(type) ? 0 : (recorded ?? found.size);
    const sparse = type === "S" || [...records.keys()].some((key) => key.startsWith("GNU.sparse."));
    this.at = Math.min(at + size, this.bytes.length);
    this.previous = {
      path: found.path,
      type,
      size,
      sparse,
      header: this.bytes.subarray(start, at),
      records,
      data: this.bytes.subarray(at, this.at),
    };
    return this.previous;
  }

  /** end takes two zero blocks right after the data and its padding, and nothing else, for the end. */
  private end(start: number, at: number): null {
    const padding = this.previous === undefined ? 0 : blockPadding(this.previous.size);
    const end = this.bytes.subarray(start + padding, at + blockSize);
    if (end.length !== endSize || !isZero(end)) throw malformed();
    this.lastPadding = this.bytes.subarray(start, start + padding);
    this.at = at + blockSize;
    return null;
  }

  private special(at: number, size: number): string {
    if (size < 0 || size > largestExtended || at + size > this.bytes.length) throw malformed();
    return latin1(this.bytes.subarray(at, at + size));
  }

  private block(at: number): Uint8Array {
    if (at + blockSize > this.bytes.length) throw malformed();
    return this.bytes.subarray(at, at + blockSize);
  }
}

function parseBlock(header: Uint8Array): { path: string; type: string; size: number } {
  const sum = numeric(header.subarray(148, 156));
  if (sum !== checksum(header) && sum !== signedChecksum(header)) throw malformed();
  const magic = latin1(header.subarray(257, 265));
  const posix = magic.startsWith("ustar\0");
  const gnu = magic === "ustar  \0";
  const numbers: [from: number, to: number][] = [[100, 108], [108, 116], [116, 124], [136, 148]];
  if (posix || gnu) numbers.push([329, 337], [337, 345]);
  const star = posix && latin1(header.subarray(508)) === "tar\0";
  if (star) numbers.push([476, 488], [488, 500]);
  for (const [from, to] of numbers) numeric(header.subarray(from, to));
  const size = numeric(header.subarray(124, 136));
  const type = latin1(header.subarray(156, 157));
  if (type === "S" && !gnu) throw malformed();
  const rest = cString(latin1(header.subarray(345, star ? 476 : 500)));
  const prefix = posix || (gnu && /^[\x01-\x7f]*$/.test(rest) && !hasTimes(header)) ? rest : "";
  const path = cString(latin1(header.subarray(0, 100)));
  return { path: prefix === "" ? path : `${prefix}/${path}`, type, size };
}

/** hasTimes tells GNU's two times from the prefix that Go wrote in their place before 2017, and that Go still reads. */
function hasTimes(header: Uint8Array): boolean {
  try {
    for (const field of [header.subarray(345, 357), header.subarray(357, 369)]) if (field[0] !== 0) numeric(field);
    return true;
  } catch {
    return false;
  }
}

/** numeric reads octal digits, or base 256 as GNU tar writes it. */
function numeric(field: Uint8Array): number {
  const [first = 0, ...rest] = field;
  if (first >= 0x80) {
    const negative = first >= 0xc0;
    const value = rest.reduce((sum, byte) => sum * 256 + (negative ? 255 - byte : byte), negative ? 0xff - first : first - 0x80);
    if (value >= 2 ** 63) throw malformed();
    return negative ? -value - 1 : value;
  }
  const digits = cString(latin1(field).replace(/^[ \0]+|[ \0]+$/g, ""));
  if (!/^[0-7]*$/.test(digits)) throw malformed();
  return digits === "" ? 0 : parseInt(digits, 8);
}

function decimal(text: string): number | undefined {
  if (!/^[0-9]{0,15}$/.test(text)) throw malformed();
  return text === "" ? undefined : Number(text);
}

/** parseRecords reads the records of an extended header, of which the last of a key holds. */
function parseRecords(text: string): Records {
  const records = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const length = Number(/^([0-9]{1,9}) /.exec(text.slice(at, at + 10))?.[1] ?? NaN);
    const [record, key, value] = /^[0-9]+ ([^=]+)=([^]*)\n$/.exec(text.slice(at, at + length)) ?? [];
    if (record?.length !== length || key === undefined || value === undefined) throw malformed();
    if (!isRecord(key, value)) throw malformed();
    records.set(key, value);
    at += length;
  }
  return records;
}

function isRecord(key: string, value: string): boolean {
  return !(/^(path|linkpath|uname|gname)$/.test(key) ? value : key).includes("\0");
}

/** hasNumber reports whether a record whose value is a number has one. */
function hasNumber([key, value]: [string, string]): boolean {
  if (/^[ug]id$/.test(key)) return /^([+-]?[0-9]+)?$/.test(value) && fits(value);
  if (/^[acm]time$/.test(key)) return /^([+-]?[0-9]+(\.[0-9]*)?)?$/.test(value) && fits(value.replace(/\..*/, ""));
  return true;
}

/** fits reports whether a whole number has 64 bits, as it does where Go reads it. */
function fits(integer: string): boolean {
  const value = BigInt(integer.replace(/^\+/, ""));
  return BigInt.asIntN(64, value) === value;
}

/** signedChecksum is how old programs counted, by mistake. */
function signedChecksum(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte >= 0x80 ? byte - 0x100 : byte), 0);
}

function cString(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function malformed(): TransomError {
  return new TransomError("letter/tar", "not an intact tar archive");
}
