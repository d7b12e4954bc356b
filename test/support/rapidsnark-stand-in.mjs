// Speaks rapidsnark's command line: <zkey> <witness> <proof.json> <public.json>. Proves with snarkjs.
import { writeFile } from "node:fs/promises";
import * as snarkjs from "snarkjs";

const [zkey, witness, proofFile, publicFile] = process.argv.slice(2);
const { proof, publicSignals } = await snarkjs.groth16.prove(zkey, witness);
await writeFile(proofFile, JSON.stringify(proof));
await writeFile(publicFile, JSON.stringify(publicSignals));
process.exit(0);
