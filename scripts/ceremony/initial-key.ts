import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CeremonyDeps } from "./deps.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { writeWhole } from "./files/durable.ts";
import { runJob } from "./snarkjs/run-job.ts";

/** The key before any contribution. It follows from constraints and powers of tau alone, byte for byte. */
export async function makeInitialKey(
  { r1cs, powers }: { readonly r1cs: string; readonly powers: string },
  to: string,
  { progress }: Pick<CeremonyDeps, "progress">,
): Promise<void> {
  await writeWhole(to, async (temporary) => {
    const { holds, reason } = await runJob({ kind: "begin", r1cs, powers, to: temporary }, progress);
    if (holds) return;
    const message = `snarkjs could not begin: ${reason}; take powers of tau for this curve and circuit`;
    throw new QuorateError<CeremonyErrorData>({ code: "snarkjs-failed", job: "begin", reason }, message);
  });
}
