import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { toBase32, utf8 } from "../src/bytes.ts";
import { type Code, TransomError } from "../src/errors.ts";
import { type Listed, OwnMailbox } from "../src/owner.ts";
import { randomBytes } from "../src/random.ts";
import { getInfo } from "../src/server.ts";
import { serve, type Served } from "./browserless.ts";
import { sender } from "./correspondents.ts";
import { Mailboxes } from "./mailboxes.ts";

const keys = await sender("owner");

async function set(t: TestContext): Promise<{ mailboxes: Mailboxes; served: Served; mailbox: OwnMailbox }> {
  const mailboxes = new Mailboxes();
  const served = await serve(mailboxes);
  t.after(() => served.stop());
  return { mailboxes, served, mailbox: new OwnMailbox(served.origin, keys.root, await getInfo(served.origin)) };
}

function refusal(code: Code): (error: unknown) => boolean {
  return (error) => error instanceof TransomError && error.code === code && error.sent === "nothing";
}

test("an owner lists page by page, fetches and erases; a stranger does not", async (t) => {
  const { mailboxes, served, mailbox } = await set(t);
  await assert.rejects(mailbox.list(), refusal("server/not_found"));
  mailboxes.pageSize = 3;
  const put = Array.from({ length: 8 }, (_, i) => ({ envelope: randomBytes(16), sealed: utf8(`sealed ${i}`) }));
  for (const { envelope, sealed } of put) mailboxes.put(keys.root.mailbox, envelope, sealed);
  const { envelopes, complete } = await mailbox.list();
  assert.ok(complete);
  assert.deepEqual(new Set(envelopes.map(({ id }) => id)), new Set(put.map(({ envelope }) => toBase32(envelope))));
  for (const { envelope, sealed } of put) {
    const listed = envelopes.find(({ id }) => id === toBase32(envelope))!;
    assert.deepEqual(Buffer.from(await mailbox.get(listed)), Buffer.from(sealed));
    await mailbox.erase(envelope);
    await mailbox.erase(envelope); // gone is as good as erased
    await assert.rejects(mailbox.get(listed), refusal("server/not_found"));
  }
  mailboxes.put(keys.root.mailbox, randomBytes(16), utf8("x"));
  const stranger = await sender("stranger");
  const info = await getInfo(served.origin);
  // The stranger's key for the owner's mailbox.
  const theirs = new OwnMailbox(served.origin, { ...stranger.root, mailbox: keys.root.mailbox }, info);
  await assert.rejects(theirs.list(), refusal("server/not_found"));
  // What was signed for one server is no good at another.
  const elsewhere = new OwnMailbox(served.origin, { ...keys.root, sign: (label, message) => keys.root.sign(label, utf8(new TextDecoder().decode(message).replace("127.0.0.1", "localhost"))) }, info);
  await assert.rejects(elsewhere.list(), refusal("server/unauthorized"));
});

test("a clock that has run away since it was asked for is asked for again, once", async (t) => {
  const { mailboxes, served, mailbox } = await set(t);
  mailboxes.put(keys.root.mailbox, randomBytes(16), utf8("x"));
  mailboxes.now = () => 5_000;
  assert.equal((await mailbox.list()).envelopes.length, 1);
  let time = 0;
  mailboxes.now = () => (time += 1_000);
  served.asked.length = 0;
  await assert.rejects(mailbox.list(), refusal("server/clock"));
  assert.equal(served.asked.length, 3);
});

/** Makes a server answer a list or an envelope in its own way. */
async function lie(t: TestContext, list: unknown, bytes = utf8("")): Promise<{ mailbox: OwnMailbox; served: Served }> {
  const { mailboxes, served, mailbox } = await set(t);
  const honest = mailboxes.answer.bind(mailboxes);
  mailboxes.answer = (asked) => (honest(asked)?.status === 401 ? honest(asked) : asked.target.includes("/envelopes/") ? { status: 200, bytes } : { status: 200, body: list });
  return { mailbox, served };
}

const id = "a".repeat(26);
const listed: Listed = { envelope: new Uint8Array(16), id, size: 5, day: 1, expires: 2 };
const each = { id, size: 5, day: 1, expires: 2 };

const lies: Record<string, unknown> = {
  "no list": {},
  "an ID in another spelling": { envelopes: [{ ...each, id: "A".repeat(26) }] },
  "an ID with spare bits": { envelopes: [{ ...each, id: "a".repeat(25) + "b" }] },
  "a short ID": { envelopes: [{ ...each, id: "aa" }] },
  "a negative size": { envelopes: [{ ...each, size: -1 }] },
  "a size that is no integer": { envelopes: [{ ...each, size: 1e300 }] },
  "a cursor that is none": { envelopes: [], next: "../card" },
  "more than a page": { envelopes: Array(1001).fill(each) },
};

for (const [what, list] of Object.entries(lies)) {
  test(`what no Transom server lists is refused: ${what}`, async (t) => {
    await assert.rejects((await lie(t, list)).mailbox.list(), refusal("server/answer"));
  });
}

test("a list in circles ends", async (t) => {
  const { mailbox, served } = await lie(t, { envelopes: [each], next: id });
  const { envelopes, complete } = await mailbox.list();
  assert.deepEqual([envelopes.length, complete], [1, false]);
  assert.ok(served.asked.length <= 52);
});

test("an envelope of another size than was listed is not taken", async (t) => {
  for (const size of [0, 4, 6, 1_000_000]) {
    await assert.rejects((await lie(t, {}, new Uint8Array(size))).mailbox.get(listed), refusal("server/answer"), String(size));
  }
  assert.equal((await (await lie(t, {}, utf8("12345"))).mailbox.get(listed)).length, 5);
});

test("whoever gives up waits no longer", async (t) => {
  const { mailboxes, mailbox } = await set(t);
  mailboxes.put(keys.root.mailbox, listed.envelope, utf8("12345"));
  const cancel = new AbortController();
  const asked = mailbox.get(listed, cancel.signal);
  cancel.abort();
  await assert.rejects(asked, refusal("network"));
});
