// Loaded before each test file (--import). A file whose tests are over but whose process stays alive has left a server,
// a timer or a child process running: it is told what, and fails, instead of hanging the whole run.
import { after } from "node:test";
import { isMainThread } from "node:worker_threads";

/** How long the file may take to end once its last test is over, in milliseconds. */
const graceMs = Number(new URL(import.meta.url).searchParams.get("graceMs"));

// Children and workers of a test inherit this import too; they are not guarded.
if (isMainThread && process.argv[1]?.endsWith(".test.ts") === true) {
  after(() => {
    setTimeout(() => {
      const held = process.getActiveResourcesInfo().join(", ");
      console.error(`Still alive ${graceMs / 1000} s after its last test, because of: ${held}. Close them in after().`);
      process.exit(1);
    }, graceMs).unref();
  });
}
