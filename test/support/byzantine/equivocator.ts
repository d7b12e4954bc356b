// A Byzantine node: everything is a real node, but as leader it sends two proposals for one slot, each to one half of the
// committee, and as follower it signs two reports.
// Usage: node test/support/byzantine/equivocator.ts start --config FILE
import { parseArgs } from "node:util";
import { startNode } from "../../../node/app/node.ts";
import { reportFailure } from "../../../node/cli/failure.ts";
import { untilStopped } from "../../../node/cli/signals.ts";
import { readNodeConfig } from "../../../node/config/node-config.ts";
import { readPassword } from "../../../node/config/password.ts";
import { equivocatingNetwork } from "./equivocation.ts";

const { values } = parseArgs({ options: { config: { type: "string" } }, allowPositionals: true });
try {
  const config = await readNodeConfig(values.config ?? "quorate.yaml");
  const password = await readPassword(config.password, process.env);
  const overrides = { decorateNetwork: equivocatingNetwork };
  await untilStopped((signal) => startNode({ config, password, signal }, overrides));
} catch (error) {
  reportFailure(error);
}
