import type { ProcessMessage, ProcessOptions, ProcessReply } from "./messages.ts";
import { Dispatcher } from "./dispatcher.ts";
import { prepareWorkers } from "./worker-start.ts";

/**
 * Entry of the sandbox process. It runs under Node's permission model: it reads its own sources, starts worker threads,
 * and nothing else. It ends with its parent, whatever way that ends.
 */

/** What the last words get to leave. */
const LAST_WORDS_MS = 100;

const options = JSON.parse(process.argv[2] ?? "") as ProcessOptions;

const dispatcher = new Dispatcher(options, {
  spawn: prepareWorkers(options),
  reply: (reply) => process.send?.(reply),
  die: (culprit) => {
    const kill = () => process.kill(process.pid, "SIGKILL");
    const lastWords: ProcessReply = { kind: "dying", culprit };
    process.send?.(lastWords, kill);
    setTimeout(kill, LAST_WORDS_MS);
  },
});

process.on("message", (message: ProcessMessage) => void dispatcher.handle(message));
process.on("disconnect", () => process.exit(0));
// A Ctrl-C in a terminal reaches the whole group: the node decides when the sandbox ends.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
