/**
 * Bytes and their spellings. Every decoder takes one spelling only: two
 * spellings of one value are a way around whatever compares them.
 */

import { base32nopad, base64urlnopad } from "@scure/base";

/** utf8 encodes text. A lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** fromUTF8 decodes strictly: it throws on malformed bytes, and keeps a byte order mark. */
export function fromUTF8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** equal compares values that are no secrets: it takes as long as they agree. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** toBase64url writes unpadded base64url (RFC 4648, section 5). */
export function toBase64url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes);
}

/** fromBase64url reads its one canonical form, and throws otherwise. */
export function fromBase64url(text: string): Uint8Array {
  return base64urlnopad.decode(text);
}

/** toBase32 writes lower-case unpadded base32 (RFC 4648, section 6), as IDs have it in URLs. */
export function toBase32(bytes: Uint8Array): string {
  return base32nopad.encode(bytes).toLowerCase();
}

/** fromBase32 reads its one canonical form, and throws otherwise. */
export function fromBase32(text: string): Uint8Array {
  if (!/^[a-z2-7]*$/.test(text)) throw new Error("not base32 as IDs have it");
  return base32nopad.decode(text.toUpperCase());
}
