/** Every state of the page, looked at for what keeps somebody from using it. The pictures are made by `make shots`. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { faults } from "../faults.ts";
import { theatre } from "../stage.ts";
import { states } from "../states.ts";
import { missing } from "./rig.ts";

test("no state of the page shuts anybody out", { skip: missing("chromium"), timeout: 900_000 }, async (t) => {
  const house = await theatre(join("ui", "dist"));
  t.after(() => house.stop());
  for (const state of states) {
    await t.test(state.name, async () => {
      const { stage, complaints } = await house.stage(state);
      assert.deepEqual([...(await faults(stage.page, state)), ...complaints], []);
      await stage.page.browserContext().close();
    });
  }
});
