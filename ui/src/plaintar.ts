/**
 * Which headers of a bare letter every program reads alike. Those of the systems
 * that recipients unpack on (GNU tar, bsdtar, Python) disagree about what is
 * refused here, so that a letter would show one thing and unpack as another. All
 * of it is what no program writes.
 */

import type { TarEntry } from "./readtar.ts";
import { blockPadding, blockSize, isZero, latin1 } from "./tar.ts";

/** The most bytes of headers in front of one file: a path, and what systems keep beside a file, fit it many times. */
const mostHeader = 64 * 1024;

/** isPlain takes the headers of an entry without the padding before them, and whether they are the first. */
export function isPlain(entry: TarEntry, headers: Uint8Array, first: boolean): boolean {
  if (headers.length < blockSize || headers.length > mostHeader) return false;
  const extended = headers.subarray(0, -blockSize);
  const block = headers.subarray(-blockSize);
  const size = plainSize(block.subarray(124, 136));
  // Some skip as many bytes after a folder as it says, others none.
  if (size === null || (entry.type === "5" && (size !== 0 || entry.records.has("size")))) return false;
  return isPlainForm(block) && isPlainExtension(extended, block, entry) && (!first || isPlainStart(headers));
}

/** plainSize reads a number as everybody writes it: octal digits, before them spaces at most, behind them spaces and NULs; or GNU tar's binary form. */
function plainSize(field: Uint8Array): number | null {
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : null;
  }
  const digits = /^ *([0-7]+)[ \0]*$/.exec(latin1(field))?.[1];
  return digits === undefined ? null : parseInt(digits, 8);
}

/**
 * isPlainForm takes the block of ustar, of GNU tar, and the old one without a
 * magic number. In others, and where GNU tar keeps times, some programs find the
 * beginning of the path.
 */
function isPlainForm(block: Uint8Array): boolean {
  const magic = latin1(block.subarray(257, 265));
  if (magic.startsWith("ustar\0")) return latin1(block.subarray(508)) !== "tar\0";
  if (magic !== "ustar  \0") return isZero(block.subarray(257, 265)) && isZero(block.subarray(345));
  return [345, 357].every((at) => block[at] === 0 || plainSize(block.subarray(at, at + 12)) !== null);
}

/** isPlainExtension takes nothing in front of a block, or either an extended header or a long name of GNU tar: of several, each program believes another. */
function isPlainExtension(extended: Uint8Array, block: Uint8Array, { records }: TarEntry): boolean {
  if (extended.length === 0) return true;
  const size = plainSize(extended.subarray(124, 136));
  if (block[156] === 0 || size === null || blockSize + size + blockPadding(size) !== extended.length) return false;
  switch (latin1(extended.subarray(156, 157))) {
    case "L":
      return size > 0 && extended[blockSize] !== 0;
    case "x":
      return records.get("path") !== "" && records.get("size") !== "" && ![...records.keys()].some(isOnlySomes);
    default:
      return false;
  }
}

function isOnlySomes(key: string): boolean {
  return key === "SCHILY.realsize" || key.startsWith("GNU.");
}

/**
 * isPlainStart refuses a first block that is at the same time the beginning of
 * something else, which bsdtar would unpack instead. The magic numbers of most
 * formats have a control character or a NUL in them; bzip2, lzip, lrzip, grzip,
 * zstd, rpm and uuencode have none.
 */
function isPlainStart(block: Uint8Array): boolean {
  if (!isZero(block.subarray(157, 257))) return false;
  const name = /^([^\0-\x1f\x7f]*)\0*$/.exec(latin1(block.subarray(0, 100)))?.[1];
  return name !== undefined && !/^(BZh|LZIP|LRZI|GRZip|\(\xb5\/\xfd|\xed\xab\xee\xdb|begin(-base64)? [0-7]{3} )/.test(name);
}
