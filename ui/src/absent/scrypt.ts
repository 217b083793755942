/**
 * Stands in the page for @noble/hashes/scrypt.js (ui/build/page.go says where).
 * The age library uses it for passphrases. An envelope has none: checkHeader
 * refuses them before the library sees them.
 */

export function scrypt(): never {
  throw new Error("the page has no scrypt");
}
