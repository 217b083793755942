/**
 * Takes a picture of every state of the page into ui/shots: light, dark, on a
 * phone, and in a pseudo-translation that runs from right to left. In each it
 * also looks for what pictures do not show: see faults.ts.
 * ui/shots/index.html has them all side by side.
 *
 *	make shots                                  all of it
 *	node ui/.build/shots.mjs letter send        the states whose names begin so
 *	node ui/.build/shots.mjs --pictures         the pictures in the documents
 *
 * It ends with status 1 if it found anything.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import { faults } from "./faults.ts";
import { type Theatre, theatre } from "./stage.ts";
import type { State } from "./acts.ts";
import { states } from "./states.ts";

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
  if (state.printed) await page.emulateMediaType("print"); // the line above takes it away
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(shots, `${state.name}.${look.name}.png`) as `${string}.png`, fullPage: true });
}

async function round(theatre: Theatre, chosen: State[], looks: Look[], check: boolean): Promise<string[]> {
  const wrong: string[] = [];
  for (const state of chosen) {
    try {
      const { stage, complaints } = await theatre.stage(state);
      for (const each of looks) await take(stage.page, state, each);
      const found = [...(check ? await faults(stage.page, state) : []), ...complaints];
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

/** A picture in the documents: of a state, from one element to the end of another, and the margin around them. */
interface Picture {
  path: `${string}.png`;
  state: string;
  from?: string;
  to: string;
  width: number;
}

const pictures: Picture[] = [
  { path: "docs/page.png", state: "letter-written", to: ".total", width: 1280 },
  { path: "docs/guides/questions.png", state: "letter-asked", from: ".questions", to: ".questions", width: 720 },
  { path: "docs/guides/words.png", state: "done", from: "h1", to: "ol.words", width: 720 },
  { path: "docs/guides/thread.png", state: "thread", from: "h1", to: ".thread > :nth-child(3)", width: 720 },
];

async function illustrate({ path, state, from, to, width }: Picture, house: Theatre): Promise<void> {
  const { stage } = await house.stage(states.find(({ name }) => name === state)!);
  await stage.page.setViewport({ width, height: 900 });
  await stage.page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
  });
  const margin = 40;
  const begin = from === undefined ? 0 : (await stage.page.$eval(from, (each) => each.getBoundingClientRect().top)) - margin;
  const end = (await stage.page.$eval(to, (each) => each.getBoundingClientRect().bottom)) + margin;
  const clip = { x: 0, y: begin, width, height: Math.ceil(end - begin) };
  await stage.page.screenshot({ path, clip, captureBeyondViewport: true });
  await stage.page.browserContext().close();
}

async function illustrateAll(): Promise<void> {
  const house = await theatre(pageFolder);
  for (const picture of pictures) await illustrate(picture, house);
  await house.stop();
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  if (wanted.includes("--pictures")) return illustrateAll();
  const chosen = states.filter(({ name }) => wanted.length === 0 || wanted.some((each) => name.startsWith(each)));
  await mkdir(shots, { recursive: true });
  const plain = await theatre(pageFolder);
  const wrong = await round(plain, chosen, looks, true);
  await plain.stop();
  const pseudo = await theatre(pageFolder, pseudoScript);
  wrong.push(...(await round(pseudo, chosen.filter(({ split }) => !split), mirrored, false)));
  await pseudo.stop();
  await writeFile(join(shots, "index.html"), sheet(chosen));
  for (const each of wrong) process.stderr.write(`${each}\n`);
  process.exitCode = wrong.length ? 1 : 0;
}

await main();
