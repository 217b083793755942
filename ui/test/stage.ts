/** A browser, a server and a folder of files, ready to bring the page into any of its states. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { quiet } from "./browser/rig.ts";
import { scenery, type Stage, type State } from "./acts.ts";
import { behaviour } from "./states.ts";
import { type Wire, wire } from "./wire.ts";

const onion = "transomdrop5ywphk2mizl7sjxekz3wfkwqqvmjsaolbvdqfqxd2yqd.onion";

export interface Theatre {
  stage(state: State): Promise<{ stage: Stage; complaints: string[] }>;
  stop(): Promise<void>;
}

/** Serves the page from folder; script is another one to run in place of its app.js. */
export async function theatre(folder: string, script?: string): Promise<Theatre> {
  const place = await mkdtemp(join(tmpdir(), "transom-shots-"));
  await mkdir(join(place, "a folder"));
  for (const [name, size] of Object.entries(scenery)) await writeFile(join(place, name), Buffer.alloc(size, name));
  const server = await wire(folder, behaviour(new Uint8Array()), script);
  const port = new URL(server.url).port;
  const browser = await puppeteer.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    args: [
      ...quiet,
      "--force-color-profile=srgb",
      "--lang=en-GB",
      `--host-resolver-rules=MAP ${onion} 127.0.0.1,MAP drop.example.org 127.0.0.1`,
      `--unsafely-treat-insecure-origin-as-secure=http://${onion}:${port}`,
    ],
  });
  return {
    stage: (state) => open(browser, server, place, state),
    async stop() {
      await browser.close();
      await server.stop();
      await rm(place, { recursive: true });
    },
  };
}

async function open(browser: Browser, server: Wire, files: string, state: State): Promise<{ stage: Stage; complaints: string[] }> {
  const found = await state.drop?.();
  server.behave = behaviour(found?.sealed ?? new Uint8Array());
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const complaints = watch(page);
  const thread = await state.thread?.(server.url);
  if (thread) server.behave.mailboxes = thread.mailboxes;
  state.behave?.(server.behave);
  const stage: Stage = { page, wire: server, files, words: thread?.words ?? "" };
  await page.setViewport({ width: 1280, height: 900 });
  if (state.hasty) await page.evaluateOnNewDocument(hasten);
  await state.before?.(stage);
  const code = found ? `#${state.code?.(found.code) ?? found.code}` : "";
  const host = { onion, plain: "drop.example.org" }[state.host as "onion" | "plain"] ?? "127.0.0.1";
  await page.goto(`http://${host}:${new URL(server.url).port}/${code}`, { waitUntil: "load" });
  await page.waitForFunction(() => !/^(One moment|Reading)/.test(document.querySelector("h1")?.textContent ?? ""), { timeout: 1500 }).catch(() => {});
  await state.act?.(stage);
  await page.bringToFront();
  return { stage, complaints };
}

/** Runs in the page: what it waits for a second or longer comes twenty times as soon. */
function hasten(): void {
  const patient = globalThis.setTimeout;
  globalThis.setTimeout = ((call: () => void, after = 0) => patient(call, after < 1000 ? after : after / 20)) as typeof setTimeout;
}

/** What a page must never do: fail, break its policy, or ask anybody else. */
function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error instanceof Error ? error.message : String(error)}`));
  page.on("console", (message) => {
    if (/Content.Security.Policy|Trusted/i.test(message.text())) complaints.push(`policy: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!/^http:\/\/(127\.0\.0\.1|drop\.example\.org|transomdrop[a-z0-9]+\.onion):/.test(request.url())) complaints.push(`request: ${request.url()}`);
  });
  return complaints;
}
