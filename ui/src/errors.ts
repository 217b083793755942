/**
 * Everything that can go wrong, by category. The page branches on the code and
 * has a sentence for each; an error's own text is for whoever reads the console.
 */

export type LinkFault = "checksum" | "prefix" | "length" | "version" | "origin";

export type CardFault =
  | "sealed"
  | "json"
  | "version"
  | "root"
  | "signature"
  | "format"
  | "future"
  | "expired"
  | "epoch";

export type CodenameFault = "word" | "count" | "checksum";

/**
 * What a letter that was received can have wrong with it; and, in one that is
 * being written, `limit` (too many files, or too long a message) and `file` (a
 * file could not be read, or changed while it was read).
 */
export type LetterFault =
  | "tar"
  | "type"
  | "name"
  | "duplicate"
  | "order"
  | "canonical"
  | "trailing"
  | "padding"
  | "json"
  | "version"
  | "kind"
  | "elsewhere"
  | "limit"
  | "proof"
  | "signature"
  | "file";

export type EnvelopeFault = "header" | "class" | "identity" | "damaged";

/**
 * What the server answered: its wire codes, and `answer` for anything that is
 * not what a Transom server says. Its own words are never shown.
 */
export type ServerFault =
  | "bad_request"
  | "unauthorized"
  | "clock"
  | "invitation"
  | "not_found"
  | "method"
  | "conflict"
  | "length"
  | "changed"
  | "too_large"
  | "media_type"
  | "not_sealed"
  | "internal"
  | "busy"
  | "full"
  | "answer";

export type Code =
  | `link/${LinkFault}`
  | `codename/${CodenameFault}`
  | `card/${CardFault}`
  | `letter/${LetterFault}`
  | `envelope/${EnvelopeFault}`
  | `server/${ServerFault}`
  /** The copies in a sender's mailbox name different drops: whoever put one there wants the next letter. */
  | "thread/links"
  /** The connection could not be made, or broke. */
  | "network"
  /** There was no answer, or no progress, for a long time. */
  | "timeout"
  /** The browser has no cryptography here: plain http that is neither loopback nor an onion address. */
  | "insecure";

/**
 * Whether anything of a letter, sealed, may have left this browser. It is
 * "nothing" only where that is certain.
 */
export type Sent = "nothing" | "maybe";

export class TransomError extends Error {
  readonly code: Code;
  readonly sent: Sent;
  /** The underlying error. It can hold a server's words or a file's name: never show it. */
  readonly cause: unknown;

  constructor(code: Code, message: string, options: { cause?: unknown; sent?: Sent } = {}) {
    super(message);
    this.name = "TransomError";
    this.code = code;
    this.sent = options.sent ?? "nothing";
    this.cause = options.cause;
  }
}
