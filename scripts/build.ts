import { Command } from "commander";
import { ensureContracts } from "./toolchain/contracts.ts";
import { usualInstances } from "./circuits/instances.ts";
import { ensureInstance } from "./circuits/ensure-circuits.ts";

await new Command("build")
  .description("Compiles the contracts and builds the circuits with their development keys, where anything changed.")
  .action(async () => {
    await ensureContracts();
    console.log("contracts: compiled");
    for (const { name } of await usualInstances()) {
      const { record, built } = await ensureInstance({
        instance: name,
        onProgress: ({ stage, fraction }) => fraction === 0 && console.error(`${name}: ${stage} …`),
      });
      console.log(`${name}: ${record.constraints} constraints${built === undefined ? ", cached" : ""}`);
    }
  })
  .parseAsync();
