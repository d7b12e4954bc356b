// Usage: npm run generate [NAME…]
// Writes the committed files that are made from others. Without names: all of them.
import { GENERATORS, loadGenerator } from "./generators.ts";
import { ensureContracts } from "../toolchain/contracts.ts";

const names = process.argv.slice(2);
const unknown = names.filter((name) => !GENERATORS.some((generator) => generator.name === name));

if (unknown.length > 0) {
  console.error(
    `No generator is called ${unknown.join(" or ")}. There are: ${GENERATORS.map(({ name }) => name).join(", ")}.`,
  );
  process.exitCode = 2;
} else {
  const chosen = GENERATORS.filter(({ name }) => names.length === 0 || names.includes(name));
  if (chosen.some(({ name }) => name === "abi")) await ensureContracts();
  for (const generator of chosen) {
    const generate = await loadGenerator(generator);
    if (generate === undefined) throw new Error(`${generator.module} is missing`);
    const current = await generate({ check: false });
    console.log(`${generator.name}: ${generator.writes} ${current ? "is up to date" : "written"}`);
  }
}
