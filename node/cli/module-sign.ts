import path from "node:path";
import type { Command } from "commander";
import type { SignedManifest } from "../app/sign-module.ts";
import { readPassword } from "../config/password.ts";

interface PasswordFlags {
  readonly passwordEnv: string;
  readonly passwordFile?: string;
}

const PASSWORD_VARIABLE = "QUORATE_PUBLISHER_PASSWORD";

/** Adds `key`, `sign` and `verify` to `quorate module`. The parts behind them are loaded when they are needed. */
export function addSigningCommands(module: Command): void {
  withPassword(
    module
      .command("key")
      .description("create a publisher's key, which signs fetchers, in a keystore that a password encrypts")
      .argument("<file>", "the keystore to write; never overwritten"),
  ).action(async (file: string, flags: PasswordFlags) => {
    const { createPublisher } = await import("../app/sign-module.ts");
    const key = await createPublisher(file, { password: await passwordOf(flags) });
    console.log(`created ${file}; back it up, and keep it off the machines that run nodes`);
    console.log(`operators who trust it enter under \`publishers\`: { name: NAME, key: "${key}" }`);
  });
  withPassword(
    module
      .command("sign")
      .description(
        "sign a fetcher that you have reviewed: its manifest, and by their digests its module and folders; writes MANIFEST.sig",
      )
      .argument("<manifest>", "the fetcher's manifest.yaml")
      .requiredOption("--key <file>", "the keystore that `quorate module key` made"),
  ).action(async (manifestFile: string, { key: keyFile, ...flags }: PasswordFlags & { readonly key: string }) => {
    const { signModule } = await import("../app/sign-module.ts");
    printSigned(await signModule({ manifestFile, keyFile, password: await passwordOf(flags) }), "written");
  });
  module
    .command("verify")
    .description("check a fetcher's signature, module and folders as a node does")
    .argument("<manifest>", "the fetcher's manifest.yaml")
    .option("--publisher <key>", "the public key that must have signed it (default: any)")
    .action(async (manifestFile: string, { publisher }: { publisher?: string }) => {
      const { verifyModule } = await import("../app/sign-module.ts");
      const expected = publisher === undefined ? {} : { publisher };
      printSigned(await verifyModule({ manifestFile, ...expected }), "holds");
    });
}

function withPassword(command: Command): Command {
  return command
    .option(
      "--password-env <name>",
      "environment variable that holds the keystore's password; any that is not empty is taken",
      PASSWORD_VARIABLE,
    )
    .option("--password-file <file>", "file that holds it instead");
}

async function passwordOf({ passwordEnv, passwordFile }: PasswordFlags): Promise<string> {
  return readPassword(
    passwordFile === undefined ? { env: passwordEnv } : { file: path.resolve(passwordFile) },
    process.env,
  );
}

/** Shows what the signature vouches for: a person should see what he signs. */
function printSigned({ manifest, key, signatureFile }: SignedManifest, what: "written" | "holds"): void {
  const { name, version, sha256, sources, host, folders, limits } = manifest;
  const rows: [string, readonly string[]][] = [
    ["module", [`${name} ${version}`, sha256]],
    ["sources", sources.map((source) => `${source.id} ${source.kind === "file" ? source.directory : source.url}`)],
    ["host functions", host],
    ["folders", folders.map((folder) => `${folder.path} ${folder.sha256}`)],
    ["fuel per phase", [String(limits.fuelPerPhase)]],
    ["signed by", [key]],
  ];
  for (const [label, entries] of rows) console.log(`${label.padEnd(16)} ${entries.join(", ") || "none"}`);
  console.log(`${"signature".padEnd(16)} ${signatureFile} ${what}`);
}
