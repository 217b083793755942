/**
 * A server's mailboxes in memory, for tests and pictures: everything that a page
 * asks of them, judged as the real server does. What the server keeps is open to
 * tests, which take, swap and forge as an operator could.
 */

import { createHash, createPublicKey, verify } from "node:crypto";
import { fromBase64url, toBase32, toBase64url } from "../src/bytes.ts";
import { today } from "../src/days.ts";
import type { Answer } from "./wire.ts";

export interface Kept {
  sealed: Uint8Array;
  withdrawHash: string;
  day: number;
  expires: number;
}

/** What was asked, as far as it matters here. Names of headers are in lower case. */
export interface Asked {
  method: string;
  /** Path and query. */
  target: string;
  headers: Record<string, string | string[] | undefined>;
  body: Uint8Array;
}

const notFound: Answer = { status: 404, body: { error: "not_found", message: "no" } };

/** RFC 8410: what stands before an Ed25519 public key. */
const spki = Buffer.from("302a300506032b6570032100", "hex");

export class Mailboxes {
  /** By the mailbox's ID, then by the envelope's, as they are in URLs. */
  readonly kept = new Map<string, Map<string, Kept>>();
  readonly cards = new Map<string, Uint8Array>();
  /** What is deposited from here on came on this day. */
  day = today();
  pageSize = 1000;
  /** How the owner is to know this server. */
  origin = "";
  /** The server's clock, in seconds. */
  now = (): number => Math.floor(Date.now() / 1000);

  /** answer returns nothing for what is no request to a mailbox. */
  answer({ method, target, headers, body }: Asked): Answer | undefined {
    const [, mailbox = "", rest = ""] = /^\/v1\/mailboxes\/([a-z2-7]{26})\/(.*)$/.exec(target) ?? [];
    if (!mailbox) return undefined;
    if (rest === "card" && method === "GET") {
      const card = this.cards.get(mailbox);
      return card ? { status: 200, bytes: card } : notFound;
    }
    const [, envelope] = /^envelopes\/([a-z2-7]{26})$/.exec(rest) ?? [];
    if (method === "PUT" && envelope) return this.take(mailbox, envelope, body, String(headers["transom-withdraw-hash"]));
    if (method === "DELETE" && envelope && headers["transom-withdraw"]) return this.withdraw(mailbox, envelope, String(headers["transom-withdraw"]));
    const refused = this.refuse(method, target, mailbox, String(headers["authorization"]));
    if (refused) return refused;
    if (envelope === undefined) return method === "GET" ? this.list(mailbox, /^envelopes(?:\?after=([a-z2-7]{26}))?$/.exec(rest)?.[1] ?? "") : undefined;
    const found = this.kept.get(mailbox)?.get(envelope);
    if (!found) return notFound;
    if (method === "GET") return { status: 200, bytes: found.sealed };
    this.erase(mailbox, envelope);
    return { status: 204 };
  }

  /** put stores an envelope, as anybody can who knows the mailbox. */
  put(mailbox: Uint8Array, envelope: Uint8Array, sealed: Uint8Array, day = this.day): void {
    this.take(toBase32(mailbox), toBase32(envelope), sealed, "", day);
  }

  /** all returns what lies in a mailbox. */
  all(mailbox: Uint8Array): Map<string, Kept> {
    return this.kept.get(toBase32(mailbox)) ?? new Map();
  }

  erase(mailbox: string, envelope: string): void {
    const all = this.kept.get(mailbox);
    all?.delete(envelope);
    if (all?.size === 0) this.kept.delete(mailbox);
  }

  private take(mailbox: string, envelope: string, sealed: Uint8Array, withdrawHash: string, day = this.day): Answer {
    const all = this.kept.get(mailbox) ?? new Map<string, Kept>();
    const before = all.get(envelope);
    if (before && (!Buffer.from(before.sealed).equals(sealed) || before.withdrawHash !== withdrawHash)) {
      return { status: 409, body: { error: "conflict", message: "no" } };
    }
    const now = before ?? { sealed, withdrawHash, day, expires: day + 30 };
    this.kept.set(mailbox, all.set(envelope, now));
    return { status: before ? 200 : 201, body: { day: now.day, expires: now.expires } };
  }

  private withdraw(mailbox: string, envelope: string, secret: string): Answer {
    const hash = toBase64url(createHash("sha256").update(fromBase64url(secret)).digest());
    if (this.kept.get(mailbox)?.get(envelope)?.withdrawHash !== hash) return notFound;
    this.erase(mailbox, envelope);
    return { status: 204 };
  }

  private list(mailbox: string, after: string): Answer {
    const all = [...(this.kept.get(mailbox) ?? [])].sort(([a], [b]) => (order(a) < order(b) ? -1 : 1));
    if (all.length === 0) return notFound;
    const rest = all.filter(([id]) => order(id) > order(after));
    const page = rest.slice(0, this.pageSize);
    const envelopes = page.map(([id, { sealed, day, expires }]) => ({ id, size: sealed.length, day, expires }));
    return { status: 200, body: { envelopes, ...(rest.length > page.length ? { next: page[page.length - 1]![0] } : {}) } };
  }

  /** refuse checks who asks, in the server's order: the signature, the time, whose the mailbox is. */
  private refuse(method: string, target: string, mailbox: string, authorization: string): Answer | undefined {
    const unauthorized: Answer = { status: 401, body: { error: "unauthorized", message: "no" } };
    const [, key, time, signature] = /^Transom ([\w-]{43}) ([0-9]+) ([\w-]{86})$/.exec(authorization) ?? [];
    if (key === undefined || time === undefined || signature === undefined) return unauthorized;
    const nothing = createHash("sha256").digest("base64url");
    const message = Buffer.from(`transom/v1 request\0${[method, this.origin, target, time, nothing, ""].join("\n")}`);
    const publicKey = createPublicKey({ key: Buffer.concat([spki, fromBase64url(key)]), format: "der", type: "spki" });
    if (!verify(null, message, publicKey, fromBase64url(signature))) return unauthorized;
    if (Math.abs(Number(time) - this.now()) > 600) return { status: 401, body: { error: "clock", message: "no", time: this.now() } };
    const owned = createHash("sha256").update("transom/v1 mailbox\0").update(fromBase64url(key)).digest().subarray(0, 16);
    return toBase32(owned) === mailbox ? undefined : notFound;
  }
}

/** order spells an ID so that texts compare as its bytes do. */
function order(id: string): string {
  return id.replace(/[2-7]/g, (digit) => "{|}~\x7f\x80"["234567".indexOf(digit)]!);
}
