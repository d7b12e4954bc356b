import type { Command } from "commander";
import { addBuildCommand } from "./module-build.ts";
import { addInspectCommand } from "./module-inspect.ts";
import { addNewCommand } from "./module-new.ts";
import { addReplayCommand } from "./module-replay.ts";
import { addRunCommand } from "./module-run.ts";
import { addSigningCommands } from "./module-sign.ts";
import { addTestCommand } from "./module-test.ts";

/** `quorate module …`, in the order in which an author needs them. The parts behind them are loaded when they are needed. */
export function addModuleCommands(program: Command): void {
  const module = program.command("module").description("write fetchers, look at them and try them");
  addNewCommand(module);
  addBuildCommand(module);
  addInspectCommand(module);
  addRunCommand(module);
  addTestCommand(module);
  addReplayCommand(module);
  addSigningCommands(module);
}
