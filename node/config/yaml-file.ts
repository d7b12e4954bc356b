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

export interface YamlFileOptions<T> {
  readonly schema: z.ZodType<T>;
  /** How to mend a file that cannot be read. */
  readonly ifMissing: string;
}

/**
 * Reads a YAML file strictly: duplicate keys, unknown keys, wrong types, aliases and tags are errors.
 * @throws QuorateError<ConfigError> that names each offending key by its path.
 */
export async function readYamlFile<T>(file: string, { schema, ifMissing }: YamlFileOptions<T>): Promise<T> {
  return parseYaml((await readConfigBytes(file, { ifMissing })).toString("utf8"), { file, schema });
}

/** The bytes of a configuration file, where more than their meaning counts. @throws QuorateError `config-missing`. */
export async function readConfigBytes(file: string, { ifMissing }: { ifMissing: string }): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const message = `cannot read ${file}: ${ifMissing}`;
    throw new QuorateError<ConfigError>({ code: "config-missing", file }, message, { cause });
  }
}

/** As `readYamlFile`, of text that stands or will stand in `file`. */
export function parseYaml<T>(text: string, { file, schema }: { file: string; schema: z.ZodType<T> }): T {
  const result = schema.safeParse(parseStrictly(text, file));
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(problemsOf);
  throw new QuorateError<ConfigError>({ code: "config-invalid", file, problems }, `${file}: ${problems.join("; ")}`);
}

function parseStrictly(text: string, file: string): unknown {
  const refuse = (message: string, cause?: unknown) =>
    new QuorateError<ConfigError>({ code: "config-syntax", file }, message, { cause });
  if (text.length > MAX_CONFIG_BYTES)
    throw refuse(`${file} is larger than ${MAX_CONFIG_BYTES} bytes: is it a configuration?`);
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined)
    throw refuse(`${file} is not valid YAML: ${problem.message.split("\n")[0] ?? ""}`, problem);
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw refuse(`${file} holds an alias (*name): write the value out`, cause);
  }
}

/** Each problem with the whole path of its key. */
function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = (...more: string[]) => [...issue.path, ...more].join(".") || "(top level)";
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `${at(key)}: unknown key`);
  return [`${at()}: ${issue.message}`];
}
