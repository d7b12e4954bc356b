import { readFile } from "node:fs/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { NodeConfig } from "./node-config.ts";

export interface PasswordError {
  readonly code: "password-missing";
  readonly source: string;
}

/** The keystore's password, from the environment or a file. It is the only secret that a configuration points to. */
export async function readPassword(password: NodeConfig["password"], env: NodeJS.ProcessEnv): Promise<string> {
  if ("env" in password) {
    const value = env[password.env];
    if (value !== undefined && value !== "") return value;
    const message = `the environment variable ${password.env} is not set: it must hold the keystore's password`;
    throw missing(password.env, message);
  }
  const text = await readFile(password.file, "utf8").catch((cause: unknown) => {
    throw missing(password.file, `cannot read the password file ${password.file}`, cause);
  });
  const value = text.replace(/\r?\n$/, "");
  if (value !== "") return value;
  throw missing(password.file, `the password file ${password.file} is empty: it must hold the keystore's password`);
}

function missing(source: string, message: string, cause?: unknown): QuorateError<PasswordError> {
  return new QuorateError<PasswordError>({ code: "password-missing", source }, message, { cause });
}
