/**
 * A server that lies. Whatever it does to the card, the page says that nothing was
 * sent, and nothing was: not one deposit is even begun.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { identityToRecipient } from "age-encryption";
import { today } from "../../src/days.ts";
import { sealingIdentity } from "../../src/kdf.ts";
import { type Body, drop } from "../fixture.ts";
import { type Behaviour, good, information, wire } from "../wire.ts";
import { heading, launch, missing, open } from "./rig.ts";

const now = today();
const honest = await drop("harbour");

interface Lie {
  card: Uint8Array | Behaviour["card"];
  info?: Behaviour["info"];
  /** What the page has to say about it. */
  says: RegExp;
}

/** The honest drop's card with something changed. */
const changed = async (changes: Body, faults = {}): Promise<Uint8Array> => (await drop("harbour", changes, faults)).sealed;

/** A card that was good until ten days ago, its keys included. */
const key = await identityToRecipient(sealingIdentity(new Uint8Array(32).fill(7)));
const expired = await changed({
  published: now - 40,
  expires: now - 10,
  epochs: [{ number: 1, from: now - 40, until: now - 10, keys: [key] }],
});

/** What the page says of a card that this link's owner has not signed. */
const foreign = /does not belong to your link/;

const lies: Record<string, Lie> = {
  "another root key": { card: await changed({}, { root: "mallory" }), says: foreign },
  "a forged signature": { card: await changed({}, { forged: true }), says: foreign },
  "the card of another drop": { card: (await drop("mallory")).sealed, says: foreign },
  "an expired card": { card: expired, says: /no longer tended/i },
  "an expired card under a frozen clock": {
    card: expired,
    info: { status: 200, body: { ...information, time: (now - 12) * 86400 } },
    says: /no longer tended/i,
  },
  "a card from the future": { card: await changed({ published: now + 9 }), says: /by the clock of this device that day has not come/ },
  "a truncated card": { card: honest.sealed.subarray(0, honest.sealed.length - 20), says: foreign },
  "an empty card": { card: new Uint8Array(0), says: foreign },
  "a page of HTML": { card: { status: 200, bytes: new TextEncoder().encode("<html><script>alert(1)</script>") }, says: foreign },
  "an answer without end": { card: { status: 200, bytes: new Uint8Array(3 << 20) }, says: /not a Transom server/ },
  "garbage for limits": { card: honest.sealed, info: { status: 200, body: { version: 1, days: "many" } }, says: /not a Transom server/ },
  "a redirect": { card: { status: 302, headers: { Location: "/v1/info" } }, says: /cannot be reached/ },
};

for (const kind of ["chromium", "firefox"] as const) {
  test(`lies told to ${kind}`, { skip: missing(kind), timeout: 300_000 }, async (t) => {
    const browser = await launch(kind);
    t.after(() => browser.close());
    for (const [name, lie] of Object.entries(lies)) {
      await t.test(name, async () => {
        const behave = good(honest.sealed);
        behave.card = lie.card instanceof Uint8Array ? { status: 200, bytes: lie.card } : lie.card;
        behave.info = lie.info ?? behave.info;
        const liar = await wire(join("ui", "dist"), behave);
        try {
          const { page } = await open(browser, `${liar.url}/#${honest.code}`);
          await heading(page, /^Nothing was sent/);
          const words = await page.evaluate(() => document.querySelector("main")!.innerText);
          assert.match(words, lie.says);
          assert.equal(await page.$("#letter"), null, "a letter can be written for a card that is no good");
          assert.deepEqual(liar.asked.filter((each) => !each.startsWith("GET ")), []);
          await page.close();
        } finally {
          await liar.stop();
        }
      });
    }
  });
}
