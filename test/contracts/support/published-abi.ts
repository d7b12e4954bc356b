import { createRequire } from "node:module";
import { Contract, Interface, ZeroAddress, type InterfaceAbi } from "ethers";

const require = createRequire(import.meta.url);

/** The ABI that a project publishes in its npm package. */
export function publishedAbi(file: string): Interface {
  return new Interface(require(file) as InterfaceAbi);
}

/** Stands for a published contract where a matcher wants its errors. */
export function publishedErrors(file: string): Contract {
  return new Contract(ZeroAddress, publishedAbi(file));
}

/** What a contract must answer to be called through an ABI: its functions, with the types that they take and return. */
export function functionsOf(abi: Interface): string[] {
  const functions: string[] = [];
  abi.forEachFunction((fragment) => {
    const outputs = fragment.outputs.map((output) => output.format("sighash"));
    functions.push(`${fragment.format("sighash")} → ${outputs.join()}`);
  });
  return functions.toSorted();
}
