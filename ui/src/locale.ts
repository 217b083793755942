/**
 * Numbers, sizes and dates as the reader is used to them, within the language of the page:
 * an English sentence with a German date in it reads like a mistake.
 */

import { dateOf } from "./days.ts";

/** The language of the words, and the direction they run in. */
export const locale: { language: string; direction: "ltr" | "rtl" } = { language: "en", direction: "ltr" };

/** The reader's own variety of the page's language: 3 May or May 3. */
function region(): string {
  return navigator.languages.find((l) => l.split("-")[0] === locale.language) ?? "en-GB";
}

/**
 * Isolates words that somebody else wrote, so that a title in Arabic or a hostile
 * file name cannot reorder the sentence around it.
 */
export function isolated(words: string): string {
  return `\u2068${words}\u2069`;
}

/** A day as a date; the year only when it is not this one. */
export function date(day: number): string {
  const when = dateOf(day);
  const year = when.getUTCFullYear() === new Date().getUTCFullYear() ? {} : ({ year: "numeric" } as const);
  return new Intl.DateTimeFormat(region(), { day: "numeric", month: "long", ...year, timeZone: "UTC" }).format(when);
}

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/**
 * A size, in units of 1024 as limits are set. What is used is rounded up and what is
 * allowed is rounded down, so that a letter shown as fitting fits.
 */
export function bytes(n: number, round: "ceil" | "floor" = "ceil"): string {
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  const step = unit > 1 ? 10 : 1;
  const format = { style: "unit", unit: units[unit]!, unitDisplay: unit ? "short" : "long", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(region(), format).format(Math[round](n * step) / step).replace(" ", "\u00a0");
}

export function count(n: number): string {
  return new Intl.NumberFormat(region()).format(n);
}

export function plural(n: number, one: string, other: (n: string) => string): string {
  return new Intl.PluralRules(region()).select(n) === "one" ? one : other(count(n));
}
