import type { Command } from "commander";
import { readNodeConfig } from "../config/node-config.ts";
import { readPassword } from "../config/password.ts";
import { untilStopped } from "./signals.ts";

export function addStartCommand(program: Command): void {
  program
    .command("start")
    .description("run a node until it is told to stop (SIGINT or SIGTERM)")
    .option("-c, --config <file>", "the node's configuration file", "quorate.yaml")
    .action(async ({ config: file }: { config: string }) => {
      const asked = performance.now();
      const config = await readNodeConfig(file);
      const configReadMs = performance.now() - asked;
      const password = await readPassword(config.password, process.env);
      // Loaded when it is needed: help and refusals come at once.
      const { startNode } = await import("../app/node.ts");
      await untilStopped((signal) => startNode({ config, password, configReadMs, signal }));
    });
}
