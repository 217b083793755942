/**
 * A server for pictures and for what a good server never does: the page's files,
 * and the calls that the page makes, each answered as the test at hand wants.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { today } from "../src/days.ts";

/** What every response carries: drop/server holds the original. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; " +
  "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

export interface Answer {
  status: number;
  body?: unknown;
  /** Bytes instead of JSON. */
  bytes?: Uint8Array;
  headers?: Record<string, string>;
}

/** An answer, or "hang" (none for as long as the page waits), or "break" (the connection is cut). */
export type Reply = Answer | "hang" | "break";

/** An envelope that waits. Mailbox and ID as in URLs. */
export interface Kept {
  mailbox: string;
  id: string;
  day: number;
  expires: number;
  bytes: Uint8Array;
}

export interface Behaviour {
  info: Reply;
  card: Reply;
  deposit: (attempt: number) => Reply;
  withdraw: Reply;
  /** Instead of the list of what is kept. */
  list?: Reply;
  /** Instead of an envelope, its number in the order in which they are asked for. */
  fetch?: (n: number) => Reply | undefined;
  /** Instead of erasing for an owner. */
  erase?: Reply;
  /** The second script, where it is to be missing. */
  thread?: (attempt: number) => Reply | undefined;
  kept: Kept[];
}

export const information = {
  version: 1,
  release: "0.1.0",
  time: Math.floor(Date.now() / 1000),
  days: 30,
  largest: 16 << 20,
  classes: ["mlkem768x25519"],
  invitation: false,
};

export const refusal = (status: number, code: string): Answer => ({ status, body: { error: code, message: `This is ${code}.` } });

export function good(sealed: Uint8Array): Behaviour {
  return {
    info: { status: 200, body: information },
    card: { status: 200, bytes: sealed },
    deposit: () => ({ status: 201, body: { day: today(), expires: today() + 30 } }),
    withdraw: { status: 204 },
    kept: [],
  };
}

const files: Record<string, [name: string, type: string]> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/app.js": ["app.js", "text/javascript; charset=utf-8"],
  "/thread.js": ["thread.js", "text/javascript; charset=utf-8"],
  "/style.css": ["style.css", "text/css; charset=utf-8"],
  "/mark.svg": ["mark.svg", "image/svg+xml"],
};

export interface Wire {
  url: string;
  behave: Behaviour;
  /** Method and path of every request so far. */
  asked: string[];
  /** What arrived in deposits, whole ones only. */
  deposits: Uint8Array[];
  stop(): Promise<void>;
}

/** Serves the page from folder, with the script of another path where one is given. */
export async function wire(folder: string, behave: Behaviour, script?: string): Promise<Wire> {
  const counts = { deposits: 0, fetches: 0, scripts: 0 };
  const made: Wire = { url: "", behave, asked: [], deposits: [], stop: () => stopped(server) };
  const server = createServer(async (request, response) => {
    made.asked.push(`${request.method} ${request.url}`);
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader("Cache-Control", "no-store");
    const path = request.url?.replace(/\?.*/, "") ?? "";
    const file = files[path];
    const instead = path === "/thread.js" ? made.behave.thread?.(counts.scripts++) : undefined;
    if (instead) send(request, response, instead);
    else if (file) {
      response.setHeader("Content-Type", file[1]);
      if (file[0] === "app.js" && script) response.end(await readFile(script));
      else response.end(await compressed(request, response, join(folder, file[0])));
    } else if (path === "/v1/info") send(request, response, made.behave.info);
    else if (path.endsWith("/card")) send(request, response, made.behave.card);
    else if (request.method === "PUT") {
      const reply = made.behave.deposit(counts.deposits++);
      const body = reply === "break" ? null : await whole(request);
      if (body) made.deposits.push(body);
      if (body && typeof reply === "object" && reply.status < 300) keep(made.behave, path, body);
      send(request, response, reply);
    } else if (/^\/v1\/mailboxes\//.test(path)) send(request, response, owners(made.behave, request, path, counts));
    else send(request, response, refusal(404, "not_found"));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return made;
}

const place = /^\/v1\/mailboxes\/([a-z2-7]+)\/envelopes(?:\/([a-z2-7]+))?$/;

function keep(behave: Behaviour, path: string, bytes: Uint8Array): void {
  const [, mailbox, id] = place.exec(path) ?? [];
  if (mailbox && id) behave.kept.push({ mailbox, id, day: today(), expires: today() + information.days, bytes });
}

/** What only who holds a key may ask: signatures are taken on trust, for the real server checks them in the tests that use it. */
function owners(behave: Behaviour, request: IncomingMessage, path: string, counts: { fetches: number }): Reply {
  const [, mailbox, id] = place.exec(path) ?? [];
  const mine = behave.kept.filter((each) => each.mailbox === mailbox);
  const found = mine.find((each) => each.id === id);
  if (request.method === "DELETE") {
    const reply = (request.headers.authorization ? behave.erase : behave.withdraw) ?? (found ? { status: 204 } : refusal(404, "not_found"));
    if (found && typeof reply === "object" && reply.status === 204) behave.kept.splice(behave.kept.indexOf(found), 1);
    return reply;
  }
  if (!request.headers.authorization) return refusal(401, "unauthorized");
  if (id) return behave.fetch?.(counts.fetches++) ?? (found ? { status: 200, bytes: found.bytes } : refusal(404, "not_found"));
  if (behave.list) return behave.list;
  if (mine.length === 0) return refusal(404, "not_found");
  const envelopes = mine.map(({ id, day, expires, bytes }) => ({ id, size: bytes.length, day, expires }));
  return { status: 200, body: { envelopes: envelopes.sort((a, b) => (a.id < b.id ? -1 : 1)) } };
}

/** The file as the real server sends it. Browsers take Brotli from loopback and over https, not over plain http. */
async function compressed(request: IncomingMessage, response: ServerResponse, path: string): Promise<Buffer> {
  if (!String(request.headers["accept-encoding"]).includes("br")) return readFile(path);
  try {
    const small = await readFile(`${path}.br`);
    response.setHeader("Content-Encoding", "br");
    return small;
  } catch {
    return readFile(path); // a folder that is not built for a server
  }
}

async function whole(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return null; // The page gave up.
  }
  return Buffer.concat(chunks);
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (reply === "hang") return;
  if (reply === "break") return void request.socket.destroy();
  const type = reply.bytes ? "application/octet-stream" : "application/json";
  response.writeHead(reply.status, { "Content-Type": type, ...reply.headers });
  response.end(reply.bytes ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body)));
}

function stopped(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((closed) => server.close(() => closed()));
}
