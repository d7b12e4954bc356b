import path from "node:path";
import { z } from "zod";
import { chainSchema, url } from "./chain-config.ts";
import { parseYaml, readYamlFile } from "./yaml-file.ts";

const multiaddr = z.string().startsWith("/", "expected a multiaddr such as /ip4/127.0.0.1/tcp/9040");
const port = z.int().min(0).max(65_535);

/** A source of a manifest, pointed elsewhere by this operator: a mirror, a proxy, a recorded market. */
const sourceOverride = z.strictObject({
  url: url.optional(),
  allowInsecure: z.boolean().optional(),
  timeoutMs: z.int().min(1).max(10_000).optional(),
  traceparent: z.boolean().optional(),
});

/** Who may sign the manifests of this node's fetchers. */
const publisher = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "expected up to 64 of a-z, A-Z, 0-9, dot, dash and underscore"),
  key: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, "expected an Ed25519 public key, 0x and 64 hexadecimal digits")
    .transform((value) => value.toLowerCase() as `0x${string}`),
});

const nodeConfigSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, "expected up to 32 of a-z, 0-9 and -")
    .default("quorate"),
  dataDirectory: z.string().min(1),
  keystore: z.string().min(1),
  password: z.union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })], {
    error: "expected { env: NAME } or { file: PATH }",
  }),
  chain: chainSchema,
  p2p: z.strictObject({
    listen: multiaddr,
    peers: z
      .array(multiaddr.regex(/\/p2p\/[A-Za-z0-9]+$/, "must end in /p2p/<peer id>"))
      .max(64)
      .default([]),
    /** Where watchers without keys may read the committee's finals; nowhere unless given. Another port than `listen`. */
    publish: z.strictObject({ listen: multiaddr, maxWatchers: z.int().min(1).max(1_024).default(64) }).optional(),
  }),
  modules: z.array(z.string().min(1)).min(1, "name at least one fetcher manifest").max(64),
  publishers: z
    .array(publisher)
    .max(16)
    .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, "lists one key twice")
    .default([]),
  sources: z.record(z.string(), sourceOverride).default({}),
  admin: z.strictObject({ host: z.string().min(1).default("127.0.0.1"), port: port.default(9464) }).prefault({}),
  prover: z
    .strictObject({
      enabled: z.boolean().default(true),
      artifacts: z.string().min(1).optional(),
      /** Path of a rapidsnark binary: it proves instead of the node's own arithmetic. */
      rapidsnark: z.string().min(1).optional(),
    })
    .prefault({}),
  sandbox: z
    .strictObject({
      workers: z.int().min(1).max(64).default(2),
      /** Whether to start where the system does not let the sandbox process be cut off from the network. */
      network: z.enum(["isolated-if-possible", "must-be-isolated"]).default("isolated-if-possible"),
    })
    .prefault({}),
  telemetry: z
    .strictObject({
      traces: z
        .strictObject({
          /** Of an OTLP/HTTP collector; `/v1/traces` is appended. */
          endpoint: url,
          ratio: z.number().min(0).max(1).default(0.01),
        })
        .optional(),
    })
    .prefault({}),
  /** Observations as files that can be made again: for audits. */
  recordings: z
    .strictObject({ directory: z.string().min(1), keep: z.int().min(1).max(10_000).default(256) })
    .optional(),
  log: z.strictObject({ level: z.enum(["debug", "info", "warn", "error", "silent"]).default("info") }).prefault({}),
});

export type NodeConfig = z.output<typeof nodeConfigSchema>;
export type SourceOverride = z.output<typeof sourceOverride>;

/** Reads a node's one configuration file. Relative paths in it are relative to the file. */
export async function readNodeConfig(file: string): Promise<NodeConfig> {
  const ifMissing = "run `quorate init`, or name the file with --config";
  const config = await readYamlFile(file, { schema: nodeConfigSchema, ifMissing });
  const resolve = (relative: string) => path.resolve(path.dirname(file), relative);
  return {
    ...config,
    dataDirectory: resolve(config.dataDirectory),
    keystore: resolve(config.keystore),
    password: "file" in config.password ? { file: resolve(config.password.file) } : config.password,
    modules: config.modules.map(resolve),
    ...(config.recordings !== undefined && {
      recordings: { ...config.recordings, directory: resolve(config.recordings.directory) },
    }),
    prover: {
      ...config.prover,
      ...(config.prover.artifacts !== undefined && { artifacts: resolve(config.prover.artifacts) }),
      ...(config.prover.rapidsnark !== undefined && { rapidsnark: resolve(config.prover.rapidsnark) }),
    },
  };
}

/** Refuses text that `readNodeConfig` would refuse once it stands in `file`. */
export function checkNodeConfig(text: string, file: string): void {
  parseYaml(text, { file, schema: nodeConfigSchema });
}
