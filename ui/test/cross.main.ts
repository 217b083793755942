/**
 * The page's half of ui/cross_test.go: reads a request as a line of JSON, does
 * with the page's code what it asks for, and answers with a line. Bytes are
 * base64 both ways.
 */

import { createInterface } from "node:readline";
import { currentEpoch, openCard } from "../src/card.ts";
import { openEnvelope, sealEnvelope, sealedSize } from "../src/envelope.ts";
import { TransomError } from "../src/errors.ts";
import { letterSize, writeLetter } from "../src/letter.ts";
import { parseLink } from "../src/link.ts";
import type { Meta } from "../src/meta.ts";
import { safeName, uniqueNames } from "../src/names.ts";
import { paddedSize } from "../src/padding.ts";
import { type Letter, readLetter } from "../src/readletter.ts";
import { canonicalHeader, toByteString } from "../src/tar.ts";

interface Request {
  op: string;
  text?: string;
  texts?: string[];
  number?: number;
  bytes?: string;
  keys?: string[];
  meta?: { mailbox: string; envelope: string; author: string; seq: number; seen: Record<string, number> };
  names?: string[];
  files?: string[];
}

type Handler = (request: Required<Request>) => unknown;

const decode = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64"));
const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

const handlers: Record<string, Handler> = {
  seal: async ({ keys, meta, text, names, files }) => {
    const about: Meta = {
      kind: "first",
      mailbox: decode(meta.mailbox),
      envelope: decode(meta.envelope),
      author: decode(meta.author),
      seq: meta.seq,
      seen: new Map(Object.entries(meta.seen)),
    };
    const unique = uniqueNames(names);
    const enclosures = unique.map((name, i) => ({ name, blob: new Blob([decode(files[i] ?? "")]) }));
    const size = letterSize(about, text, enclosures.map(({ name, blob }) => ({ name, size: blob.size })));
    const sealed = await sealEnvelope(keys, writeLetter(about, text, enclosures));
    if (sealed.size !== sealedSize(keys.length, size)) throw new Error("another size than was foretold");
    return { bytes: encode(new Uint8Array(await sealed.arrayBuffer())), names: unique };
  },
  open: async ({ keys, bytes }) => describe(readLetter((await openEnvelope(decode(bytes), keys)).plaintext)),
  read: ({ bytes }) => describe(readLetter(decode(bytes))),
  envelope: async ({ keys, bytes }) => encode((await openEnvelope(decode(bytes), keys)).plaintext),
  card: async ({ text, bytes, number }) => {
    const card = await openCard(decode(bytes), parseLink(text));
    const epoch = currentEpoch(card, number);
    return { title: card.title, intro: card.intro, seq: card.seq, epoch: epoch.number, keys: epoch.keys };
  },
  header: ({ text, number }) => encode(canonicalHeader(toByteString(text), number)),
  padded: ({ number }) => paddedSize(number),
  names: ({ texts }) => ({ safe: texts.map(safeName), unique: uniqueNames(texts) }),
};

function describe({ meta, message, files }: Letter): unknown {
  return {
    ...(meta && {
      meta: {
        mailbox: encode(meta.mailbox),
        envelope: encode(meta.envelope),
        author: encode(meta.author),
        seq: meta.seq,
        seen: Object.fromEntries(meta.seen),
      },
    }),
    message: message === undefined ? "" : encode(message),
    names: files.map((file) => file.untrustedName),
    files: files.map((file) => encode(file.data)),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Required<Request>;
  const handler = handlers[request.op];
  if (handler === undefined) throw new Error(`unknown: ${request.op}`);
  let answer: unknown;
  try {
    answer = { value: await handler(request) };
  } catch (error) {
    if (!(error instanceof TransomError)) throw error;
    answer = { code: error.code };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
