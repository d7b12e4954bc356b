// A Byzantine node: everything is a real node, but each value that it observes is multiplied by 1000 before it is signed.
// Usage: node test/support/byzantine/liar.ts start --config FILE
import { parseArgs } from "node:util";
import type { Observer } from "../../../core/ports/observer.ts";
import { startNode } from "../../../node/app/node.ts";
import { reportFailure } from "../../../node/cli/failure.ts";
import { untilStopped } from "../../../node/cli/signals.ts";
import { readNodeConfig } from "../../../node/config/node-config.ts";
import { readPassword } from "../../../node/config/password.ts";

const FACTOR = 1_000n;

function lying(observer: Observer): Observer {
  return {
    async observe(sequence, signal) {
      const { feeds, ...truth } = await observer.observe(sequence, signal);
      return { ...truth, feeds: { ...feeds, values: feeds.values.map((value) => value * FACTOR) } };
    },
  };
}

const { values } = parseArgs({ options: { config: { type: "string" } }, allowPositionals: true });
try {
  const config = await readNodeConfig(values.config ?? "quorate.yaml");
  const password = await readPassword(config.password, process.env);
  await untilStopped((signal) => startNode({ config, password, signal }, { decorateObserver: lying }));
} catch (error) {
  reportFailure(error);
}
