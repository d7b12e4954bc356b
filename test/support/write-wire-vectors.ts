// Writes test/vectors/wire.json: `node test/support/write-wire-vectors.ts`. It changes only when the protocol's bytes do:
// then raise WIRE_VERSION, and say so in the commit.
import { writeFile } from "node:fs/promises";
import { makeWireVectors, WIRE_VECTORS, wireVectorText } from "./wire-vectors.ts";

await writeFile(WIRE_VECTORS, wireVectorText(await makeWireVectors()));
