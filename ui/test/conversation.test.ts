/** A thread against a server's mailboxes, between its sender and an honest recipient. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase32, toBase64url, utf8 } from "../src/bytes.ts";
import { copyText, mostCopied } from "../src/copies.ts";
import type { Meta } from "../src/meta.ts";
import { randomBytes } from "../src/random.ts";
import { beginThread, deliver, seal, takeBack } from "../src/sending.ts";
import { day, hurried, lines, never, own, refusal, reply, silent, Stage } from "./threadstage.ts";

test("nothing lies there before a letter was sent", async (t) => {
  const stage = await Stage.set(t);
  await assert.rejects(stage.open(), refusal("server/not_found"));
});

test("a thread of six letters with files both ways, from nothing but the codename", async (t) => {
  const stage = await Stage.set(t);
  const { recipient, mailboxes, known } = stage;
  const plan = new Uint8Array(70_000).fill(7);
  await stage.write("one", undefined, { files: [{ name: "plan.pdf", blob: new Blob([plan]) }], answers: new Map([["q", "yes"]]) });
  let conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 1 one waiting"]);
  assert.deepEqual(own(conversation, 1).files, [{ name: "plan.pdf", size: 70_000 }]);
  assert.deepEqual(own(conversation, 1).answers, new Map([["q", "yes"]]));
  assert.equal(conversation.drop?.card.title, "The Harbour Post");
  assert.ok(!conversation.known);

  const [first] = await recipient.collect();
  assert.deepEqual(first?.meta?.answers, new Map([["q", "yes"]]));
  assert.deepEqual(Buffer.from(first!.files[0]!.data), Buffer.from(plan));
  assert.equal(first?.meta?.reply?.key, stage.keys.recipient);
  mailboxes.day = day + 1;
  await recipient.receipt(known, { seen: new Map([[toBase64url(known.sender), 1]]) });
  conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 1 one collected 1"]);

  mailboxes.day = day + 2;
  const picture = new Uint8Array(600_000).map((_, i) => i % 251);
  await recipient.reply(known, "two", { "a.jpg": picture, "b.html": utf8("<script>") });
  conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 1 one answered 2", "reply 1 two"]);
  const [image, page] = reply(conversation, 1).files;
  assert.deepEqual(Buffer.from(await image!.blob.arrayBuffer()), Buffer.from(picture));
  assert.equal(page!.blob.type, "application/octet-stream");

  const place = conversation.place();
  assert.deepEqual([place.kind, place.seq, place.seen], ["next", 2, new Map([[toBase64url(recipient.author), 1]])]);
  const letter = { message: "three", files: [] };
  const parcel = await seal(conversation.drop!, letter, () => {}, never, place);
  await deliver(parcel, silent, never);
  conversation.written(parcel, letter);
  assert.deepEqual(lines(conversation).slice(1), ["reply 1 two", "own 2 three waiting"]);
  await stage.write("four", conversation.place());
  const [third, fourth] = await recipient.collect();
  assert.deepEqual([third?.meta?.kind, third?.meta?.seq, fourth?.meta?.seq], ["next", 2, 3]);
  assert.deepEqual(third?.meta?.proof, stage.keys.proof(third!.meta!.mailbox, third!.meta!.envelope));

  const seen = new Map([[toBase64url(known.sender), 3]]);
  await recipient.reply(known, "five", {}, { seen });
  mailboxes.day = day + 3;
  await recipient.reply(known, "six", {}, { seen });
  conversation = await stage.open();
  assert.deepEqual(lines(conversation), [
    ...["own 1 one answered 2", "reply 1 two", "own 2 three answered 2", "own 3 four answered 2"],
    ...["reply 2 five", "reply 3 six"],
  ]);
  assert.deepEqual([conversation.notGenuine, conversation.unverified, conversation.leftOut], [0, 0, 0]);
});

test("a letter that nobody has answered is followed by another first one, with the same reply mailbox", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  const conversation = await stage.open();
  await stage.write("two", conversation.place());
  const [one, two] = await stage.recipient.collect();
  assert.deepEqual([one?.meta?.kind, two?.meta?.kind, two?.meta?.seq], ["first", "first", 2]);
  assert.deepEqual(one?.meta?.reply?.thread, two?.meta?.reply?.thread);
  assert.notDeepEqual(one?.meta?.reply?.signature, two?.meta?.reply?.signature);
});

test("a reply that is not there shows as a gap, also the last one, and one that was deleted does not", async (t) => {
  const stage = await Stage.set(t);
  const { recipient, known, mailboxes } = stage;
  await stage.write("one");
  const lost: Meta[] = [];
  for (const words of ["a", "b", "c", "d"]) lost.push(await recipient.reply(known, words));
  await recipient.receipt(known);
  const mailbox = toBase32(stage.keys.root.mailbox);
  for (const at of [1, 3]) mailboxes.erase(mailbox, toBase32(lost[at]!.envelope));
  let conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 1 one answered 0", "reply 1 a", "gap 1", "reply 3 c", "gap 1"]);
  assert.deepEqual(conversation.place().beyond, new Map([[toBase64url(recipient.author), [3]]]));

  await conversation.erase(reply(conversation, 1));
  assert.deepEqual(lines(conversation), ["own 1 one answered 0", "gap 1", "reply 3 c", "gap 1"]);
  conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 1 one answered 0", "gap 1", "reply 3 c", "gap 1"]);
  await conversation.erase(reply(conversation, 3));
  conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 1 one collected 0", "gap 2"]);
  assert.deepEqual(conversation.place().deleted.map(({ seq }) => seq), [1, 3]);
  assert.equal(stage.mine(), 3, "a copy, a receipt, and one note");
});

test("an erasure that breaks off leaves no gap, and can be done again", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "a");
  const conversation = await stage.open();
  stage.served.fail = (method) => (method === "DELETE" ? 500 : undefined);
  await assert.rejects(conversation.erase(reply(conversation, 1)), refusal("server/internal"));
  assert.deepEqual(lines(await stage.open()), ["own 1 one answered 0", "reply 1 a"]);
  stage.served.fail = () => undefined;
  await conversation.erase(reply(conversation, 1));
  assert.deepEqual(lines(await stage.open()), ["own 1 one waiting"]);
  assert.equal(stage.mine(), 2);
});

test("a letter that waits can be taken back, and its number is not given again", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  let conversation = await stage.open();
  await stage.write("two", conversation.place());
  conversation = await stage.open();
  assert.equal(await conversation.withdraw(own(conversation, 2)), "erased");
  assert.equal(stage.theirs(), 1);
  assert.deepEqual(lines(conversation), ["own 1 one waiting"]);
  conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 1 one waiting"]);
  assert.equal(conversation.place().seq, 3);
  await stage.recipient.collect();
  assert.equal(await conversation.withdraw(own(conversation, 1)), "gone");
  assert.deepEqual(lines(conversation), ["own 1 one gone"]);
});

test("a thread whose only letter was taken back still opens, and is written on", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  let conversation = await stage.open();
  assert.equal(await conversation.withdraw(own(conversation, 1)), "erased");
  conversation = await stage.open();
  assert.deepEqual(lines(conversation), []);
  await stage.write("two", conversation.place());
  // Letter 1 is missing for the recipient, for ever: what they say beyond it counts.
  await stage.recipient.receipt(stage.known, { seen: new Map(), beyond: new Map([[toBase64url(stage.known.sender), [2]]]) });
  conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 2 two collected 0"]);
});

test("closing withdraws what waits, tells who knows the thread, and leaves nothing", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.collect();
  await stage.recipient.reply(stage.known, "a");
  let conversation = await stage.open();
  await stage.write("two", conversation.place());
  await stage.plant({ kind: "first", mailbox: stage.keys.root.mailbox, envelope: randomBytes(16), author: randomBytes(8), seq: 1, seen: new Map() });
  conversation = await stage.open();
  assert.deepEqual(await conversation.close(), { withdrawn: 1, gone: 0, wasKnown: true, told: true });
  assert.equal(stage.mine(), 0);
  const [last] = await stage.recipient.collect();
  assert.deepEqual([last?.meta?.kind, last?.meta?.closed, last?.meta?.seq, last?.message?.length], ["next", true, 3, 0]);
  await assert.rejects(stage.open(), refusal("server/not_found"));
});

test("closing a thread that nobody can know tells nobody", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  const conversation = await stage.open();
  assert.deepEqual(await conversation.close(), { withdrawn: 1, gone: 0, wasKnown: false, told: false });
  assert.deepEqual([stage.mine(), stage.theirs()], [0, 0]);
});

test("a recipient who has collected in silence is told of the end", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.collect();
  const conversation = await stage.open();
  assert.deepEqual(await conversation.close(), { withdrawn: 0, gone: 1, wasKnown: true, told: true });
  assert.equal(stage.mine(), 0);
  const [last] = await stage.recipient.collect();
  assert.deepEqual([last?.meta?.kind, last?.meta?.closed], ["next", true]);
});

test("closing goes on where it broke off", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "a", {}, { seen: new Map() });
  const conversation = await stage.open();
  stage.served.fail = (method, target) => (method === "DELETE" && target.includes(toBase32(stage.keys.root.mailbox)) ? 500 : undefined);
  await assert.rejects(conversation.close(), refusal("server/internal"));
  stage.served.fail = () => undefined;
  assert.deepEqual(await conversation.close(), { withdrawn: 1, gone: 0, wasKnown: true, told: true });
  assert.equal((await stage.recipient.collect()).length, 1, "told twice");
});

test("a recipient's closed thread is known, until they answer again", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "a");
  assert.equal((await stage.open()).closed, undefined);
  await stage.recipient.receipt(stage.known, { closed: true, day: day + 4 });
  await stage.recipient.receipt(stage.known, { closed: true, day: day + 6 });
  assert.equal((await stage.open()).closed, day + 4);
  await stage.recipient.reply(stage.known, "again", {}, { day: day + 9 });
  assert.equal((await stage.open()).closed, undefined);
});

test("a copy that did not arrive is sent again, and the letter is not", async (t) => {
  const stage = await Stage.set(t);
  stage.served.fail = (method, target) => (method === "PUT" && target.includes(toBase32(stage.keys.root.mailbox)) ? 507 : undefined);
  const parcel = await seal(await stage.drop(), { message: "one", files: [] }, () => {}, never, beginThread(stage.keys));
  let copying = 0;
  await assert.rejects(deliver(parcel, { ...silent, copying: () => copying++ }, never));
  assert.deepEqual([parcel.arrived?.day, parcel.copied, copying], [day, undefined, 1]);
  stage.served.fail = () => undefined;
  const before = stage.served.asked.filter((each) => each.startsWith("PUT")).length;
  await deliver(parcel, silent, never);
  assert.equal(stage.served.asked.filter((each) => each.startsWith("PUT")).length, before + 1);
  assert.deepEqual(lines(await stage.open()), ["own 1 one waiting"]);
  assert.equal(await takeBack(parcel), "erased");
  assert.deepEqual([stage.mine(), stage.theirs()], [0, 0]);
});

test("a flood is read up to a limit, some of each day first, and said", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  for (let i = 0; i < 600; i++) stage.mailboxes.put(stage.keys.root.mailbox, randomBytes(16), utf8("junk"), day + 1);
  stage.mailboxes.put(stage.keys.root.mailbox, randomBytes(16), new Uint8Array(16 * 1024 * 1024 + 1), day);
  stage.mailboxes.pageSize = 90;
  const conversation = await stage.open();
  assert.deepEqual(lines(conversation), ["own 1 one waiting"]);
  assert.deepEqual([conversation.notGenuine, conversation.leftOut], [499, 102]);
});

test("what was erased while it was read is passed over, a failure is not", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  const { envelope } = await stage.recipient.reply(stage.known, "a");
  const path = `GET /v1/mailboxes/${toBase32(stage.keys.root.mailbox)}/envelopes/${toBase32(envelope)}`;
  stage.served.fail = (method, target) => {
    if (`${method} ${target}` === path) stage.mailboxes.erase(toBase32(stage.keys.root.mailbox), toBase32(envelope));
    return undefined;
  };
  assert.deepEqual(lines(await stage.open()), ["own 1 one waiting"]);
  for (const words of ["b", "c", "d"]) await stage.recipient.reply(stage.known, words);
  stage.served.fail = (_, target) => (target.includes("/envelopes/") ? 500 : undefined);
  await assert.rejects(hurried(() => stage.open()), refusal("server/internal"));
});

test("one envelope that the server cannot give hides no other", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  const { envelope } = await stage.recipient.reply(stage.known, "a");
  await stage.recipient.reply(stage.known, "b");
  stage.served.fail = (method, target) => (method === "GET" && target.endsWith(toBase32(envelope)) ? 500 : undefined);
  const conversation = await hurried(() => stage.open());
  assert.deepEqual([lines(conversation), conversation.notGenuine], [["own 1 one answered 0", "gap 1", "reply 2 b"], 1]);
  stage.served.fail = () => undefined;
  await conversation.lookAgain(() => {}, never);
  assert.deepEqual([lines(conversation), conversation.notGenuine], [["own 1 one answered 0", "reply 1 a", "reply 2 b"], 0]);
  assert.equal(conversation.expires, day + 30);
});

test("looking again reads only what is new, and keeps what was read", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "a");
  const conversation = await stage.open();
  await stage.recipient.reply(stage.known, "b");
  stage.served.asked.length = 0;
  await conversation.lookAgain(() => {}, never);
  assert.deepEqual(lines(conversation), ["own 1 one answered 0", "reply 1 a", "reply 2 b"]);
  assert.equal(stage.served.asked.filter((each) => /envelopes\/./.test(each)).length, 1);
  conversation.wipe();
  assert.deepEqual(conversation.items, []);
});

test("a server with a clock of its own is asked by that clock", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  stage.mailboxes.now = () => 1_000_000;
  assert.deepEqual(lines(await stage.open()), ["own 1 one waiting"]);
});

test("a copy has one size, however long the letter", async (t) => {
  const stage = await Stage.set(t);
  const short = await stage.write("short");
  for (const unit of ["a", "é", "€", "😀"]) {
    const long = await stage.write(unit.repeat(200_000));
    assert.equal(long.copy!.sealed.size, short.copy!.sealed.size);
    assert.ok(long.letter.sealed.size > 190_000);
    assert.equal(copyText(unit.repeat(mostCopied / utf8(unit).length)), unit.repeat(mostCopied / utf8(unit).length));
    const kept = copyText(unit.repeat(200_000));
    assert.match(kept, new RegExp(`^(${unit})+…$`, "u"));
    assert.ok(utf8(kept).length <= mostCopied && utf8(kept).length > mostCopied - 4);
  }
});

test("a recipient who claims to have seen letters that were never written leaves the sender a number", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "two", {}, { seen: new Map([[toBase64url(stage.keys.author), Number.MAX_SAFE_INTEGER]]) });
  assert.equal((await stage.open()).place().seq, 2);
});

test("whoever looks late in the life of a copy keeps the words good for as long again", async (t) => {
  const stage = await Stage.set(t);
  stage.mailboxes.day = day - 14;
  await stage.write("one");
  stage.mailboxes.day = day;
  assert.equal((await stage.open()).expires, day + 16);
  assert.equal(stage.mine(), 1);

  stage.mailboxes.day = day - 15;
  const old = await Stage.set(t, "old");
  old.mailboxes.day = day - 15;
  await old.write("one");
  old.mailboxes.day = day;
  old.served.fail = (method) => (method === "PUT" ? 507 : undefined);
  assert.deepEqual([lines(await old.open()), (await old.open()).expires, old.mine()], [["own 1 one waiting"], day + 15, 1]);
  old.served.fail = () => undefined;
  assert.deepEqual([lines(await old.open()), (await old.open()).expires, old.mine()], [["own 1 one waiting"], day + 30, 2]);
});

test("a reply under the number of one that was deleted is shown, and said to be", async (t) => {
  const stage = await Stage.set(t);
  await stage.write("one");
  await stage.recipient.reply(stage.known, "read and deleted", {}, { seq: 1 });
  const conversation = await stage.open();
  await conversation.erase(reply(conversation, 1));
  await stage.recipient.reply(stage.known, "sent after going back to a backup", {}, { seq: 1 });
  const shown = reply(await stage.open(), 1);
  assert.deepEqual([shown.untrustedMessage, shown.deleted], ["sent after going back to a backup", true]);
});
