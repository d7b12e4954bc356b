import { task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

// What each does is loaded when it runs: this file is a part of hardhat.config.ts.

const DESCRIPTION = { name: "description", description: "the YAML file that describes the deployment" } as const;
/** Several deployments may live on one chain. */
const DEPLOYMENT = {
  name: "deployment",
  description: "name of the deployment (chain-<id> unless given): deployments/<name>.json holds its addresses",
  type: ArgumentType.STRING_WITHOUT_DEFAULT,
  defaultValue: undefined,
} as const;
const JSON_FLAG = { name: "json", description: "print one JSON document instead of a table" } as const;

export const quorateTasks = [
  task("quorate:deploy", "Deploys what a description asks for and is not there yet; writes the addresses file")
    .addPositionalArgument(DESCRIPTION)
    .addOption(DEPLOYMENT)
    .setAction(() => import("./deploy.ts"))
    .build(),
  task(
    "quorate:configure",
    "Stages and activates the described committee with its verifier, and compares it with the chain's",
  )
    .addPositionalArgument(DESCRIPTION)
    .addOption(DEPLOYMENT)
    .addFlag({ name: "stageOnly", description: "leave the configuration staged" })
    .addFlag({ name: "print", description: "send nothing: print the calls, for an owner that is another wallet" })
    .setAction(() => import("./configure.ts"))
    .build(),
  task("quorate:check", "Compares what is deployed and in force with the description; exit code 1 if it differs")
    .addPositionalArgument(DESCRIPTION)
    .addOption(DEPLOYMENT)
    .setAction(() => import("./check.ts"))
    .build(),
  task("quorate:feeds", "Lists all feeds: newest value, age, round, whether it is proven, whether it is due")
    .addOption(DEPLOYMENT)
    .addFlag(JSON_FLAG)
    .setAction(() => import("./feeds.ts"))
    .build(),
  task("quorate:read", "Reads one feed: its newest signed and proven values")
    .addPositionalArgument({ name: "feed", description: "its name, id or proxy, or else its description" })
    .addOption(DEPLOYMENT)
    .addFlag(JSON_FLAG)
    .setAction(() => import("./read.ts"))
    .build(),
  task(
    "quorate:verification",
    "Writes what explorers need to verify each contract, after checking it against the chain",
  )
    .addOption(DEPLOYMENT)
    .addOption({
      name: "out",
      description: "folder to write to (build/verification/<deployment> unless given)",
      type: ArgumentType.STRING_WITHOUT_DEFAULT,
      defaultValue: undefined,
    })
    .setAction(() => import("./verification.ts"))
    .build(),
];
