/** The card's questions as fields: lines to write on, choices, and scales from 1 to 5. */

import { utf8 } from "./bytes.ts";
import type { Question } from "./card.ts";
import { element, unkept } from "./dom.ts";
import { text } from "./text.ts";

/** The most bytes of one answer. */
const longestAnswer = 10_000;

export interface Questions {
  /** Empty when nothing is asked. */
  readonly nodes: Node[];
  /** What was answered, by the id of the question. */
  answers(): Map<string, string>;
  /** The first thing that keeps the answers from being sent, and the field to mend it in. */
  complaint(): { words: string; field: HTMLElement } | undefined;
  freeze(frozen: boolean): void;
  wipe(): void;
}

interface Asked {
  readonly view: HTMLElement;
  readonly field: HTMLElement;
  value(): string;
  freeze(frozen: boolean): void;
  wipe(): void;
}

export function questionsView(questions: readonly Question[], lang: string, changed: () => void): Questions {
  const asked = questions.map((question, i) => (question.kind === "text" ? lines : choices)(question, `question-${i}`, lang));
  const views = asked.map(({ view }) => view);
  for (const view of views) view.addEventListener("input", changed);
  return {
    nodes: views.length ? [element("section", { class: "questions" }, element("h2", {}, text.questionsTitle), ...views)] : [],
    answers: () => new Map(asked.flatMap((each, i): [string, string][] => (each.value() ? [[questions[i]!.id, each.value()]] : []))),
    complaint() {
      for (const [i, { label, required }] of questions.entries()) {
        const { field, value } = asked[i]!;
        if (required && !value()) return { words: text.questionMissing(label), field };
        const size = utf8(value()).length;
        if (size > longestAnswer) return { words: text.answerTooLong(label, size, longestAnswer), field };
      }
      return undefined;
    },
    freeze: (frozen) => asked.forEach((each) => each.freeze(frozen)),
    wipe: () => asked.forEach((each) => each.wipe()),
  };
}

function hint({ kind, required }: Question, id: string): HTMLElement {
  const words = required ? text.questionNeeded : kind === "text" ? text.questionOptional : "";
  return element("p", { id: `${id}-hint`, class: "small" }, kind === "scale" ? `${text.questionScale} ${words}`.trim() : words);
}

function lines(question: Question, id: string, lang: string): Asked {
  const field = element("textarea", { ...unkept, id, class: "answer", rows: 2, "aria-describedby": `${id}-hint` });
  const view = element(
    "div",
    { class: "question" },
    element("label", { for: id, dir: "auto", lang }, question.label),
    hint(question, id),
    field,
  );
  return {
    view,
    field,
    value: () => (field.value.trim() ? field.value : ""),
    freeze: (frozen) => void (field.readOnly = frozen),
    wipe: () => void (field.value = ""),
  };
}

/** What need not be answered can be left out again: a radio button alone cannot be taken back. */
function choices(question: Question, id: string, lang: string): Asked {
  const offered = question.kind === "scale" ? ["1", "2", "3", "4", "5"] : question.choices;
  const radios = offered.map((value) => element("input", { type: "radio", name: id, value, autocomplete: "off" }));
  const none = element("input", { type: "radio", name: id, value: "", autocomplete: "off", checked: true });
  const option = (radio: HTMLElement, words: string, theirs: boolean): HTMLElement =>
    element("label", theirs ? { class: "option", dir: "auto", lang } : { class: "option" }, radio, element("span", {}, words));
  const options = radios.map((radio, i) => option(radio, offered[i]!, true));
  const view = element(
    "fieldset",
    { class: question.kind === "scale" ? "question scale" : "question", "aria-describedby": `${id}-hint` },
    element("legend", { dir: "auto", lang }, question.label),
    hint(question, id),
    element("div", { class: "options" }, ...options, ...(question.required ? [] : [option(none, text.questionNone, false)])),
  );
  const all = [...radios, none];
  return {
    view,
    field: radios[0] ?? none,
    value: () => radios.find(({ checked }) => checked)?.value ?? "",
    freeze: (frozen) => all.forEach((radio) => void (radio.disabled = frozen)),
    wipe: () => all.forEach((radio) => void (radio.checked = radio === none)),
  };
}
