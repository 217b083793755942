/**
 * The server's interface, as the page uses it. A server is not trusted: it is
 * read up to a limit, its answers have to be what a Transom server says, and its
 * own words are never shown.
 */

import { toBase32, toBase64url } from "./bytes.ts";
import { largestCard } from "./card.ts";
import { type Sent, type ServerFault, TransomError } from "./errors.ts";
import { withdrawHash } from "./kdf.ts";
import * as json from "./strictjson.ts";

export interface Info {
  /** What the server says it runs. For showing only, escaped. */
  readonly untrustedRelease: string;
  /** Seconds since 1970, by the server's clock. Never used to judge a card. */
  readonly serverTime: number;
  /** How many days an envelope is kept. */
  readonly days: number;
  /** The largest envelope in bytes. */
  readonly largest: number;
  readonly classes: readonly string[];
}

/** What a server says when it has an envelope, safely stored. */
export interface Receipt {
  readonly day: number;
  /** The last day on which it is kept. */
  readonly expires: number;
}

export interface Deposit {
  /** 16 bytes each. */
  readonly mailbox: Uint8Array;
  readonly envelope: Uint8Array;
  /** 32 bytes: with it the sender can erase the envelope. Only its hash is sent. */
  readonly withdrawSecret: Uint8Array;
  readonly sealed: Blob;
}

/** How long an answer may take. Through Tor, a circuit alone can take half a minute. */
const answerTimeout = 120_000;

/** How long an upload may stand still. */
const stallTimeout = 180_000;

export const largestAnswer = 64 * 1024;

/** getInfo asks what the server takes. */
export async function getInfo(origin: string): Promise<Info> {
  const { status, body } = await request(origin + "/v1/info", "GET", {}, largestAnswer);
  if (status !== 200) throw refusal(status, body, "nothing");
  const info = readAnswer(body, infoReader, "nothing");
  if (info.version !== 1) throw fault("answer", "nothing");
  return { untrustedRelease: info.release, serverTime: info.time, days: info.days, largest: info.largest, classes: info.classes };
}

/** getCard fetches a sealed card: see openCard for what it is worth. "server/not_found" if there is none. */
export async function getCard(origin: string, mailbox: Uint8Array): Promise<Uint8Array> {
  const { status, body } = await request(`${origin}/v1/mailboxes/${toBase32(mailbox)}/card`, "GET", {}, largestCard);
  if (status !== 200) throw refusal(status, body, "nothing");
  return body;
}

/**
 * depositEnvelope hands a sealed letter to the server. It returns when the
 * server has said that it is stored. The same deposit may be made again after
 * any failure: the server keeps one, and says so.
 *
 * onHanded is told how many bytes this browser has handed to the network: no
 * more than that, since the server acknowledges a letter as a whole. signal
 * breaks the connection off; what the server has by then it may keep.
 *
 * Errors say whether something may have left this browser, and a "server/…" code
 * other than "server/answer" and "server/internal" that the server has not kept
 * it. A server that
 * cannot be reached and one that falls silent look alike here: ask for getInfo
 * right before, so that the first can be told with nothing sent.
 */
export async function depositEnvelope(
  origin: string,
  deposit: Deposit,
  onHanded: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<Receipt> {
  if (signal?.aborted === true) throw new TransomError("network", "given up before anything was sent");
  const { status, body } = await upload(envelopeURL(origin, deposit), deposit, onHanded, signal);
  if (status !== 200 && status !== 201) throw refusal(status, body, "maybe");
  return readAnswer(body, receiptReader, "maybe");
}

/**
 * withdrawEnvelope erases an envelope from the server; it may already have been
 * read. "server/not_found": collected, withdrawn or expired.
 */
export async function withdrawEnvelope(
  origin: string,
  { mailbox, envelope, withdrawSecret }: Pick<Deposit, "mailbox" | "envelope" | "withdrawSecret">,
): Promise<void> {
  const headers = { "Transom-Withdraw": toBase64url(withdrawSecret) };
  const { status, body } = await request(envelopeURL(origin, { mailbox, envelope }), "DELETE", headers, largestAnswer);
  if (status !== 204) throw refusal(status, body, "nothing");
}

/** envelopeURL returns where an envelope lies. */
export function envelopeURL(origin: string, { mailbox, envelope }: Pick<Deposit, "mailbox" | "envelope">): string {
  return `${origin}/v1/mailboxes/${toBase32(mailbox)}/envelopes/${toBase32(envelope)}`;
}

export interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** request sends a request without a body, and reads at most that many bytes of the answer. A long one may take its time as long as it moves. */
export async function request(url: string, method: string, headers: Record<string, string>, most: number, cancel?: AbortSignal): Promise<Answer> {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(), answerTimeout);
  const moving = (): void => {
    if (most <= largestCard) return;
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), stallTimeout);
  };
  const give = (): void => abort.abort();
  cancel?.addEventListener("abort", give);
  try {
    const response = await fetch(url, {
      method,
      headers,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: abort.signal,
    });
    return { status: response.status, body: await readUpTo(response, most, moving) };
  } catch (cause) {
    if (cause instanceof TransomError) throw cause;
    if (cancel?.aborted) throw new TransomError("network", "given up by the sender", { cause });
    if (abort.signal.aborted) throw new TransomError("timeout", "the server did not answer", { cause });
    throw new TransomError("network", "couldn't reach the server", { cause });
  } finally {
    clearTimeout(timer);
    cancel?.removeEventListener("abort", give);
    abort.abort(); // what is left of an answer that was too long
  }
}

async function readUpTo(response: Response, most: number, moving: () => void): Promise<Uint8Array> {
  const body = new Uint8Array(most);
  let length = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
    if (length + next.value.length > most) throw fault("answer", "nothing");
    body.set(next.value, length);
    length += next.value.length;
    moving();
  }
  return body.slice(0, length);
}

/** upload is an XMLHttpRequest because fetch tells no progress, and in Firefox takes no stream. */
function upload(
  url: string,
  { sealed, withdrawSecret }: Deposit,
  onHanded: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      settle();
    };
    const fail = (code: "network" | "timeout", message: string): void =>
      finish(() => reject(new TransomError(code, message, { sent: "maybe" })));
    const wait = (milliseconds: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        fail("timeout", "nothing moves any more");
        xhr.abort();
      }, milliseconds);
    };
    xhr.upload.onprogress = ({ loaded }) => {
      wait(stallTimeout);
      onHanded(loaded);
    };
    xhr.onprogress = ({ loaded }) => {
      if (loaded > largestAnswer) {
        finish(() => reject(fault("answer", "maybe")));
        xhr.abort();
      }
    };
    xhr.onload = () =>
      finish(() => {
        // A redirect cannot be refused beforehand here: only who was asked may answer.
        if (xhr.responseURL !== url) reject(fault("answer", "maybe"));
        else resolve({ status: xhr.status, body: new Uint8Array(xhr.response as ArrayBuffer) });
      });
    xhr.onerror = () => fail("network", "the connection broke");
    xhr.onabort = () => fail("network", "given up by the sender");
    signal?.addEventListener("abort", () => xhr.abort(), { once: true });
    xhr.open("PUT", url);
    xhr.responseType = "arraybuffer";
    xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.setRequestHeader("Transom-Withdraw-Hash", toBase64url(withdrawHash(withdrawSecret)));
    wait(stallTimeout);
    xhr.send(sealed);
  });
}

interface WireInfo {
  version: number;
  release: string;
  time: number;
  days: number;
  largest: number;
  classes: readonly string[];
}

// A server may be newer than a page that somebody has saved, and say more.
const infoReader = json.openObject<WireInfo>({
  version: json.integer,
  release: json.text,
  time: json.integer,
  days: json.integer,
  largest: json.integer,
  classes: json.list(json.text, 16),
});

const receiptReader = json.openObject<Receipt>({ day: json.integer, expires: json.integer });

/** The wire codes, and the status that each goes with. */
const refusals: { readonly [code in Exclude<ServerFault, "answer">]: number } = {
  bad_request: 400,
  unauthorized: 401,
  clock: 401,
  invitation: 403,
  not_found: 404,
  method: 405,
  conflict: 409,
  length: 411,
  changed: 412,
  too_large: 413,
  media_type: 415,
  not_sealed: 422,
  internal: 500,
  busy: 503,
  full: 507,
};

/** refusal is what an answer other than success means. Whatever does not come from a Transom server is "server/answer". */
export function refusal(status: number, body: Uint8Array, sent: Sent): TransomError {
  const { error } = readAnswer(body, json.openObject({ error: json.text }), sent);
  for (const [code, expected] of Object.entries(refusals) as [Exclude<ServerFault, "answer">, number][]) {
    if (code === error && status === expected) return fault(code, sent);
  }
  return fault("answer", sent);
}

/** readAnswer reads JSON of an agreed shape. */
export function readAnswer<T>(body: Uint8Array, read: json.Reader<T>, sent: Sent): T {
  try {
    return read(json.parseObject(new TextDecoder().decode(body)));
  } catch (cause) {
    throw fault("answer", sent, cause);
  }
}

function fault(category: ServerFault, sent: Sent, cause?: unknown): TransomError {
  return new TransomError(`server/${category}`, "couldn't use the server's answer", { sent, cause });
}
