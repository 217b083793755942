/**
 * A server for pictures and for what a good server never does: the page's files,
 * and the calls that the page makes, each answered as the test at hand wants.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { today } from "../src/days.ts";
import type { Mailboxes } from "./mailboxes.ts";

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

export interface Behaviour {
  info: Reply;
  card: Reply;
  deposit: (attempt: number) => Reply;
  withdraw: Reply;
  /** With them the server keeps what it is given, as the real one does; card, deposit and withdraw are not asked. */
  mailboxes?: Mailboxes;
  /** In place of what the server would say, to requests for mailboxes and for the second script. */
  instead?: (request: string) => Reply | undefined;
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
  let attempts = 0;
  const made: Wire = { url: "", behave, asked: [], deposits: [], stop: () => stopped(server) };
  const server = createServer(async (request, response) => {
    made.asked.push(`${request.method} ${request.url}`);
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader("Cache-Control", "no-store");
    const path = request.url?.replace(/\?.*/, "") ?? "";
    const file = files[path];
    const { mailboxes } = made.behave;
    const instead = made.behave.instead?.(`${request.method} ${path}`);
    if (instead) send(request, response, instead);
    else if (file) {
      response.setHeader("Content-Type", file[1]);
      if (file[0] === "app.js" && script) response.end(await readFile(script));
      else response.end(await compressed(request, response, join(folder, file[0])));
    } else if (path === "/v1/info") send(request, response, made.behave.info);
    else if (mailboxes) await kept(made, request, response, mailboxes);
    else if (path.endsWith("/card")) send(request, response, made.behave.card);
    else if (request.method === "DELETE") send(request, response, made.behave.withdraw);
    else if (request.method === "PUT") {
      const reply = made.behave.deposit(attempts++);
      const body = reply === "break" ? null : await whole(request);
      if (body) made.deposits.push(body);
      send(request, response, reply);
    } else send(request, response, refusal(404, "not_found"));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return made;
}

async function kept(made: Wire, request: IncomingMessage, response: ServerResponse, mailboxes: Mailboxes): Promise<void> {
  const body = await whole(request);
  if (!body) return;
  if (request.method === "PUT") made.deposits.push(body);
  mailboxes.origin = made.url;
  const { method = "", url: target = "", headers } = request;
  send(request, response, mailboxes.answer({ method, target, headers, body }) ?? refusal(404, "not_found"));
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
