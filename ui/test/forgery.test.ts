/** A thread, and everybody who would like to be the recipient. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, toBase32, toBase64url, utf8 } from "../src/bytes.ts";
import { sealEnvelope } from "../src/envelope.ts";
import { type Code, TransomError } from "../src/errors.ts";
import { parseLink } from "../src/link.ts";
import type { Meta } from "../src/meta.ts";
import { randomBytes } from "../src/random.ts";
import { beginThread, deliver, seal } from "../src/sending.ts";
import { canonicalHeader } from "../src/tar.ts";
import { knownOf, Recipient, sealed, sender } from "./correspondents.ts";
import { lines, never, own, refusal, silent, Stage } from "./threadstage.ts";

/** What somebody does who is not the recipient, or is but has lost a key: none of it may show. */
const attacks: Record<string, (stage: Stage) => Promise<unknown>> = {
  "who has only the mailbox's ID writes in the recipient's name": ({ recipient, known }) => recipient.reply(known, "evil", {}, { proof: new Uint8Array(32) }),
  "a thief of the sealing key answers in the desk's name": ({ recipient, known }) => recipient.reply(known, "evil", {}, { desk: "a thief" }),
  "a thief of the sealing key says that the thread is closed": ({ recipient, known }) => recipient.receipt(known, { closed: true, desk: "a thief" }),
  "another recipient of the server answers": async ({ mailboxes, known }) => {
    const other = new Recipient("other", mailboxes);
    await other.publish();
    await other.reply(known, "evil");
  },
  "the server replays a reply under another ID": async ({ mailboxes, keys, recipient, known }) => {
    const { envelope } = await recipient.reply(known, "real");
    const kept = mailboxes.all(keys.root.mailbox).get(toBase32(envelope))!;
    mailboxes.put(keys.root.mailbox, randomBytes(16), kept.sealed);
  },
  "the server moves a reply from another thread": async ({ mailboxes, keys, recipient }) => {
    const other = await sender("somebody else");
    const { envelope } = await recipient.reply(knownOf(other), "evil", {}, { seq: 1 });
    mailboxes.put(keys.root.mailbox, envelope, mailboxes.all(other.root.mailbox).get(toBase32(envelope))!.sealed);
  },
  "a recipient seals another thread's reply again": async ({ mailboxes, keys, recipient }) => {
    const other = await sender("somebody else");
    const meta = await recipient.reply(knownOf(other), "evil", {}, { seq: 1 });
    mailboxes.put(keys.root.mailbox, meta.envelope, await sealed(keys.recipient, meta, "evil"));
  },
  "a letter to a drop lies here": (stage) =>
    stage.plant({ kind: "first", mailbox: stage.keys.root.mailbox, envelope: randomBytes(16), author: stage.keys.author, seq: 7, seen: new Map() }, "evil"),
  "the recipient plants a copy that names another drop": async (stage) => {
    const envelope = randomBytes(16);
    const { mailbox } = stage.keys.root;
    const copy = { link: stage.recipient.drop!.code, origin: "https://evil.example", sent: randomBytes(16), kind: "first", files: [], deleted: [] } as const;
    const meta: Meta = { kind: "copy", mailbox, envelope, author: stage.keys.author, seq: 2, seen: new Map(), proof: stage.keys.proof(mailbox, envelope), copy };
    await stage.plant(meta, "evil");
  },
  "a reply names another link": ({ recipient, known }) =>
    recipient.reply(known, "evil", {}, { copy: { link: recipient.drop!.code, origin: "https://evil.example", sent: randomBytes(16), kind: "first", files: [], deleted: [] } }),
  "a reply says that it is a first letter": ({ recipient, known }) => recipient.reply(known, "evil", {}, { reply: { ...known.to, signature: new Uint8Array(64) } }),
  "the recipient answers with the sender's author": ({ recipient, known }) => recipient.reply(known, "evil", {}, { author: known.sender }),
  "an envelope is broken": async ({ mailboxes, keys, recipient, known }) => {
    const { envelope } = await recipient.reply(known, "evil");
    mailboxes.all(keys.root.mailbox).get(toBase32(envelope))!.sealed[9000]! ^= 1;
  },
  "a bare letter lies here": async ({ mailboxes, keys }) => {
    const tar = concat(canonicalHeader("message.txt", 4), utf8("evil"), new Uint8Array(508 + 1024));
    const blob = await sealEnvelope([keys.recipient], (async function* () { yield tar; })());
    mailboxes.put(keys.root.mailbox, randomBytes(16), new Uint8Array(await blob.arrayBuffer()));
  },
};

for (const [what, attack] of Object.entries(attacks)) {
  test(`not genuine: ${what}`, async (t) => {
    const stage = await Stage.set(t);
    await stage.write("one");
    const genuine = lines(await stage.open());
    await attack(stage);
    const conversation = await stage.open();
    assert.equal(conversation.notGenuine, 1);
    const left = lines(conversation).filter((line) => line !== "reply 1 real");
    assert.deepEqual(left.map((line) => line.replace("answered 0", "waiting")), genuine);
    assert.equal(conversation.closed, undefined);
    assert.equal(conversation.link?.origin, stage.served.origin);
  });
}

test("copies that name different drops open nothing", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  const other = new Recipient("other", stage.mailboxes);
  const { code } = await other.publish();
  const drop = await stage.drop();
  const parcel = await seal({ ...drop, link: parseLink(code) }, { message: "", files: [] }, () => {}, never, beginThread(stage.keys));
  await deliver(parcel, silent, never);
  await assert.rejects(stage.open(), refusal("thread/links"));
});

test("without a card that holds, nothing of the recipient's is shown", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "a");
  await stage.recipient.receipt(stage.known, { closed: true });
  const { mailboxes, recipient } = stage;
  const id = toBase32(parseLink(recipient.drop!.code).mailbox);
  const card = mailboxes.cards.get(id)!;
  const expired = { published: 20_000, expires: 20_010 };
  const failures: [Code, () => Promise<unknown>][] = [
    ["server/not_found", async () => mailboxes.cards.delete(id)],
    ["card/sealed", async () => mailboxes.cards.set(id, card.slice(0, -1))],
    ["card/expired", () => recipient.publish({ ...expired, epochs: [{ number: 1, from: 20_000, until: 20_010, keys: [stage.keys.recipient] }] })],
  ];
  for (const [code, change] of failures) {
    await change();
    const conversation = await stage.open();
    assert.deepEqual(lines(conversation), ["own 1 one unknown"]);
    assert.deepEqual([conversation.unverified, conversation.closed, conversation.drop, conversation.known], [2, undefined, undefined, false]);
    assert.equal((conversation.cardFailure as TransomError).code, code);
    mailboxes.cards.set(id, card);
    await conversation.lookAgain(() => {}, never);
    assert.deepEqual(lines(conversation), ["own 1 one answered 0", "reply 1 a"]);
  }
});

test("a desk that has left the card is not believed", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "a");
  await stage.recipient.publish({ desks: [toBase64url(stage.keys.root.publicKey)] });
  const conversation = await stage.open();
  assert.deepEqual([lines(conversation), conversation.notGenuine], [["own 1 one waiting"], 1]);
});

test("a drop on another server is named, and not asked", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "a");
  const [, port] = /:([0-9]+)$/.exec(stage.served.origin)!;
  (globalThis as { location?: unknown }).location = { origin: `http://localhost:${port}` };
  stage.mailboxes.origin = `http://localhost:${port}`;
  stage.served.asked.length = 0;
  const conversation = await stage.open();
  assert.equal(conversation.elsewhere, stage.served.origin);
  assert.deepEqual([lines(conversation), conversation.drop, conversation.unverified], [["own 1 one unknown"], undefined, 1]);
  assert.equal(await conversation.withdraw(own(conversation, 1)), "unknown");
  await assert.rejects(conversation.close(), refusal("link/origin"));
  assert.ok(!stage.served.asked.some((each) => each.includes("/card") || each.startsWith("DELETE")));
});
