import type { ProcessMessage, ProcessOptions } from "./messages.ts";
import { Dispatcher } from "./dispatcher.ts";

/**
 * Entry of the sandbox process. It runs under Node's permission model: it reads its own sources, starts worker threads,
 * and nothing else. It ends with its parent, whatever way that ends.
 */
const options = JSON.parse(process.argv[2] ?? "") as ProcessOptions;

const dispatcher = new Dispatcher(options, {
  reply: (reply) => process.send?.(reply),
  die: () => process.kill(process.pid, "SIGKILL"),
});

process.on("message", (message: ProcessMessage) => void dispatcher.handle(message));
process.on("disconnect", () => process.exit(0));
// A Ctrl-C in a terminal reaches the whole group: the node decides when the sandbox ends.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
