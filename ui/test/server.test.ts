import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "node:test";
import { TransomError } from "../src/errors.ts";
import { type Deposit, depositEnvelope, getCard, getInfo, withdrawEnvelope } from "../src/server.ts";

const id = (fill: number): Uint8Array => new Uint8Array(16).fill(fill);
const info = { version: 1, release: "0.1.0", time: 1, days: 30, largest: 16777216, classes: ["mlkem768x25519"], invitation: false };
const canary = "the server's own words";

let servers: Server[] = [];
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (status: number, value: unknown) => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, { "Content-Type": "application/json", Connection: "close" }).end(JSON.stringify(value) + "\n");
};

async function fault(promise: Promise<unknown>): Promise<TransomError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TransomError, String(error));
    assert.ok(!error.message.includes(canary), "a server's words in an error");
    return error;
  }
  throw new Error("nothing was refused");
}

test("the server's information is read, and what a newer one says more is ignored", async () => {
  const read = await getInfo(await serve(json(200, { ...info, prices: { small: 0 } })));
  assert.deepEqual(read, { untrustedRelease: "0.1.0", serverTime: 1, days: 30, largest: 16777216, classes: ["mlkem768x25519"] });
});

const garbage: Record<string, [number, unknown]> = {
  "another version": [200, { ...info, version: 2 }],
  "a missing member": [200, { ...info, days: undefined }],
  "a text for a number": [200, { ...info, largest: "16777216" }],
  "a fraction": [200, { ...info, days: 1.5 }],
  "a negative number": [200, { ...info, largest: -1 }],
  "a list": [200, [info]],
  "a refusal with success": [200, { error: "busy", message: canary }],
  "an unknown code": [400, { error: canary, message: canary }],
  "a code with another status": [404, { error: "busy", message: canary }],
  "a status without a code": [502, { message: canary }],
  "a member of Object": [400, { error: "constructor", message: canary }],
};

for (const [what, [status, value]] of Object.entries(garbage)) {
  test(`what no Transom server says is refused: ${what}`, async () => {
    const { code, sent } = await fault(getInfo(await serve(json(status, value))));
    assert.deepEqual([code, sent], ["server/answer", "nothing"]);
  });
}

test("a refusal is known by its code", async () => {
  const refusals: [number, string][] = [[404, "not_found"], [503, "busy"], [500, "internal"], [401, "clock"]];
  for (const [status, error] of refusals) {
    const refused = await fault(getCard(await serve(json(status, { error, message: canary })), id(1)));
    assert.deepEqual([refused.code, refused.sent], [`server/${error}`, "nothing"]);
  }
});

test("a card is fetched where it is, with nothing that tells who asks", async () => {
  let asked: IncomingMessage | undefined;
  const sealed = Buffer.from([1, 2, 3]);
  const origin = await serve((request, response) => {
    asked = request;
    response.setHeader("Set-Cookie", "a=b").writeHead(200, { Connection: "close" }).end(sealed);
  });
  assert.deepEqual(Buffer.from(await getCard(origin, id(0xff))), sealed);
  assert.equal(asked?.url, `/v1/mailboxes/${"7".repeat(25)}4/card`);
  assert.equal(asked?.headers.cookie, undefined);
  assert.equal(asked?.headers.referer, undefined);
});

test("an answer without end is cut at a megabyte", async () => {
  let handed = 0;
  let gone = false;
  const origin = await serve((_, response) => {
    response.writeHead(200);
    response.on("close", () => (gone = true));
    const more = (): void => {
      while (!gone && handed < 2 ** 30 && response.write(Buffer.alloc(65_536))) handed += 65_536;
    };
    response.on("drain", more);
    more();
  });
  assert.equal((await fault(getCard(origin, id(1)))).code, "server/answer");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(gone, "still reading");
  assert.ok(handed < 64 * 1024 * 1024, `${handed} bytes`);
});

test("a redirect is not followed", async () => {
  let asked = false;
  const elsewhere = await serve((_, response) => {
    asked = true;
    response.end(JSON.stringify(info));
  });
  const origin = await serve((_, response) => response.writeHead(302, { Location: `${elsewhere}/v1/info`, Connection: "close" }).end());
  assert.equal((await fault(getInfo(origin))).code, "network");
  assert.ok(!asked);
});

test("a server that is not there, or hangs up, is a network error", async () => {
  assert.equal((await fault(getInfo("http://127.0.0.1:1"))).code, "network");
  const origin = await serve((_, response) => response.writeHead(200, { "Content-Length": "100" }).write("{", () => response.destroy()));
  assert.equal((await fault(getInfo(origin))).code, "network");
});

/** Makes everything that waits long wait for a moment only. */
async function hurried<T>(run: () => Promise<T>): Promise<T> {
  const real = globalThis.setTimeout;
  globalThis.setTimeout = ((callback: () => void, wait = 0) => real(callback, wait > 60_000 ? 300 : wait)) as typeof setTimeout;
  try {
    return await run();
  } finally {
    globalThis.setTimeout = real;
  }
}

test("a server that never answers, or never ends, is a timeout", async () => {
  const silent = await serve(() => {});
  assert.equal((await hurried(() => fault(getInfo(silent)))).code, "timeout");
  const slow = await serve((_, response) => response.writeHead(200).write("{"));
  assert.equal((await hurried(() => fault(getInfo(slow)))).code, "timeout");
  servers.forEach((server) => server.closeAllConnections());
});

test("withdrawing shows the secret, and 204 is the only success", async () => {
  let asked: IncomingMessage | undefined;
  const origin = await serve((request, response) => {
    asked = request;
    response.writeHead(204, { Connection: "close" }).end();
  });
  const mine = { mailbox: id(0), envelope: id(0), withdrawSecret: new Uint8Array(32) };
  await withdrawEnvelope(origin, mine);
  const zero = "a".repeat(26);
  assert.equal(`${asked?.method} ${asked?.url}`, `DELETE /v1/mailboxes/${zero}/envelopes/${zero}`);
  assert.equal(asked?.headers["transom-withdraw"], "A".repeat(43));
  assert.equal((await fault(withdrawEnvelope(await serve(json(200, {})), mine))).code, "server/answer");
  assert.equal((await fault(withdrawEnvelope(await serve(json(404, { error: "not_found" })), mine))).code, "server/not_found");
});

/** XMLHttpRequest as far as an upload uses it. Browsers run the real one in test/browser. */
class Upload {
  static last: Upload;
  static script: (xhr: Upload) => void;
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  readonly headers: Record<string, string> = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onprogress?: (event: { loaded: number }) => void;
  responseType = "";
  responseURL = "";
  response: ArrayBuffer | null = null;
  status = 0;
  method = "";
  sent?: Blob;
  aborted = false;

  open(method: string, url: string): void {
    this.method = method;
    this.responseURL = url;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  send(body: Blob): void {
    this.sent = body;
    Upload.last = this;
    queueMicrotask(() => Upload.script(this));
  }
  abort(): void {
    this.aborted = true;
    this.onabort?.();
  }
  answer(status: number, value: unknown): void {
    this.status = status;
    const { buffer, byteOffset, length } = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
    this.response = buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
    this.onload?.();
  }
}
(globalThis as { XMLHttpRequest?: unknown }).XMLHttpRequest = Upload;

const deposit: Deposit = { mailbox: id(0), envelope: id(0xff), withdrawSecret: new Uint8Array(32), sealed: new Blob(["sealed"]) };
const origin = "https://drop.example.org";

function put(script: (xhr: Upload) => void, told: number[] = [], signal?: AbortSignal): Promise<{ day: number; expires: number }> {
  Upload.script = script;
  return depositEnvelope(origin, deposit, (bytes) => told.push(bytes), signal);
}

test("a deposit hands over the envelope and the hash of the withdraw secret, never the secret", async () => {
  const told: number[] = [];
  const receipt = await put((xhr) => {
    xhr.upload.onprogress?.({ loaded: 3 });
    xhr.upload.onprogress?.({ loaded: 6 });
    xhr.answer(201, { day: 20_000, expires: 20_030 });
  }, told);
  assert.deepEqual(receipt, { day: 20_000, expires: 20_030 });
  assert.deepEqual(told, [3, 6]);
  assert.equal(Upload.last.method, "PUT");
  assert.equal(Upload.last.responseURL, `${origin}/v1/mailboxes/${"a".repeat(26)}/envelopes/${"7".repeat(25)}4`);
  assert.equal(Upload.last.sent, deposit.sealed);
  assert.deepEqual(Upload.last.headers, {
    "Content-Type": "application/octet-stream",
    "Transom-Withdraw-Hash": "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU",
  });
});

test("the same deposit again is success too", async () => {
  assert.deepEqual(await put((xhr) => xhr.answer(200, { day: 1, expires: 2 })), { day: 1, expires: 2 });
});

const failures: Record<string, [code: string, script: (xhr: Upload) => void]> = {
  "the connection breaks": ["network", (xhr) => xhr.onerror?.()],
  "it is refused": ["server/too_large", (xhr) => xhr.answer(413, { error: "too_large", message: canary })],
  "the server fails": ["server/internal", (xhr) => xhr.answer(500, { error: "internal", message: canary })],
  "a proxy answers": ["server/answer", (xhr) => xhr.answer(502, `<html>${canary}`)],
  "success says nothing": ["server/answer", (xhr) => xhr.answer(201, "")],
  "success is nonsense": ["server/answer", (xhr) => xhr.answer(201, { day: canary })],
  "another status would be success elsewhere": ["server/answer", (xhr) => xhr.answer(204, "")],
  "the answer has no end": ["server/answer", (xhr) => xhr.onprogress?.({ loaded: 2 ** 30 })],
  "somebody else answers": [
    "server/answer",
    (xhr) => {
      xhr.responseURL = "https://elsewhere.example.org/";
      xhr.answer(201, { day: 1, expires: 2 });
    },
  ],
};

for (const [what, [code, script]] of Object.entries(failures)) {
  test(`a failed deposit may have left something: ${what}`, async () => {
    const error = await fault(put(script));
    assert.deepEqual([error.code, error.sent], [code, "maybe"]);
  });
}

test("an upload that stands still is given up, one that moves is not", async () => {
  const error = await hurried(() => fault(put(() => {})));
  assert.deepEqual([error.code, error.sent, Upload.last.aborted], ["timeout", "maybe", true]);
  await hurried(() =>
    put((xhr) => {
      for (let i = 1; i <= 5; i++) setTimeout(() => (i < 5 ? xhr.upload.onprogress?.({ loaded: i }) : xhr.answer(201, { day: 1, expires: 2 })), 150 * i);
    }),
  );
});

test("a sender who gives up before sending has sent nothing", async () => {
  const early = new AbortController();
  early.abort();
  assert.equal((await fault(put(() => assert.fail("sent"), [], early.signal))).sent, "nothing");
  const late = new AbortController();
  const error = await fault(put(() => late.abort(), [], late.signal));
  assert.deepEqual([error.code, error.sent, Upload.last.aborted], ["network", "maybe", true]);
});
