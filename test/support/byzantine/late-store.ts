// A node that would sign twice after a crash: what binds it reaches its disk only some time after it left. Everything else
// is a real node. For the test of the tests: they must find it out.
// Usage: node test/support/byzantine/late-store.ts start --config FILE
import { StatementSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { startNode } from "../../../node/app/node.ts";
import { reportFailure } from "../../../node/cli/failure.ts";
import { untilStopped } from "../../../node/cli/signals.ts";
import { readNodeConfig } from "../../../node/config/node-config.ts";
import { readPassword } from "../../../node/config/password.ts";

/** As if commits were gathered before they are written. */
const LATE_MS = 50;

type Run = StatementSync["run"];

// The method is taken from the prototype to be put back around itself.
// eslint-disable-next-line @typescript-eslint/unbound-method
const { run } = StatementSync.prototype;

StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<Run>) {
  if (!this.sourceSQL.startsWith("INSERT INTO binding")) return run.apply(this, values);
  setTimeout(() => run.apply(this, values), LATE_MS);
  return { changes: 1, lastInsertRowid: 0 };
} as Run;

const { values } = parseArgs({ options: { config: { type: "string" } }, allowPositionals: true });
try {
  const config = await readNodeConfig(values.config ?? "quorate.yaml");
  const password = await readPassword(config.password, process.env);
  await untilStopped((signal) => startNode({ config, password, signal }));
} catch (error) {
  reportFailure(error);
}
