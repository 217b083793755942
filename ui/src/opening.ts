/**
 * What lies in a mailbox for replies, opened. Anybody can put something there: nothing is taken for
 * what it says before it is proved to be by the sender, or by somebody who knows the thread.
 */

import { equal } from "./bytes.ts";
import { openEnvelope } from "./envelope.ts";
import { TransomError } from "./errors.ts";
import { checkPlace, type Meta } from "./meta.ts";
import { uniqueNames } from "./names.ts";
import type { Listed } from "./owner.ts";
import { checkProof } from "./readmeta.ts";
import { readLetter } from "./readletter.ts";
import type { ThreadKeys } from "./threadkeys.ts";

/** A letter of the thread. A reply or receipt is not yet known to be the recipient's: see checkSignature. */
export interface Opened {
  readonly listed: Pick<Listed, "envelope" | "id" | "day" | "expires">;
  readonly meta: Meta;
  readonly day: number;
  /** Text of whoever wrote it: what is not UTF-8 is U+FFFD. */
  readonly untrustedMessage: string;
  readonly files: readonly ReplyFile[];
}

export interface ReplyFile {
  /** Made safe, and different from the others of the letter. */
  readonly untrustedName: string;
  readonly size: number;
  /** Of no type that a browser shows. */
  readonly blob: Blob;
}

/** open opens an envelope: null for whatever is not genuine. */
export async function open(sealed: Uint8Array, listed: Listed, keys: ThreadKeys): Promise<Opened | null> {
  try {
    const { plaintext } = await openEnvelope(sealed, [keys.identity]);
    const { meta, message, files } = readLetter(plaintext);
    if (meta === undefined) return null;
    checkPlace(meta, keys.root.mailbox, listed.envelope);
    if (!isOfThread(meta, keys)) return null;
    const names = uniqueNames(files.map(({ untrustedName }) => untrustedName));
    return {
      listed,
      meta,
      day: listed.day,
      untrustedMessage: new TextDecoder("utf-8", { ignoreBOM: true }).decode(message),
      files: files.map(({ data }, i) => fileOf(names[i]!, data)),
    };
  } catch (error) {
    if (error instanceof TransomError) return null;
    throw error;
  }
}

/** fileOf copies the data: what it came with is dropped with the envelope. */
function fileOf(untrustedName: string, data: Uint8Array): ReplyFile {
  return { untrustedName, size: data.length, blob: new Blob([new Uint8Array(data)], { type: "application/octet-stream" }) };
}

/** isOfThread checks the proof. First and next letters are written to a drop: here they can only have been put by somebody else. */
function isOfThread(meta: Meta, keys: ThreadKeys): boolean {
  if (!["copy", "reply", "receipt"].includes(meta.kind)) return false;
  checkProof(meta, keys);
  return equal(meta.author, keys.author) === (meta.kind === "copy");
}
