/**
 * What the browser tests stand on: the real server and the real command line, built
 * by `make build`, and Debian's browsers as they are shipped and as Tor Browser's
 * level "Safer" leaves them (no JIT, no WebAssembly).
 */

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";

const top = resolve(process.cwd());
const bin = join(top, ".build");

export type Kind = "chromium" | "chromium-jitless" | "firefox" | "firefox-safer";
export const kinds: Kind[] = ["chromium", "chromium-jitless", "firefox", "firefox-safer"];

const paths = { chromium: "/usr/bin/chromium", firefox: "/usr/bin/firefox-esr" };

/** Why a browser cannot be used here, for a test that must then say so loudly. */
export function missing(kind: Kind): string | false {
  const path = kind.startsWith("chromium") ? paths.chromium : paths.firefox;
  return existsSync(path) ? false : `${path} is not installed`;
}

/** Flags without which Debian's Chromium asks after hosts of its maker. */
export const quiet = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];

/** What level "Safer" switches off, and what Tor Browser always has on. */
const safer = {
  "javascript.options.ion": false,
  "javascript.options.baselinejit": false,
  "javascript.options.native_regexp": false,
  "javascript.options.asmjs": false,
  "javascript.options.wasm": false,
  "privacy.resistFingerprinting": true,
};

/** Starts a browser, which saves files into a folder without asking where one is given. */
export async function launch(kind: Kind, downloads?: string): Promise<Browser> {
  if (kind.startsWith("chromium")) {
    const args = kind === "chromium-jitless" ? [...quiet, "--js-flags=--jitless"] : quiet;
    const browser = await puppeteer.launch({ executablePath: paths.chromium, headless: true, args, protocolTimeout: 120_000 });
    const session = await browser.target().createCDPSession();
    if (downloads) await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads });
    return browser;
  }
  const saving = { "browser.download.folderList": 2, "browser.download.dir": downloads ?? "", "browser.download.useDownloadDir": true, "browser.download.always_ask_before_handling_new_types": false, "browser.helperApps.neverAsk.saveToDisk": "application/octet-stream" };
  return puppeteer.launch({
    browser: "firefox",
    executablePath: paths.firefox,
    headless: true,
    protocolTimeout: 120_000,
    extraPrefsFirefox: { "browser.startup.page": 0, "network.captive-portal-service.enabled": false, ...(downloads ? saving : {}), ...(kind === "firefox-safer" ? safer : {}) },
  });
}

/** Undoes what a test has set up when it ends, the last thing first: node's own hooks run in the order in which they were made. */
export function undoing(t: { after(f: () => Promise<void>): void }): (undo: () => Promise<unknown>) => void {
  const undos: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const undo of undos.reverse()) await undo();
  });
  return (undo) => void undos.push(undo);
}

/** A place that is emptied when the test ends. */
export async function temporary(after: (undo: () => Promise<unknown>) => void): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "transom-browser-"));
  after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export interface Server {
  url: string;
  stop(): Promise<void>;
}

/** Starts transomd on a free port of its own. */
export async function server(dir: string, ...flags: string[]): Promise<Server> {
  const child = spawn(join(bin, "transomd"), ["--open", "--listen", "127.0.0.1:0", "--data", join(dir, "data"), ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  return { url: await listening(child), stop: () => stopped(child) };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolved, rejected) => {
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => {
      said += chunk;
      const found = /listening on (http:\/\/\S+)/.exec(said);
      if (found) resolved(found[1]!);
    });
    child.on("exit", (code) => rejected(new Error(`transomd ended with ${code}: ${said}`)));
    child.on("error", rejected);
  });
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolved) => {
    child.once("exit", () => resolved());
    child.kill("SIGTERM");
  });
}

/** A recipient with a vault of their own. */
export class Recipient {
  private readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(dir: string): Promise<Recipient> {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, "passphrase"), "correct horse battery staple\n", { mode: 0o600 });
    return new Recipient(dir);
  }

  /** Runs `transom` and returns its standard output. A status other than 0 throws what it said. */
  run(...args: string[]): Promise<string> {
    const env = { ...process.env, TRANSOM_HOME: join(this.dir, "vault"), TRANSOM_PASSPHRASE_FILE: join(this.dir, "passphrase") };
    return new Promise((resolved, rejected) => {
      const child = execFile(join(bin, "transom"), args, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        if (error) rejected(new Error(`transom ${args[0]}: ${error.message}\n${stderr}`));
        else resolved(stdout);
      });
      child.stdin!.end();
    });
  }

  async drop(server: string, ...flags: string[]): Promise<string> {
    const link = await this.run("new", "--server", server, "--title", "The Harbour Post", "--name", "post", ...flags);
    return link.trim();
  }
}

/** Opens a page that fails the test on any error, and on any request that leaves the server's origin. */
export async function open(browser: Browser, url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (e) => complaints.push(`error: ${e instanceof Error ? e.message : String(e)}`));
  page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warn") complaints.push(`console: ${m.text()}`);
  });
  const origin = new URL(url).origin;
  page.on("request", (r) => {
    // Firefox reports a font of its own interface, which comes from nowhere.
    if (!r.url().startsWith(`${origin}/`) && !r.url().startsWith("data:")) complaints.push(`request: ${r.url()}`);
  });
  await page.goto(url, { waitUntil: "load" });
  return { page, complaints };
}

/** Waits until the page's heading says something. */
export async function heading(page: Page, words: RegExp, timeout = 60_000): Promise<string> {
  const deadline = Date.now() + timeout;
  let last = "";
  while (Date.now() < deadline) {
    last = await page.evaluate(() => document.querySelector("h1")?.textContent ?? "").catch(() => last);
    if (words.test(last)) return last;
    await new Promise((r) => setTimeout(r, 100));
  }
  throw new Error(`waited for a heading like ${words}, the page says: ${await page.evaluate(() => document.body.innerText)}`);
}
