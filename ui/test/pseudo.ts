/**
 * The page's words in a language that runs from right to left and takes a third
 * more room: what a translator would do to the layout, before there is one. Letters become
 * Hebrew ones, what is inserted (sizes, dates, names) stays.
 */

import { locale } from "../src/locale.ts";
import { secondText } from "../src/secondtext.ts";
import { text } from "../src/text.ts";

const letters = "אבגדהוזחטיכלמנסעפצקרשתבגדה";

/** Leaves what a function inserted, between the marks that replace its arguments, as it is. */
export function pseudo(words: string): string {
  const turned = words.replace(/\u2068[^\u2069]*\u2069|[a-z]+/gi, (part) => (part.startsWith("\u2068") ? part : turn(part)));
  return turned;
}

function turn(word: string): string {
  const turned = [...word.toLowerCase()].map((letter) => letters[letter.charCodeAt(0) - 97]).join("");
  return turned + turned.slice(0, Math.round(word.length / 3));
}

type Words = string | ((...given: never[]) => Words) | { [key: string]: Words } | Words[];

function translate<W extends Words>(words: W): W {
  if (typeof words === "string") return pseudo(words) as W;
  if (typeof words === "function") return ((...given: never[]) => translate((words as (...given: never[]) => Words)(...given))) as W;
  if (Array.isArray(words)) return words.map(translate) as W;
  return Object.fromEntries(Object.entries(words).map(([key, each]) => [key, translate(each)])) as W;
}

locale.direction = "rtl";
for (const each of [text, secondText]) Object.assign(each, translate(each as unknown as Words));
