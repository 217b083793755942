/**
 * What only the owner of a mailbox can ask of a server: what lies in it, to have it, to erase
 * it. Each request is signed, for this server and this request alone.
 */

import { fromBase32, toBase64url, utf8 } from "./bytes.ts";
import { TransomError } from "./errors.ts";
import { hash } from "./kdf.ts";
import { type Answer, envelopeURL, getInfo, type Info, largestAnswer, readAnswer, refusal, request } from "./server.ts";
import * as json from "./strictjson.ts";
import type { Owner } from "./threadkeys.ts";

/** What a server says of an envelope. */
export interface Listed {
  /** 16 bytes, and as it stands in URLs. */
  readonly envelope: Uint8Array;
  readonly id: string;
  readonly size: number;
  readonly day: number;
  /** The last day on which it is kept. */
  readonly expires: number;
}

/** The most envelopes on a page of a list, and the most pages that are read: a server could send its page in circles. */
const mostOnPage = 1000;
const mostPages = 50;
const largestPage = 4 * largestAnswer;

export class OwnMailbox {
  private readonly origin: string;
  private readonly owner: Owner;
  private info: Info;
  private asked = performance.now();

  /** info has just been asked for: its time is that of the requests. */
  constructor(origin: string, owner: Owner, info: Info) {
    this.origin = origin;
    this.owner = owner;
    this.info = info;
  }

  /** list returns what lies in the mailbox, and whether that is all. "server/not_found": nothing, or nothing any more. */
  async list(cancel?: AbortSignal): Promise<{ envelopes: Listed[]; complete: boolean }> {
    const envelopes = new Map<string, Listed>();
    let after = "";
    for (let page = 0; page < mostPages; page++) {
      const url = `${this.url()}${after && `?after=${after}`}`;
      const { status, body } = await this.ask("GET", url, largestPage, cancel);
      if (status !== 200) throw refusal(status, body, "nothing");
      const read = readAnswer(body, pageReader, "nothing");
      for (const each of read.envelopes) envelopes.set(each.id, each);
      if (read.next === undefined) return { envelopes: [...envelopes.values()], complete: true };
      after = read.next;
    }
    return { envelopes: [...envelopes.values()], complete: false };
  }

  /** get fetches an envelope, which has the size that was listed. */
  async get({ envelope, size }: Listed, cancel?: AbortSignal): Promise<Uint8Array> {
    const url = envelopeURL(this.origin, { mailbox: this.owner.mailbox, envelope });
    const { status, body } = await this.ask("GET", url, Math.max(size, largestAnswer), cancel);
    if (status !== 200) throw refusal(status, body, "nothing");
    if (body.length !== size) throw new TransomError("server/answer", "an envelope of another size than was listed");
    return body;
  }

  /** erase erases an envelope, unless it is gone already. */
  async erase(envelope: Uint8Array): Promise<void> {
    const { status, body } = await this.ask("DELETE", envelopeURL(this.origin, { mailbox: this.owner.mailbox, envelope }), largestAnswer);
    if (status === 204) return;
    const refused = refusal(status, body, "nothing");
    if (refused.code !== "server/not_found") throw refused;
  }

  private url(): string {
    return envelopeURL(this.origin, { mailbox: this.owner.mailbox, envelope: new Uint8Array(0) }).replace(/\/$/, "");
  }

  /** ask signs for the server's time. If that has run away since it was asked for, it is asked for once more. */
  private async ask(method: string, url: string, most: number, cancel?: AbortSignal): Promise<Answer> {
    const answer = await this.send(method, url, most, cancel);
    if (answer.status !== 401 || refusal(answer.status, answer.body, "nothing").code !== "server/clock") return answer;
    this.info = await getInfo(this.origin);
    this.asked = performance.now();
    return this.send(method, url, most, cancel);
  }

  private send(method: string, url: string, most: number, cancel?: AbortSignal): Promise<Answer> {
    const time = this.info.serverTime + Math.floor((performance.now() - this.asked) / 1000);
    const target = url.slice(this.origin.length);
    return request(url, method, { Authorization: authorization(this.owner, method, this.origin, target, time) }, most, cancel);
  }
}

/** authorization returns the line by which a server knows an owner. A server keeps it for ten minutes at most. The requests here have no body and no If-Match. */
export function authorization(owner: Owner, method: string, origin: string, target: string, time: number): string {
  const message = [method, origin, target, String(time), toBase64url(hash(new Uint8Array(0))), ""].join("\n");
  const signature = owner.sign("request", utf8(message));
  return `Transom ${toBase64url(owner.publicKey)} ${time} ${toBase64url(signature)}`;
}

const identifier: json.Reader<string> = (value) => {
  const id = json.text(value);
  if (fromBase32(id).length !== 16) throw new json.ShapeError("not an ID");
  return id;
};

const listedReader = json.openObject<Omit<Listed, "envelope">>({ id: identifier, size: json.integer, day: json.integer, expires: json.integer });

const pageReader: json.Reader<{ envelopes: readonly Listed[]; next?: string }> = (value) => {
  const listed: json.Reader<Listed> = (each) => {
    const read = listedReader(each);
    return { ...read, envelope: fromBase32(read.id) };
  };
  const { envelopes } = json.openObject({ envelopes: json.list(listed, mostOnPage) })(value);
  const next = (value as json.JsonObject).get("next");
  return { envelopes, ...(next === undefined ? {} : { next: identifier(next) }) };
};
