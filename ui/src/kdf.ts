/** Keys and signatures: what is derived, hashed and verified, and over which bytes. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32 } from "@scure/base";
import { concat, utf8 } from "./bytes.ts";

const purpose = "transom/v1 ";

/** derive is KDF(ikm, label, context): 32 bytes of HKDF-SHA256. A context that is absent is left out; so is none that is empty. */
export function derive(ikm: Uint8Array, label: string, context?: Uint8Array): Uint8Array {
  const info = context === undefined ? utf8(purpose + label) : labeled(label, context);
  return hkdf(sha256, ikm, undefined, info, 32);
}

/** sealingIdentity writes a 32-byte seed as the age identity it stands for (AGE-SECRET-KEY-PQ-1…). */
export function sealingIdentity(seed: Uint8Array): string {
  return bech32.encodeFromBytes("AGE-SECRET-KEY-PQ-", seed).toUpperCase();
}

/** cardIdentity returns the age identity that opens the card behind a link. */
export function cardIdentity(secret: Uint8Array): string {
  return sealingIdentity(derive(secret, "card key"));
}

/** mailboxID returns the 16 bytes that a public key is known by, and a link pins it with. */
export function mailboxID(publicKey: Uint8Array): Uint8Array {
  return sha256(labeled("mailbox", publicKey)).slice(0, 16);
}

/** hash is SHA-256. */
export function hash(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

/** withdrawHash returns what is deposited with an envelope, so that its sender can erase it with the secret. */
export function withdrawHash(secret: Uint8Array): Uint8Array {
  return sha256(secret);
}

/** mac is HMAC-SHA256 over the label and the parts. Compare two with sameSecret. */
export function mac(key: Uint8Array, label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return hmac(sha256, key, labeled(label, ...parts));
}

/**
 * sameSecret takes as long for values that differ as for equal ones: how far a
 * guess is right must not show in the time.
 */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length === b.length ? 0 : 1;
  for (let i = 0; i < a.length; i++) different |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return different === 0;
}

/** publicKeyOf returns the Ed25519 public key of a 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}

/** sign signs the label and the parts with the key of a 32-byte seed. */
export function sign(seed: Uint8Array, label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return ed25519.sign(labeled(label, ...parts), seed);
}

/**
 * verify reports whether signature is what the key's owner makes over the label
 * and the parts. Anything malformed is simply not valid.
 *
 * Implementations of Ed25519 disagree about keys and signatures with a
 * component of small order, and about second spellings of a point: noble's
 * equation ignores the component, Go's does not, and Go takes keys that noble
 * refuses. So this demands both of key and signature, one spelling (zip215:
 * false) and no such component. Every key and signature made by RFC 8032 passes;
 * nothing passes that Go, or anybody else, would refuse.
 */
export function verify(publicKey: Uint8Array, label: string, signature: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (!ed25519.verify(signature, labeled(label, ...parts), publicKey, { zip215: false })) return false;
  return isTorsionFree(publicKey) && isTorsionFree(signature.subarray(0, 32));
}

function isTorsionFree(point: Uint8Array): boolean {
  return ed25519.Point.fromBytes(point, false).isTorsionFree();
}

/** labeled returns the bytes that are hashed or signed for one purpose: no other purpose begins with them. */
function labeled(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(utf8(purpose + label), Uint8Array.of(0), ...parts);
}
