/**
 * How long a letter is made, so that its size says little. Sizes are numbers up
 * to 2^53: no 32-bit operator may touch them.
 */

/** The smallest size of a letter. */
export const smallestLetter = 32 * 1024;

/**
 * padme returns the Padmé size of length (Nikitin et al., "Reducing Metadata
 * Leakage from Encrypted Files and Communication with PURBs", section 4): at
 * most 12 % longer, and leaking O(log log length) bits.
 */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = log2(length);
  const step = 2 ** (exponent - (log2(exponent) + 1));
  return step <= 1 ? length : Math.ceil(length / step) * step;
}

/** paddedSize returns the size of a letter whose tar, with its end blocks, is length bytes. */
export function paddedSize(length: number): number {
  return Math.max(smallestLetter, padme(length));
}

/** log2 returns the floor of the logarithm. Math.log2 rounds: just below a power of two it can be one too many. */
function log2(n: number): number {
  let exponent = 0;
  let power = 2;
  while (power <= n) {
    power *= 2;
    exponent++;
  }
  return exponent;
}
