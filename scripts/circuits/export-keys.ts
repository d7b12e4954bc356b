// Child process: node export-keys.ts ZKEY VERIFICATION_KEY [VERIFIER CONTRACT_NAME]
// A process of its own because snarkjs leaves its worker threads running.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as snarkjs from "snarkjs";
import { NODE_MODULES } from "./paths.ts";

const TEMPLATE_NAME = "contract Groth16Verifier ";

const [zkey = "", verificationKey = "", verifier, contractName = ""] = process.argv.slice(2);

const key = await snarkjs.zKey.exportVerificationKey(zkey);
await writeFile(verificationKey, `${JSON.stringify(key, undefined, 1)}\n`);

if (verifier !== undefined) {
  const template = await readFile(path.join(NODE_MODULES, "snarkjs/templates/verifier_groth16.sol.ejs"), "utf8");
  const source = await snarkjs.zKey.exportSolidityVerifier(zkey, { groth16: template });
  if (!source.includes(TEMPLATE_NAME)) throw new Error("snarkjs' verifier template names its contract differently");
  await writeFile(verifier, source.replace(TEMPLATE_NAME, `contract ${contractName} `));
}

process.exit(0);
