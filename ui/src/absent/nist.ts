/**
 * Stands in the page for @noble/curves/nist.js (ui/build/page.go says where).
 * The age library uses the NIST curves for keys of hardware tokens (age1tag…),
 * which the page never seals to: isSealingKey takes age1pq… only. Without them
 * the page is an eighth lighter and begins sooner. Their sizes are here because
 * the library asks for them while it is loaded; everything else throws.
 */

function absent(): never {
  throw new Error("the page has no NIST curves");
}

function curve(scalar: number, seed: number): object {
  return {
    lengths: { secretKey: scalar, publicKey: scalar + 1, publicKeyUncompressed: 2 * scalar + 1, seed },
    Point: { Fn: { fromBytes: absent }, fromBytes: absent },
    utils: { randomSecretKey: absent },
    keygen: absent,
    getPublicKey: absent,
    getSharedSecret: absent,
  };
}

export const p256 = curve(32, 48);
export const p384 = curve(48, 72);
