import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";

const DEVNET = fileURLToPath(new URL("../../scripts/devnet/main.ts", import.meta.url));

/** The development network is a script of its own that runs nodes from outside; this hands over to it. */
export function addDevnetCommand(program: Command): void {
  program
    .command("devnet")
    .description("run four nodes and a chain on this machine (its own --help tells more)")
    .helpOption(false)
    .allowUnknownOption()
    .argument("[options...]")
    .action(async (_: readonly string[], __: object, command: Command) => {
      const child = spawn(process.execPath, [DEVNET, ...command.args], { stdio: "inherit" });
      // A terminal's Ctrl-C reaches the child by itself.
      process.on("SIGINT", () => undefined);
      process.on("SIGTERM", () => child.kill("SIGTERM"));
      process.exitCode = await new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
    });
}
