/** The one source of random bytes, and the check that there is one. */

import { TransomError } from "./errors.ts";

/**
 * requireSecureContext throws "insecure" where the browser withholds its
 * cryptography (plain http that is neither loopback nor an onion address).
 * There a page can have been changed on its way, so there is nothing to fall
 * back to: it is called before anything is fetched.
 */
export function requireSecureContext(): void {
  const secure: boolean | undefined = globalThis.isSecureContext;
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (secure === false || subtle === undefined) {
    throw new TransomError("insecure", "this is no secure context");
  }
}

/** randomBytes draws from the browser's generator, and throws if there is none. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
