/**
 * The page's half of ui/differential_test.go: says of what it is sent whether the
 * page takes it, and what the page takes it for.
 */

import { createInterface } from "node:readline";
import { checkHeader } from "../src/ageheader.ts";
import { type Card, openCard } from "../src/card.ts";
import { fromUTF8 } from "../src/bytes.ts";
import { CodenameError, parseCodename } from "../src/codename.ts";
import { TransomError } from "../src/errors.ts";
import { formatLink, parseLink } from "../src/link.ts";
import { encodeMeta } from "../src/meta.ts";
import { safeName } from "../src/names.ts";
import { missing, order, summary } from "../src/order.ts";
import { readLetter } from "../src/readletter.ts";
import { parseMeta } from "../src/readmeta.ts";

interface Request {
  readonly op: string;
  readonly text: string;
  readonly texts: readonly string[] | null;
  readonly number: number;
  readonly bytes: string;
  readonly files: readonly string[];
}

const decode = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64"));
const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

const judges: Record<string, (request: Request) => unknown> = {
  link: ({ text }) => formatLink(parseLink(text)),
  name: ({ text }) => safeName(text),
  header: ({ bytes }) => checkHeader(decode(bytes)),
  card: async ({ text, bytes }) => describeCard(await openCard(decode(bytes), parseLink(text))),
  codename: ({ text }) => judgeCodename(text),
  order: ({ texts, bytes, number, files: [numbers = ""] }) => {
    const days = decode(bytes);
    const letters = (texts ?? []).map((text, i) => ({ meta: parseMeta(text), day: days[i]! }));
    const seqs = [...decode(numbers)];
    return { order: order(letters).map((each) => letters.indexOf(each)), ...summary(seqs), missing: missing(seqs, number) };
  },
  letter: ({ bytes }) => {
    const { meta, message, files } = readLetter(decode(bytes));
    return {
      meta: meta === undefined ? "bare" : (JSON.parse(fromUTF8(encodeMeta(meta))) as unknown),
      message: message === undefined ? "none" : encode(message),
      files: files.map(({ untrustedName, data }) => `${untrustedName} ${encode(data)}`),
    };
  },
};

function judgeCodename(text: string): unknown {
  try {
    return parseCodename(text).words.join(" ");
  } catch (error) {
    if (!(error instanceof CodenameError) || error.code !== "codename/word") throw error;
    const { position, untrustedToken: token, suggestions } = error;
    return { position, token, suggestions };
  }
}

function describeCard(card: Card): unknown {
  return { ...card, root: encode(card.root), desks: card.desks.map(encode) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  const judge = judges[request.op];
  if (judge === undefined) throw new Error(`unknown: ${request.op}`);
  let answer: unknown;
  try {
    answer = { value: await judge(request) };
  } catch (error) {
    if (!(error instanceof TransomError)) throw error;
    answer = { code: error.code };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
