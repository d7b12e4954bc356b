import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { QuorateError } from "../../core/errors/quorate-error.ts";

export type ConfigError =
  | { readonly code: "config-missing"; readonly file: string }
  | { readonly code: "config-syntax"; readonly file: string }
  | { readonly code: "config-invalid"; readonly file: string; readonly problems: readonly string[] };

/** More than this is no configuration that a person wrote. */
const MAX_CONFIG_BYTES = 256 * 1024;

/**
 * Reads a YAML file strictly: duplicate keys, unknown keys and wrong types are errors.
 * @throws QuorateError<ConfigError> that names each offending key by its path.
 */
export async function readYamlFile<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const document = parseDocument(await readText(file), { strict: true, uniqueKeys: true });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const message = `${file} is not valid YAML: ${syntax.message.split("\n")[0] ?? ""}`;
    throw new QuorateError<ConfigError>({ code: "config-syntax", file }, message, { cause: syntax });
  }
  const result = schema.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "(top level)"}: ${issue.message}`);
  throw new QuorateError<ConfigError>({ code: "config-invalid", file, problems }, `${file}: ${problems.join("; ")}`);
}

async function readText(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new QuorateError<ConfigError>(
      { code: "config-missing", file },
      `cannot read ${file}: run \`quorate init\` or pass --config`,
      { cause },
    );
  }
  if (text.length <= MAX_CONFIG_BYTES) return text;
  throw new QuorateError<ConfigError>(
    { code: "config-syntax", file },
    `${file} is larger than ${MAX_CONFIG_BYTES} bytes: is it a configuration?`,
  );
}
