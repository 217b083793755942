/** What a browser has and node does not, as far as sending needs it: one import makes the page's code run against a server of the test's. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Mailboxes } from "./mailboxes.ts";
import { information } from "./wire.ts";

/** An XMLHttpRequest that sends a Blob. */
class Upload {
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onprogress?: (event: { loaded: number }) => void;
  responseType = "";
  responseURL = "";
  response: ArrayBuffer | null = null;
  status = 0;
  private readonly headers: Record<string, string> = {};
  private readonly control = new AbortController();
  private method = "";

  open(method: string, url: string): void {
    this.method = method;
    this.responseURL = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  send(body: Blob): void {
    fetch(this.responseURL, { method: this.method, headers: this.headers, body, signal: this.control.signal }).then(
      async (response) => {
        this.upload.onprogress?.({ loaded: body.size });
        this.status = response.status;
        this.response = await response.arrayBuffer();
        this.onload?.();
      },
      () => (this.control.signal.aborted ? this.onabort : this.onerror)?.(),
    );
  }

  abort(): void {
    this.control.abort();
  }
}

const nothing = (): void => {};
Object.assign(globalThis, { XMLHttpRequest: Upload, addEventListener: globalThis.addEventListener ?? nothing, removeEventListener: globalThis.removeEventListener ?? nothing });

/** The wire codes of the failures that tests ask for. */
const codes: Record<number, string> = { 404: "not_found", 500: "internal", 503: "busy", 507: "full" };

export interface Served {
  readonly origin: string;
  /** Method and path of every request so far. */
  readonly asked: string[];
  /** Answers in place of the mailboxes where it returns a status. */
  fail: (method: string, target: string) => number | undefined;
  stop(): Promise<void>;
}

/** Serves mailboxes, and makes the server the one that the page is from. */
export async function serve(mailboxes: Mailboxes): Promise<Served> {
  const served: Served = { origin: "", asked: [], fail: () => undefined, stop };
  const server = createServer(async (request, response) => {
    const { method = "", url: target = "", headers } = request;
    served.asked.push(`${method} ${target}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const failed = served.fail(method, target);
    const answer = failed
      ? { status: failed, body: { error: codes[failed], message: "" } }
      : target === "/v1/info"
        ? { status: 200, body: { ...information, time: mailboxes.now() } }
        : (mailboxes.answer({ method, target, headers, body: Buffer.concat(chunks) }) ?? { status: 404, body: { error: "not_found", message: "" } });
    response.writeHead(answer.status, { Connection: "close" }).end("bytes" in answer && answer.bytes ? answer.bytes : "body" in answer && answer.body ? JSON.stringify(answer.body) : "");
  });
  function stop(): Promise<void> {
    return new Promise((closed) => server.close(() => closed()));
  }
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mailboxes.origin = origin;
  (globalThis as { location?: unknown }).location = { origin };
  return Object.assign(served, { origin });
}
