/**
 * What pictures do not show: violations that axe-core finds in light and dark, up to
 * AAA; sideways scrolling at 320 px; targets smaller than 44 px.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "puppeteer-core";
import type { State } from "./acts.ts";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is wrong with the page as it stands: a list of sentences. */
export async function faults(page: Page, state: State): Promise<string[]> {
  const wrong: string[] = [];
  if (state.printed) return wrong;
  const heading = await page.evaluate(() => [...document.querySelectorAll("h1")].find((each) => each.checkVisibility())?.textContent ?? "");
  if (!heading.startsWith(state.heading)) wrong.push(`the heading is ${heading}`);
  if (state.name !== "noscript") {
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      wrong.push(...(await axeOf(page)).map((each) => `${scheme}: ${each}`));
    }
  }
  await page.setViewport({ width: 320, height: 640 });
  const { wide, small } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    small: [...document.querySelectorAll("button, summary, .option, input:not([hidden], .option input), textarea")]
      .filter((each) => each.checkVisibility())
      .map((each) => ({ words: each.textContent, box: each.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ words, box }) => `${words} ${box.width} x ${box.height}`),
  }));
  if (wide > 320) wrong.push(`at 320 px it is ${wide} px wide`);
  wrong.push(...small.map((each) => `small target: ${each}`));
  return wrong;
}

interface Found {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

async function axeOf(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe);
  const tags = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = (await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(tags)} })`)) as Found;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
