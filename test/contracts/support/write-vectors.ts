import { writeFile } from "node:fs/promises";
import { VECTOR_FILES, makeConfigurationVectors, makeReportVectors, makeSchnorrVectors, stringify } from "./vectors.ts";

/** Writes the golden files anew. They change only when the protocol does: run by hand, and say so in the commit. */
if (import.meta.main) {
  await writeFile(VECTOR_FILES.report, stringify(makeReportVectors()));
  await writeFile(VECTOR_FILES.configuration, stringify(makeConfigurationVectors()));
  await writeFile(VECTOR_FILES.schnorr, stringify(makeSchnorrVectors()));
}
