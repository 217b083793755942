/** What a codename gives: the keys of a thread, by which its sender is known to nobody but the recipient. */

import type { Meta, ReplyTo } from "./meta.ts";
import type { Drop, Letter, Place, SealedLetter } from "./sending.ts";

/** Who can sign as the owner of a mailbox. */
export interface Owner {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 16 bytes. */
  readonly mailbox: Uint8Array;
  sign(label: string, ...parts: readonly Uint8Array[]): Uint8Array;
}

export interface ThreadKeys {
  /** The mailbox for replies. */
  readonly root: Owner;
  /** The age identity that opens replies (AGE-SECRET-KEY-PQ-1…), and the key they are sealed to (age1pq1…). */
  readonly identity: string;
  readonly recipient: string;
  /** 32 bytes, which the recipient gets too: it proves that a letter is of this thread. */
  readonly thread: Uint8Array;
  /** 8 bytes. */
  readonly author: Uint8Array;
  /** With this 32 bytes an envelope can be taken back. Twelve words carry no state, so it is derived. */
  withdrawSecret(envelope: Uint8Array): Uint8Array;
  /** The proof of a copy. Its key is shared with nobody: who has only the thread key must not be able to plant a copy that names another link. */
  copyProof(mailbox: Uint8Array, envelope: Uint8Array): Uint8Array;
  /** The proof of a letter. */
  proof(mailbox: Uint8Array, envelope: Uint8Array): Uint8Array;
  /** What a first letter says about where replies go. */
  replyTo(mailbox: Uint8Array, envelope: Uint8Array): ReplyTo;
  /** Seals the copy of a letter to its own sender. */
  sealCopy(drop: Drop, letter: Letter, meta: Meta, place: Place): Promise<SealedLetter>;
}
