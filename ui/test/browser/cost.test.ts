/** What a thread costs where nothing is compiled: Tor Browser's level "Safer". */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { correspondence, type Step } from "../correspondence.ts";
import { good, wire } from "../wire.ts";
import { openThread, thread } from "./hands.ts";
import { kinds, launch, missing, open, undoing } from "./rig.ts";

/** Six letters, five answers, and a receipt for each time the recipient collected: seventeen envelopes. */
const steps: Step[] = [1, 2, 3, 4, 5, 6].flatMap((n): Step[] => [
  { did: "write", ago: 7 - n, message: `letter ${n}`, known: n > 1 },
  { did: "receipt", ago: 7 - n, saw: n },
  ...(n < 6 ? [{ did: "reply", ago: 7 - n, message: `answer ${n}`, saw: n } as const] : []),
]);

/** Seconds of computing that opening a thread may take. */
const most = 3;

for (const kind of kinds) {
  test(`a thread with five answers opens within ${most} seconds in ${kind}`, { skip: missing(kind), timeout: 120_000 }, async (t) => {
    const after = undoing(t);
    const at = await wire(join("ui", "dist"), good(new Uint8Array()));
    after(() => at.stop());
    const { words, mailboxes } = await correspondence(at.url, steps);
    at.behave.mailboxes = mailboxes;
    const browser = await launch(kind);
    after(() => browser.close());
    const { page, complaints } = await open(browser, at.url);
    // The page is the only one who computes here, and the server answers at once: what passes is computing.
    await page.evaluate(() => {
      addEventListener("click", () => performance.mark("begin"), true);
      new MutationObserver(() => document.querySelector(".thread > li") && performance.mark("end")).observe(document.body, { childList: true, subtree: true });
    });
    await openThread(page, words);
    assert.equal((await thread(page)).length, 11);
    const took = await page.evaluate(() => {
      const [begin, end] = [performance.getEntriesByName("begin").pop()!, performance.getEntriesByName("end")[0]!];
      return (end.startTime - begin.startTime) / 1000;
    });
    t.diagnostic(`${took.toFixed(2)} seconds`);
    assert.ok(took < most, `${took} seconds`);
    assert.deepEqual(complaints, []);
  });
}
