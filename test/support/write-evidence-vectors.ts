// Writes test/vectors/evidence.json: `node test/support/write-evidence-vectors.ts`. It changes only when the bytes of
// evidence do: then raise EVIDENCE_VERSION or EVIDENCE_FORMAT, and say so in the commit.
import { writeFile } from "node:fs/promises";
import { EVIDENCE_VECTORS, makeEvidenceVectors } from "./evidence-fixture.ts";

await writeFile(EVIDENCE_VECTORS, `${JSON.stringify(await makeEvidenceVectors(), undefined, 2)}\n`);
