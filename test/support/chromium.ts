import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";

/** Debian's package, and what it is called elsewhere. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const PATIENCE_MS = 90_000;
/** Of the page's own time, which passes as fast as the page can go: what it waits for is there by then. */
const VIRTUAL_MS = 10_000;

/** The browser's program; undefined where there is none. */
export const CHROMIUM = (process.env.PATH ?? "")
  .split(path.delimiter)
  .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
  .find(isProgram);

export interface ChromiumOptions {
  readonly url: string;
  /** For its profile. */
  readonly folder: string;
}

/** Opens a page without a window until it has told its result. Rejects with what the browser said if it ends before, or takes too long. */
export async function openUntil<T>(options: ChromiumOptions, told: Promise<T>): Promise<T> {
  const browser = startChromium(options, []);
  try {
    return await Promise.race([
      told,
      browser.failure(),
      browser.ended.then(() => Promise.reject(browser.error("ended"))),
    ]);
  } finally {
    await browser.stop();
  }
}

/** The page as it is once its scripts have run, as HTML. */
export async function renderedHtml(options: ChromiumOptions): Promise<string> {
  const browser = startChromium(options, ["--dump-dom", `--virtual-time-budget=${VIRTUAL_MS}`]);
  try {
    const code = await Promise.race([browser.ended, browser.failure()]);
    if (code !== 0) throw browser.error(`failed with ${code}`);
    return browser.stdout();
  } finally {
    await browser.stop();
  }
}

function startChromium({ url, folder }: ChromiumOptions, flags: readonly string[]) {
  const own = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
  // Chromium's own sandbox does not start as root; the pages are ours.
  const privileges = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const args = [...own, ...privileges, `--user-data-dir=${path.join(folder, "profile")}`, ...flags, url];
  // A process group of its own, helpers included.
  const child = spawn(CHROMIUM ?? "chromium", args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const error = (why: string) => new Error(`Chromium ${why}:\n${stderr.slice(-2_000)}`);
  let timer: NodeJS.Timeout | undefined;
  return {
    ended,
    error,
    stdout: () => stdout,
    failure: () =>
      new Promise<never>((_, reject) => (timer = setTimeout(() => reject(error("took too long")), PATIENCE_MS))),
    async stop() {
      clearTimeout(timer);
      killGroup(child);
      await ended.catch(() => undefined);
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    // All of it has ended.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
