/**
 * The page's half of ui/cross_test.go: reads a request as a line of JSON, does
 * with the page's code what it asks for, and answers with a line. Bytes are
 * base64 both ways.
 */

import { createInterface } from "node:readline";
import { fromUTF8 } from "../src/bytes.ts";
import { currentEpoch, openCard } from "../src/card.ts";
import { parseCodename, threadKeys } from "../src/codename.ts";
import { openEnvelope, sealEnvelope, sealedSize } from "../src/envelope.ts";
import { TransomError } from "../src/errors.ts";
import { letterSize, writeLetter } from "../src/letter.ts";
import { parseLink } from "../src/link.ts";
import { encodeMeta } from "../src/meta.ts";
import { safeName, uniqueNames } from "../src/names.ts";
import { open } from "../src/opening.ts";
import { paddedSize } from "../src/padding.ts";
import { type Letter, readLetter } from "../src/readletter.ts";
import { checkSignature, parseMeta } from "../src/readmeta.ts";
import { beginThread, seal } from "../src/sending.ts";
import type { Deposit, Info } from "../src/server.ts";
import { canonicalHeader, toByteString } from "../src/tar.ts";

interface Request {
  op: string;
  text?: string;
  texts?: string[];
  number?: number;
  bytes?: string;
  keys?: string[];
  /** letter.json */
  meta?: string;
  words?: string;
  names?: string[];
  files?: string[];
}

type Handler = (request: Required<Request>) => unknown;

const decode = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64"));
const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

const handlers: Record<string, Handler> = {
  seal: async ({ keys, meta, text, names, files }) => {
    const about = parseMeta(meta);
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
  begin: async ({ words, text, bytes, texts: [message = ""], files: [file = ""], names: [kind] }) => {
    (globalThis as { location?: unknown }).location = { origin: "https://drop.example.org" };
    const keys = await threadKeys(parseCodename(words));
    const link = parseLink(text);
    const drop = { link, card: await openCard(decode(bytes), link), info: {} as Info };
    const place = kind === "first" ? beginThread(keys) : { ...beginThread(keys), kind: "next" as const, seq: 2, deleted: [{ author: "AAAAAAAAAAA", seq: 1 }] };
    const letter = { message, files: [{ name: "a.bin", blob: new Blob([decode(file)]) }] };
    const parcel = await seal(drop, letter, () => {}, new AbortController().signal, place);
    return { ...(await describeDeposit("letter", parcel.letter)), ...(await describeDeposit("copy", parcel.copy!)) };
  },
  answered: async ({ words, bytes, text, keys: [desk = ""] }) => {
    const keys = await threadKeys(parseCodename(words));
    const envelope = new Uint8Array(Buffer.from(text, "hex"));
    const opened = await open(decode(bytes), { envelope, id: "", size: 0, day: 0, expires: 0 }, keys);
    if (opened === null) return "not genuine";
    try {
      if (opened.meta.kind !== "copy") checkSignature(opened.meta, [new Uint8Array(32), Buffer.from(desk, "hex")]);
      return opened.meta.kind;
    } catch {
      return "not signed";
    }
  },
  header: ({ text, number }) => encode(canonicalHeader(toByteString(text), number)),
  padded: ({ number }) => paddedSize(number),
  names: ({ texts }) => ({ safe: texts.map(safeName), unique: uniqueNames(texts) }),
};

async function describeDeposit(name: string, { envelope, withdrawSecret, sealed }: Deposit): Promise<object> {
  return { [name]: encode(new Uint8Array(await sealed.arrayBuffer())), [`${name}ID`]: encode(envelope), [`${name}Withdraw`]: encode(withdrawSecret) };
}

function describe({ meta, message, files }: Letter): unknown {
  return {
    meta: meta === undefined ? "" : fromUTF8(encodeMeta(meta)),
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
