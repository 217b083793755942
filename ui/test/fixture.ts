/** Drops made up for pictures and tests: cards as a recipient's command line would seal them, good and bad. */

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { Encrypter, identityToRecipient } from "age-encryption";
import { concat, toBase64url, utf8 } from "../src/bytes.ts";
import { today } from "../src/days.ts";
import { cardIdentity, sealingIdentity } from "../src/kdf.ts";
import { formatCode } from "../src/link.ts";

export interface Drop {
  code: string;
  sealed: Uint8Array;
}

/** A card that can be opened today. Whatever a picture or test needs otherwise it overrides. */
export type Body = Record<string, unknown>;

const seed = (name: string): Uint8Array => createHash("sha256").update(name).digest();

/** The age identity that opens the letters to a drop. */
export const identity = (name: string): string => sealingIdentity(seed(`sealing ${name}`));

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key in its PKCS #8 form. */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");

function rootKey(name: string): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8, seed(`root ${name}`)]), format: "der", type: "pkcs8" });
}

function publicOf(root: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(root).export({ format: "der", type: "spki" }).subarray(-32));
}

/** Makes the same drop for the same name, so that pictures can be compared. */
export async function drop(name: string, changes: Body = {}, faults: { root?: string; forged?: boolean } = {}): Promise<Drop> {
  const secret = seed(`secret ${name}`).subarray(0, 16);
  const mailbox = createHash("sha256").update("transom/v1 mailbox\0").update(publicOf(rootKey(name))).digest().subarray(0, 16);
  const root = rootKey(faults.root ?? name);
  const body = utf8(JSON.stringify({ ...(await card(name)), root: toBase64url(publicOf(root)), ...changes }));
  const signature = sign(null, concat(utf8("transom/v1 card\0"), mailbox, body), root);
  if (faults.forged) signature[5]! ^= 1;
  const age = new Encrypter();
  age.addRecipient(await identityToRecipient(cardIdentity(secret)));
  return { code: formatCode({ secret, mailbox }), sealed: await age.encrypt(concat(signature, body)) };
}

/** A drop that is tended until a day, with keys until an earlier one. */
export async function dropUntil(expires: number, keysUntil = expires): Promise<Drop> {
  const { epochs } = (await card("harbour")) as { epochs: [Body] };
  return drop("harbour", { published: expires - 30, expires, epochs: [{ ...epochs[0], from: expires - 30, until: keysUntil }] });
}

async function card(name: string): Promise<Body> {
  const now = today();
  return {
    version: 1,
    root: "",
    seq: 1,
    published: now,
    expires: now + 30,
    title: "The Harbour Post",
    intro: introduction,
    languages: ["en"],
    questions: [],
    epochs: [{ number: 1, from: now, until: now + 30, keys: [await identityToRecipient(identity(name))] }],
    desks: [],
    policy: { files: true, largest: 16 << 20, replies: false },
    notices: [],
  };
}

export const introduction = `This letter box belongs to Ines Okafor and Tomas Brandt, who report on the port, its contracts and the people who work there.

We read everything, usually within two days. Tell us what happened, how you know, and what we could ask for to check it. Documents help, but your safety comes first: send nothing that only you could have.

We publish nothing that could lead to you without having thought it through twice.`;
