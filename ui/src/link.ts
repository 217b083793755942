/**
 * Links: https://host/#drop1…. What stands after the # is the link code. It
 * goes to no server, opens the card, and pins the key that the card is signed
 * with.
 */

import { bech32m } from "@scure/base";
import { concat } from "./bytes.ts";
import { type LinkFault, TransomError } from "./errors.ts";

export interface Link {
  /** The server, as a browser writes an origin. Absent when only the code was given. */
  readonly origin?: string;
  /** 16 bytes, of which the card's key is made. */
  readonly secret: Uint8Array;
  /** 16 bytes: the mailbox ID, a hash of the root key. */
  readonly mailbox: Uint8Array;
}

const prefix = "drop";
const version = 1;

/**
 * parseLink reads what a person pasted: a link or a code, with white space
 * around it. Codes "link/checksum", "link/prefix", "link/length",
 * "link/version" and, when the code is good, "link/origin".
 */
export function parseLink(text: string): Link {
  // Text from other systems has a byte order mark or a next line (U+0085) around it.
  const trimmed = text.replace(/^[\s\x85]+|[\s\x85]+$/g, "");
  const hash = trimmed.indexOf("#");
  if (hash < 0) return parseCode(trimmed);
  const code = parseCode(trimmed.slice(hash + 1));
  return { origin: parseOrigin(trimmed.slice(0, hash)), ...code };
}

/** formatCode writes the 64 characters of a link code. */
export function formatCode(link: Link): string {
  return bech32m.encodeFromBytes(prefix, concat(Uint8Array.of(version), link.secret, link.mailbox));
}

/** formatLink writes the link, or the code alone if there is no origin. */
export function formatLink(link: Link): string {
  return (link.origin === undefined ? "" : link.origin + "/#") + formatCode(link);
}

function parseCode(text: string): Link {
  const { prefix: found, bytes } = decodeBech32m(text);
  if (found !== prefix) throw fault("prefix");
  if (bytes.length !== 1 + 16 + 16) throw fault("length");
  if (bytes[0] !== version) throw fault("version");
  return { secret: bytes.slice(1, 17), mailbox: bytes.slice(17) };
}

function decodeBech32m(text: string): { prefix: string; bytes: Uint8Array } {
  // The library folds case by Unicode, where the Kelvin sign is a k.
  if (!/^[\x21-\x7e]*$/.test(text)) throw fault("checksum");
  try {
    const { prefix: found, words } = bech32m.decode(text as `${string}1${string}`);
    return { prefix: found, bytes: bech32m.fromWords(words) };
  } catch (cause) {
    throw fault("checksum", cause);
  }
}

/**
 * parseOrigin returns a server's address as a browser writes an origin. Plain
 * http is for loopback and onion services only: elsewhere the page itself could
 * be changed on its way. Code "link/origin".
 */
export function parseOrigin(text: string): string {
  const parts = /^(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[1-9][0-9]{0,4})?\/?$/.exec(text.toLowerCase());
  const host = parts?.[2];
  if (host === undefined || /[^\x21-\x7e]/.test(text)) throw fault("origin");
  const url = parseURL(text);
  // The browser's parser rewrites numbers into addresses (127.1): whoever reads
  // such a link sees another host than the one that is asked.
  if (url.hostname !== host || !isHost(host)) throw fault("origin");
  if (url.protocol !== "https:" && !mayBePlain(host)) throw fault("origin");
  return url.origin;
}

function parseURL(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw fault("origin", cause);
  }
}

function isHost(host: string): boolean {
  const labels = host.split(".");
  const number = /^[0-9]/.test(labels[labels.length - 1] ?? "");
  return host.length <= 253 && !labels.includes("") && (!number || /^[0-9]+(\.[0-9]+){3}$/.test(host));
}

function mayBePlain(host: string): boolean {
  if (host === "[::1]" || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(host)) return true;
  return host === "localhost" || host.endsWith(".localhost") || host.endsWith(".onion");
}

function fault(category: LinkFault, cause?: unknown): TransomError {
  return new TransomError(`link/${category}`, "couldn't read the link", { cause });
}
