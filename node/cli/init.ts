import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import type { NodeConfig } from "../config/node-config.ts";
import { readPassword } from "../config/password.ts";
import type { Hex } from "../../core/types/hex.ts";

const FETCHERS = fileURLToPath(new URL("../../fetchers", import.meta.url));

interface InitFlags {
  readonly directory: string;
  readonly name: string;
  readonly rpc: string;
  readonly chainId: number;
  readonly registry: Hex;
  readonly listen: string;
  readonly peer: readonly string[];
  readonly module: readonly string[];
  readonly publisher: NodeConfig["publishers"];
  readonly passwordEnv: string;
  readonly passwordFile?: string;
  readonly adminPort: number;
}

export function addInitCommand(program: Command): void {
  const collect = (value: string, all: readonly string[]) => [...all, value];
  program
    .command("init")
    .description("create a node's folder: keys, one commented configuration file, and the record for its registration")
    .requiredOption("--registry <address>", "the committee registry's address", parseAddress)
    .requiredOption("--chain-id <id>", "the chain's id", parseInteger)
    .option("-d, --directory <folder>", "where to create it", ".")
    .option("--name <name>", "shown in logs", "quorate")
    .option("--rpc <url>", "JSON-RPC endpoint of the chain", "http://127.0.0.1:8545")
    .option("--listen <multiaddr>", "where other members reach this node", "/ip4/127.0.0.1/tcp/9040")
    .option("--peer <multiaddr>", "another member's address, ending in /p2p/<peer id>; repeat for each", collect, [])
    .option("--module <manifest>", "a fetcher's manifest; repeat for each (default: the bundled fetchers)", collect, [])
    .option("--publisher <name=key>", "whose fetchers the node takes; repeat for each", collectPublisher, [])
    .option("--password-env <name>", "environment variable that holds the keystore's password", "QUORATE_PASSWORD")
    .option("--password-file <file>", "file that holds it instead")
    .option("--admin-port <port>", "port of /healthz, /readyz and /metrics on loopback", parseInteger, 9464)
    .action(async (flags: InitFlags) => {
      const { CONFIG_FILE, initNode } = await import("../app/init.ts"); // Loaded when it is needed: help comes at once.
      const { passwordFile, passwordEnv, module, peer, publisher: publishers, ...rest } = flags;
      const passwordSource = passwordFile === undefined ? { env: passwordEnv } : { file: path.resolve(passwordFile) };
      const record = await initNode({
        ...rest,
        ...{ passwordSource, peers: peer, publishers, sources: {}, pollMs: 1_000 },
        directory: path.resolve(flags.directory),
        password: await readPassword(passwordSource, process.env),
        modules: (module.length > 0 ? module : bundledManifests()).map((file) => path.resolve(file)),
      });
      console.log(
        `created ${path.join(flags.directory, CONFIG_FILE)}; peer id ${record.peerId}, signer ${record.member.signer}`,
      );
      console.log(
        `hand registration.json to the committee's owner, fund ${record.member.transmitter}, then run: quorate start --config ${path.join(flags.directory, CONFIG_FILE)}`,
      );
      if (publishers.length === 0)
        console.log(
          "no publisher is trusted yet, so no fetcher is taken: review the manifests, sign them (quorate module key, quorate module sign), and enter your key under publishers",
        );
    });
}

function bundledManifests(): string[] {
  return readdirSync(FETCHERS).map((name) => path.join(FETCHERS, name, "manifest.yaml"));
}

function collectPublisher(text: string, all: NodeConfig["publishers"]): NodeConfig["publishers"] {
  const [, name, key] = /^([^=]+)=(0x[0-9a-fA-F]{64})$/.exec(text) ?? [];
  if (name === undefined || key === undefined)
    throw new InvalidArgumentError("expected <name>=<key>, the key as `quorate module key` printed it");
  return [...all, { name, key: key.toLowerCase() as Hex }];
}

function parseAddress(text: string): Hex {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text.toLowerCase() as Hex;
  throw new InvalidArgumentError("expected 0x and 40 hexadecimal digits");
}

function parseInteger(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number");
}
