/** File names: made safe before they go into a letter, and again when they come out of one. */

import { utf8 } from "./bytes.ts";

/** The most bytes of a safe name. File systems take 255; the rest is for what is put before or behind it. */
const longest = 200;

/** How long an extension, with its dot, may be and still survive when a name is cut. */
const longestExtension = 20;

/**
 * safeName returns a name under which an untrusted file can be saved on any
 * system without leaving its folder, hiding, posing as an option, naming a
 * device or looking like something else. Making it safe again changes nothing.
 */
export function safeName(untrusted: string): string {
  let name = wellFormed(untrusted)
    // Control characters, bidi and other invisible format characters, line separators; and what paths and shells give a meaning.
    .replace(
      /[\u{0}-\u{1f}\u{7f}-\u{9f}\u{61c}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}/\\:*?"<>|]/gu,
      "_",
    )
    .replace(/^[.\- ]+/, underscores);
  name = replaceTail(name);
  if (name === "") name = "unnamed";
  // What Windows takes for a device, whatever follows the dot: it passes over spaces, and takes a superscript for a digit.
  if (/^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)/i.test(name)) name = "_" + name;
  return replaceTail(cut(name));
}

/**
 * uniqueNames makes every name safe and different from those before it: the
 * second a.txt becomes a-2.txt. Names that differ in case only count as equal,
 * because some file systems cannot hold both.
 */
export function uniqueNames(untrusted: readonly string[]): string[] {
  const taken = new Set<string>();
  const counted = new Map<string, number>(); // where to go on, or a thousand equal names take a million steps
  return untrusted.map((name) => {
    const safe = safeName(name);
    let unique = safe;
    for (let n = counted.get(fold(safe)) ?? 2; taken.has(fold(unique)); n++) {
      unique = numbered(safe, n);
      counted.set(fold(safe), n + 1);
    }
    taken.add(fold(unique));
    return unique;
  });
}

/** fold makes names equal that are one to some file system: by lower case, as macOS compares, or by upper case, as Windows does (of ς and σ, or ſ and s). */
function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function numbered(name: string, n: number): string {
  const [stem, extension] = split(name);
  const suffix = `-${n}${extension}`;
  return truncate(stem, longest - utf8(suffix).length) + suffix;
}

function cut(name: string): string {
  if (utf8(name).length <= longest) return name;
  const [stem, extension] = split(name);
  return truncate(stem, longest - utf8(extension).length) + extension;
}

/** split parts a name from its extension, which begins with a dot, and is empty when there is none or a long one. */
function split(name: string): [stem: string, extension: string] {
  const dot = name.lastIndexOf(".");
  const extension = dot < 0 ? "" : name.slice(dot);
  if (utf8(extension).length > longestExtension) return [name, ""];
  return [name.slice(0, name.length - extension.length), extension];
}

/** truncate returns as much of text as fits that many bytes without splitting a character. */
function truncate(text: string, bytes: number): string {
  let kept = "";
  let size = 0;
  for (const character of text) {
    size += utf8(character).length;
    if (size > bytes) break;
    kept += character;
  }
  return kept;
}

/** replaceTail takes away the dots and spaces at the end that Windows drops, so that "a.exe. " is not "a.exe" there. */
function replaceTail(name: string): string {
  const kept = name.replace(/[. ]+$/, "");
  return kept + underscores(name.slice(kept.length));
}

function underscores(run: string): string {
  return "_".repeat(run.length);
}

/** wellFormed puts U+FFFD in place of every lone surrogate. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
