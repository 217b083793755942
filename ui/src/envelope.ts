/**
 * Envelopes: plain age v1 files of letters, so that stock age opens them too.
 * This seals to hybrid keys only, and opens what is sealed to keys of one class.
 */

import { bech32 } from "@scure/base";
import { Decrypter, Encrypter } from "age-encryption";
import { checkHeader, headerSize, mostStanzas } from "./ageheader.ts";
import { concat } from "./bytes.ts";
import { type EnvelopeFault, TransomError } from "./errors.ts";
import { pause } from "./pause.ts";

/** How many bytes are sealed or opened in one go; then the page may answer. Without a JIT this takes about a sixth of a second. */
const stride = 256 * 1024;

/** How many characters a hybrid key has. */
export const sealingKeyLength = 1959;

const chunkSize = 64 * 1024;
const nonceSize = 16;
const tagSize = 16;

/**
 * sealEnvelope seals what source yields to every one of the keys (age1pq1…, 1
 * to 32 of them). It tells onProgress how many bytes it has sealed so far.
 * "envelope/class" for any other key: beside a classic stanza hybrid ones are
 * worth nothing. An error of source is thrown as it is.
 */
export async function sealEnvelope(
  keys: readonly string[],
  source: AsyncIterable<Uint8Array>,
  onProgress: (bytes: number) => void = () => {},
): Promise<Blob> {
  if (keys.length < 1 || keys.length > mostStanzas || !keys.every(isSealingKey)) {
    throw fault("class", "couldn't seal to these keys");
  }
  const encrypter = new Encrypter();
  for (const key of keys) encrypter.addRecipient(key);
  const sealed = await encrypter.encrypt(toStream(source, onProgress));
  return new Blob(await collect(sealed), { type: "application/octet-stream" });
}

/** sealedSize returns the exact size of an envelope of that many bytes sealed to so many keys. */
export function sealedSize(keys: number, bytes: number): number {
  const chunks = Math.max(1, Math.ceil(bytes / chunkSize));
  return headerSize(keys) + nonceSize + bytes + chunks * tagSize;
}

export interface Opened {
  /** What opens this envelope again, once the identity is gone. As secret as the letter. */
  readonly fileKey: Uint8Array;
  readonly plaintext: Uint8Array;
}

/**
 * openEnvelope opens an envelope with the first of the identities
 * (AGE-SECRET-KEY-…) that fits, and returns nothing before the very end is
 * authentic. "envelope/header", "envelope/class", "envelope/identity",
 * "envelope/damaged".
 */
export async function openEnvelope(envelope: Uint8Array, identities: readonly string[]): Promise<Opened> {
  const header = envelope.subarray(0, checkHeader(envelope).length);
  const fileKey = await openHeader(header, identities);
  const decrypter = new Decrypter();
  decrypter.addIdentity({ unwrapFileKey: () => fileKey });
  try {
    const opened = await decrypter.decrypt(toStream(pieces(envelope)));
    return { fileKey, plaintext: concat(...(await collect(opened))) };
  } catch (cause) {
    throw fault("damaged", "the envelope is damaged or cut short", cause);
  }
}

/** openHeader returns the file key. Only a header whose MAC is right gets that far. */
async function openHeader(header: Uint8Array, identities: readonly string[]): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  let unmatched = false;
  decrypter.addIdentity({
    // Asked last, so only when no other identity fits.
    unwrapFileKey: () => {
      unmatched = true;
      return null;
    },
  });
  try {
    return await decrypter.decryptHeader(header);
  } catch (cause) {
    if (unmatched) throw fault("identity", "not sealed to any of these keys", cause);
    throw fault("header", "the header was changed", cause);
  }
}

/**
 * isSealingKey reports whether text is a hybrid age key that can be sealed to:
 * 768 coefficients of ML-KEM-768 below its modulus, 32 bytes of seed, and an
 * X25519 key.
 */
export function isSealingKey(text: string): boolean {
  if (!/^age1pq1[\x21-\x7e]+$/.test(text)) return false;
  try {
    const { prefix, words } = bech32.decode(text as `${string}1${string}`, false);
    const key = bech32.fromWords(words);
    return prefix === "age1pq" && key.length === 1184 + 32 && hasReducedCoefficients(key.subarray(0, 1152));
  } catch {
    return false;
  }
}

/** hasReducedCoefficients is the "modulus check" of FIPS 203, section 7.2, on coefficients of 12 bits. */
function hasReducedCoefficients(packed: Uint8Array): boolean {
  for (let i = 0; i < packed.length; i += 3) {
    const [a = 0, b = 0, c = 0] = packed.subarray(i, i + 3);
    if (a + (b % 16) * 256 >= 3329 || Math.floor(b / 16) + c * 16 >= 3329) return false;
  }
  return true;
}

/** toStream yields pieces of at most a chunk, and a pause after every stride. */
function toStream(source: AsyncIterable<Uint8Array>, onProgress: (bytes: number) => void = () => {}): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let total = 0;
  let paused = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      // A pull that yields nothing is not followed by another one.
      let next = await iterator.next();
      while (next.done !== true && next.value.length === 0) next = await iterator.next();
      if (next.done === true) {
        controller.close();
        return;
      }
      for (let at = 0; at < next.value.length; at += chunkSize) {
        controller.enqueue(next.value.subarray(at, at + chunkSize));
      }
      total += next.value.length;
      if (total - paused >= stride) {
        paused = total;
        await pause();
      }
      onProgress(total);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += stride) yield bytes.subarray(at, at + stride);
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>[]> {
  const reader = stream.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts;
    parts.push(new Uint8Array(value));
  }
}

function fault(category: EnvelopeFault, message: string, cause?: unknown): TransomError {
  return new TransomError(`envelope/${category}`, message, { cause });
}
