import path from "node:path";
import { parseDocument } from "yaml";
import { QuorateError } from "../../../../core/errors/quorate-error.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { digestFolder } from "../../../registry/folder-registry.ts";
import type { BuildErrorData } from "./build-errors.ts";

const SHA256_LINE = /^sha256:.*$/m;

/**
 * A manifest's text with the digest of its module, and those of its folders, entered. The rest stays as its author wrote it.
 * @throws QuorateError `manifest-without-module` where there is no line for the digest.
 */
export async function withDigests(text: string, { file, sha256 }: { file: string; sha256: Hex }): Promise<string> {
  if (!SHA256_LINE.test(text)) {
    const message = `${file} has no line \`sha256:\` into which the module's digest could go: add \`sha256: ""\``;
    throw new QuorateError<BuildErrorData>({ code: "manifest-without-module", file }, message);
  }
  const entered = text.replace(SHA256_LINE, `sha256: "${sha256}"`);
  const document = parseDocument(entered);
  // What is wrong with a manifest is said when it is read strictly.
  const folders = (document.errors.length > 0 ? [] : document.toJS()) as { folders?: unknown };
  if (!Array.isArray(folders.folders)) return entered;
  for (const [index, folder] of (folders.folders as readonly { directory?: unknown }[]).entries()) {
    if (typeof folder.directory !== "string") continue;
    const digest = await digestFolder(path.resolve(path.dirname(file), folder.directory));
    if (document.getIn(["folders", index, "sha256"]) !== digest) document.setIn(["folders", index, "sha256"], digest);
  }
  return document.toString({ lineWidth: 0 });
}
