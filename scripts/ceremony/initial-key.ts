import { makeWhole } from "../../node/app/whole-file.ts";
import type { CeremonyDeps } from "./deps.ts";
import { makeFile } from "./snarkjs/run-job.ts";

/** The key before any contribution. It follows from constraints and powers of tau alone, byte for byte. */
export async function makeInitialKey(
  { r1cs, powers }: { readonly r1cs: string; readonly powers: string },
  to: string,
  { progress }: Pick<CeremonyDeps, "progress">,
): Promise<void> {
  await makeWhole(to, (temporary) => makeFile({ kind: "begin", r1cs, powers, to: temporary }, progress));
}
