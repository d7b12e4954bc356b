import { globSync } from "node:fs";
import path from "node:path";

const INCLUDED = ["contracts/**/*.sol"];
const EXCLUDED = ["contracts/{interfaces,mocks,examples}/**", "contracts/verifiers/generated/**"];

/** All files that hold code of a deployed network, by their paths from the root with `/`, in order. */
export function deployedFiles(root: string): string[] {
  return INCLUDED.flatMap((glob) => globSync(glob, { cwd: root, exclude: EXCLUDED }))
    .map((file) => file.replaceAll(path.sep, "/"))
    .toSorted();
}
