import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { addAggregateCommands } from "./aggregate.ts";
import { addDevnetCommand } from "./devnet.ts";
import { reportFailure } from "./failure.ts";
import { addEvidenceCommands } from "./evidence.ts";
import { addInitCommand } from "./init.ts";
import { addModuleCommands } from "./module.ts";
import { addProofCommands } from "./proof.ts";
import { addStartCommand } from "./start.ts";
import { addWatchCommand } from "./watch.ts";

const program = new Command("quorate")
  .description("An oracle node: sandboxed fetchers, agreement on medians, signed and proven reports.")
  .version(packageJson.version)
  .showHelpAfterError("(add --help for the options)");

addInitCommand(program);
addStartCommand(program);
addWatchCommand(program);
addDevnetCommand(program);
addEvidenceCommands(program);
addModuleCommands(program);
addAggregateCommands(program);
addProofCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error);
}
