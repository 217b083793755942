/**
 * POSIX tar (IEEE Std 1003.1, pax): the one form in which a letter has an entry.
 * What stock tools write is read in readtar.ts.
 *
 * Paths are byte strings: each character is one byte. Names that are not UTF-8
 * stay different from each other that way.
 */

import { concat, utf8 } from "./bytes.ts";

export const blockSize = 512;

/** The two zero blocks that end a tar. */
export const endSize = 2 * blockSize;

/** The largest size that fits a header without an extended one: eleven octal digits. */
const largestOctal = 8 ** 11 - 1;

/** blockPadding returns how many zeros follow that many bytes of data. */
export function blockPadding(size: number): number {
  const rest = size % blockSize;
  return rest === 0 ? 0 : blockSize - rest;
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** toByteString spells text as the bytes of its UTF-8. */
export function toByteString(text: string): string {
  return latin1(utf8(text));
}

/** fromByteString returns the bytes. */
export function fromByteString(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * canonicalHeader returns the one header (a block, or an extended header and a
 * block) under which a letter holds a file. It is what Go's archive/tar writes
 * when it is told nothing but the path and the size: no owner, and no time.
 */
export function canonicalHeader(path: string, size: number): Uint8Array {
  const slash = path.lastIndexOf("/");
  const ascii = path.replace(/[^\x01-\x7f]/g, "");
  const fits = ascii === path && path.length <= 100;
  const splits = ascii === path && slash > 0 && slash <= 155 && path.length - slash - 1 <= 100;
  if (size <= largestOctal && fits) return block({ path, size });
  if (size <= largestOctal && splits) return block({ prefix: path.slice(0, slash), path: path.slice(slash + 1), size });

  const records = (fits ? "" : paxRecord("path", path)) + (size > largestOctal ? paxRecord("size", String(size)) : "");
  const extended = ascii.slice(0, ascii.lastIndexOf("/") + 1) + "PaxHeaders.0/" + ascii.slice(ascii.lastIndexOf("/") + 1);
  return concat(
    block({ path: extended.slice(0, 100).replace(/\/+$/, ""), size: records.length, extended: true }),
    fromByteString(records),
    new Uint8Array(blockPadding(records.length)),
    block({ path: ascii.slice(0, 100), size: size > largestOctal ? 0 : size }),
  );
}

/** block writes one header block. */
function block(header: { path: string; prefix?: string; size: number; extended?: boolean }): Uint8Array {
  const extended = header.extended === true;
  const fields: [at: number, value: string][] = [
    [0, header.path],
    [100, extended ? "0000000" : "0000644"],
    [108, "0000000"],
    [116, "0000000"],
    [124, header.size.toString(8).padStart(11, "0")],
    [136, "00000000000"],
    [148, "        "],
    [156, extended ? "x" : "0"],
    [257, "ustar\0" + "00"],
    [345, header.prefix ?? ""],
  ];
  if (!extended) fields.push([329, "0000000"], [337, "0000000"]);
  const bytes = new Uint8Array(blockSize);
  for (const [at, value] of fields) bytes.set(fromByteString(value), at);
  bytes.set(utf8(checksum(bytes).toString(8).padStart(6, "0") + "\0 "), 148);
  return bytes;
}

/** paxRecord writes "<length> <key>=<value>\n". The length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length++;
  return `${length}${rest}`;
}

/** checksum is that of a header block, with spaces in its own place. */
export function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** latin1 spells bytes as the characters of the same numbers. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
