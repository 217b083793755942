/**
 * Takes a picture of every state of the page into ui/shots: light, dark, on a
 * phone, and in a pseudo-translation that runs from right to left. In each it
 * also looks for what pictures do not show: violations that axe-core finds, sideways
 * scrolling at 320 px, targets smaller than 44 px, errors, requests to others.
 * ui/shots/index.html has them all side by side.
 *
 *	make shots                                  all of it
 *	node ui/.build/shots.mjs letter failure     the states whose names begin so
 *
 * It ends with status 1 if it found anything.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import { type Theatre, theatre } from "./stage.ts";
import { type State, states } from "./states.ts";

/** Run from the top of the repository. PAGE is another folder with a built page. */
const shots = join("ui", "shots");
const pageFolder = process.env["PAGE"] ?? join("ui", "dist");
/** Built beside this program. */
const pseudoScript = fileURLToPath(new URL("pseudo.js", import.meta.url));

interface Look {
  name: string;
  width: number;
  height: number;
  dark?: boolean;
}

const looks: Look[] = [
  { name: "1280", width: 1280, height: 900 },
  { name: "1280-dark", width: 1280, height: 900, dark: true },
  { name: "360", width: 360, height: 740 },
];
const mirrored: Look[] = [
  { name: "1280-rtl", width: 1280, height: 900 },
  { name: "360-rtl", width: 360, height: 740 },
];

async function take(page: Page, state: State, look: Look): Promise<void> {
  await page.setViewport({ width: look.width, height: look.height, deviceScaleFactor: look.width < 500 ? 2 : 1 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: look.dark ? "dark" : "light" }]);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(shots, `${state.name}.${look.name}.png`) as `${string}.png`, fullPage: true });
}

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is wrong with the page as it stands. */
async function look(page: Page, state: State): Promise<string[]> {
  const wrong: string[] = [];
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
    small: [...document.querySelectorAll("button, summary, input:not([hidden]), textarea")]
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

async function round(theatre: Theatre, chosen: State[], looks: Look[], check: boolean): Promise<string[]> {
  const wrong: string[] = [];
  for (const state of chosen) {
    try {
      const { stage, complaints } = await theatre.stage(state);
      for (const each of looks) await take(stage.page, state, each);
      const found = [...(check ? await look(stage.page, state) : []), ...complaints];
      wrong.push(...found.map((each) => `${state.name}: ${each}`));
      process.stderr.write(`${state.name} ${found.length ? "WRONG" : "ok"}\n`);
      await stage.page.browserContext().close();
    } catch (error) {
      wrong.push(`${state.name}: ${error instanceof Error ? error.message : String(error)}`);
      process.stderr.write(`${state.name} WRONG\n`);
    }
  }
  return wrong;
}

/** One document with all pictures: a row for each state. */
function sheet(chosen: State[]): string {
  const row = ({ name }: State): string =>
    `<h2>${name}</h2><div>${[...looks, ...mirrored].map((each) => `<img loading="lazy" src="${name}.${each.name}.png" alt="">`).join("")}</div>`;
  return `<!doctype html><meta charset="utf-8"><title>Every state of the page</title><style>body{background:#888;font:16px sans-serif}div{display:flex;gap:12px;align-items:start}img{width:19%}</style>${chosen.map(row).join("\n")}\n`;
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const chosen = states.filter(({ name }) => wanted.length === 0 || wanted.some((each) => name.startsWith(each)));
  await mkdir(shots, { recursive: true });
  const plain = await theatre(pageFolder);
  const wrong = await round(plain, chosen, looks, true);
  await plain.stop();
  const pseudo = await theatre(pageFolder, pseudoScript);
  wrong.push(...(await round(pseudo, chosen, mirrored, false)));
  await pseudo.stop();
  await writeFile(join(shots, "index.html"), sheet(chosen));
  for (const each of wrong) process.stderr.write(`${each}\n`);
  process.exitCode = wrong.length ? 1 : 0;
}

await main();
