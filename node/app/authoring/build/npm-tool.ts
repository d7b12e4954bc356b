import { QuorateError } from "../../../../core/errors/quorate-error.ts";
import type { BuildErrorData } from "./build-errors.ts";

/** Where a tool that npm brings is to be imported from. An installation without development dependencies has none. */
export function resolveNpmTool(specifier: string): string {
  try {
    return import.meta.resolve(specifier);
  } catch (cause) {
    throw new QuorateError<BuildErrorData>(
      { code: "toolchain-missing", language: "any", tool: specifier },
      `${specifier} is not installed: run \`npm ci\` with development dependencies in Quorate's folder`,
      { cause },
    );
  }
}
