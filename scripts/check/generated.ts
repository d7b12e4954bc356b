import { GENERATORS, loadGenerator, type Generator } from "../generate/generators.ts";
import type { Finding, Tree } from "./finding.ts";

/** Finds committed files that their generator would write differently today. */
export async function checkGenerated(
  { root }: Tree,
  generators: readonly Generator[] = GENERATORS,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const generator of generators) findings.push(...(await judge(root, generator)));
  return findings;
}

async function judge(root: string, generator: Generator): Promise<Finding[]> {
  const { name, module, writes } = generator;
  const finding = (path: string, problem: string, mend: string) => [{ check: "generated", path, problem, mend }];
  try {
    const generate = await loadGenerator(generator, root);
    if (generate === undefined) {
      return finding(
        module,
        "this generator is missing",
        `Write it, or drop ${name} from scripts/generate/generators.ts`,
      );
    }
    if (await generate({ check: true })) return [];
    return finding(writes, "not what its generator writes today", `Run npm run generate ${name} and commit the result`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return finding(writes, `its generator failed: ${reason}`, `Run npm run generate ${name} to see why`);
  }
}
