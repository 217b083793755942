/**
 * The JSON that Transom signs or seals. One text has one meaning for every
 * reader, or none: JSON.parse lets the last of two equal keys win, and keeps
 * half a character that another reader replaces, so that two readers could be
 * shown two different cards under one signature.
 */

/** Json is a value. A number that is not written in plain digits, or is too large, is NaN: no reader takes it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/** How deep values may lie in each other. */
const maxDepth = 16;

/** parseObject reads a text that is one object. It throws a SyntaxError. */
export function parseObject(text: string): JsonObject {
  const parser = new Parser(text);
  parser.space();
  const value = parser.value(0);
  parser.end();
  if (!(value instanceof Map)) throw new SyntaxError("not an object");
  return value;
}

class Parser {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): Json {
    switch (this.text[this.at]) {
      case "{":
        return this.object(depth);
      case "[":
        return this.array(depth);
      case '"':
        return this.string();
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  end(): void {
    if (this.at !== this.text.length) throw this.error();
  }

  /** space skips white space, as it may stand before and after every token. */
  space(): void {
    this.match(/[ \t\n\r]*/y);
  }

  private object(depth: number): JsonObject {
    const members = new Map<string, Json>();
    this.sequence("{", "}", depth, () => {
      const key = this.string();
      if (members.has(key)) throw this.error();
      this.token(":");
      members.set(key, this.value(depth + 1));
    });
    return members;
  }

  private array(depth: number): readonly Json[] {
    const items: Json[] = [];
    this.sequence("[", "]", depth, () => items.push(this.value(depth + 1)));
    return items;
  }

  private sequence(open: string, close: string, depth: number, item: () => void): void {
    if (depth === maxDepth) throw this.error();
    this.token(open);
    if (this.text[this.at] !== close) {
      item();
      while (this.text[this.at] === ",") {
        this.token(",");
        item();
      }
    }
    this.token(close);
  }

  private string(): string {
    const literal = this.match(/"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y);
    this.space();
    const value = JSON.parse(literal) as string;
    if (/\p{Surrogate}/u.test(value)) throw this.error();
    return value;
  }

  private number(): number {
    const literal = this.match(/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y);
    this.space();
    const value = Number(literal);
    return /^[0-9]+$/.test(literal) && Number.isSafeInteger(value) ? value : NaN;
  }

  private word<T extends Json>(word: string, value: T): T {
    this.token(word);
    return value;
  }

  private token(token: string): void {
    if (!this.text.startsWith(token, this.at)) throw this.error();
    this.at += token.length;
    this.space();
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw this.error();
    this.at += found.length;
    return found;
  }

  private error(): SyntaxError {
    return new SyntaxError("not strict JSON");
  }
}

/** A Reader turns a value into what it stands for, or throws a {@link ShapeError}. */
export type Reader<T> = (value: Json) => T;

/** ShapeError is thrown for JSON that is strict, but not of the wanted shape. */
export class ShapeError extends Error {}

type Members<T> = { readonly [K in keyof T]: Reader<T[K]> };

/** object reads exactly these members: none may be missing but the optional ones, and no other may be there. */
export function object<T extends object, O extends object = object>(members: Members<T>, optional: Members<O> = {} as Members<O>): Reader<T & Partial<O>> {
  const size = Object.keys(members).length;
  return (value) => {
    const present = Object.entries(optional).filter(([key]) => value instanceof Map && (value as JsonObject).has(key));
    if (value instanceof Map && value.size !== size + present.length) throw new ShapeError("not only the wanted members");
    return openObject({ ...members, ...(Object.fromEntries(present) as Members<Partial<O>>) } as Members<T & Partial<O>>)(value);
  };
}

/** openObject reads these members and ignores others, as for a server that is newer than the page. */
export function openObject<T extends object>(members: Members<T>): Reader<T> {
  const readers = Object.entries(members) as [string, Reader<unknown>][];
  return (value) => {
    if (!(value instanceof Map)) throw new ShapeError("not an object");
    const object = value as JsonObject;
    const result: Record<string, unknown> = {};
    for (const [key, read] of readers) {
      const member = object.get(key);
      if (member === undefined) throw new ShapeError("a member is missing");
      result[key] = read(member);
    }
    return result as T;
  };
}

/** list reads an array of at most that many items. */
export function list<T>(item: Reader<T>, most: number): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > most) throw new ShapeError("not the wanted list");
    return (value as readonly Json[]).map(item);
  };
}

export const text: Reader<string> = (value) => {
  if (typeof value !== "string") throw new ShapeError("not a text");
  return value;
};

export const flag: Reader<boolean> = (value) => {
  if (typeof value !== "boolean") throw new ShapeError("neither true nor false");
  return value;
};

/** integer reads a whole number from 0 to 2^53 - 1, written in plain digits. */
export const integer: Reader<number> = (value) => {
  if (typeof value !== "number" || Number.isNaN(value)) throw new ShapeError("not an integer");
  return value;
};

/** either reads one of these texts. */
export function either<T extends string>(...choices: readonly T[]): Reader<T> {
  return (value) => {
    const choice = choices.find((c) => c === value);
    if (choice === undefined) throw new ShapeError("none of the choices");
    return choice;
  };
}
