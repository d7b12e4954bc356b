/** What the files of one folder may import. The deepest folder that holds a file is its layer. */
export interface Layer {
  /** Path from the root; "" is the root's own files. */
  readonly folder: string;
  /** Folders (with all they hold) and single files that it may import, besides its own. */
  readonly imports: readonly string[];
  /** npm packages that it may import; `@scope/*` and `*` are allowed. */
  readonly packages: readonly string[];
  /** Whether it may import Node's own modules. */
  readonly node: boolean;
}

const ANY = ["*"];
/** Pure, isomorphic packages: the only ones that may reach the core. */
const CORE_PACKAGES = ["@noble/*", "@openzeppelin/merkle-tree", "ethers"];

const pure = (folder: string, imports: readonly string[], packages: readonly string[] = []): Layer => ({
  folder,
  imports,
  packages,
  node: false,
});

/** An adapter or a service: it meets the others only in the composition root. */
const edge = (folder: string, packages: readonly string[] = [], imports: readonly string[] = []): Layer => ({
  folder,
  imports: ["core", ...imports],
  packages,
  node: true,
});

const PRIMITIVES = ["core/errors", "core/types"];
const CODEC = [...PRIMITIVES, "core/crypto", "core/codec"];

const SCRIPTS = ["core", "node/app", "node/config", "node/chain/generated", "artifacts", "types"];

/** Every arrow that the architecture allows. Any other import fails the check. */
export const LAYERS: readonly Layer[] = [
  pure("core/ambient.d.ts", []), // declarations of the platform
  pure("core/errors", []),
  pure("core/types", ["core/errors"]),
  pure("core/ports", PRIMITIVES),
  pure("core/crypto", PRIMITIVES, CORE_PACKAGES),
  pure("core/codec", [...PRIMITIVES, "core/crypto"], CORE_PACKAGES),
  pure("core/feeds", [...CODEC, "core/ports"], CORE_PACKAGES),
  pure("core/consensus", [...CODEC, "core/ports"], CORE_PACKAGES),
  pure("core/proof", [...CODEC, "core/ports"], CORE_PACKAGES),
  pure("core/aggregate", [...CODEC, "core/ports", "core/feeds/decimal.ts"], CORE_PACKAGES),

  edge("node/sandbox", ["@bjorn3/browser_wasi_shim", "@bytecodealliance/*"]),
  edge("node/host-functions"),
  edge("node/module-storage"),
  edge("node/registry", ["yaml", "zod"]),
  edge("node/sources", ["csv-parse", "undici"]),
  edge("node/p2p", ["@libp2p/*", "@multiformats/multiaddr", "ethers", "libp2p"]),
  edge("node/chain", ["ethers"], ["node/chain/generated"]),
  pure("node/chain/generated", []),
  edge("node/keys", ["@chainsafe/bls-keystore", "@libp2p/*", "@noble/*", "ethers", "zod"]),
  // zod: what an external engine writes is read as strictly as anything from outside.
  edge("node/prover", ["ffjavascript", "snarkjs", "zod"]),
  edge("node/storage"),
  edge("node/telemetry", ["@opentelemetry/*", "pino", "prom-client"]),
  edge("node/observe", ["ethers"]),
  edge("node/rounds"),
  edge("node/admin", ["fastify"]),
  { folder: "node/config", imports: PRIMITIVES, packages: ["yaml", "zod"], node: true },
  {
    folder: "node/app",
    imports: [
      "core",
      ...[
        "sandbox",
        "host-functions",
        "module-storage",
        "registry",
        "sources",
        "p2p",
        "chain",
        "keys",
        "prover",
        "storage",
        "telemetry",
      ].map(inNode),
      ...["observe", "rounds", "admin", "config"].map(inNode),
      // Data: which circuits there are, and the digests of what they are built to.
      "circuits/artifacts.json",
      "circuits/instances.json",
    ],
    packages: ANY,
    node: true,
  },
  {
    folder: "node/cli",
    imports: ["core", "node/app", "node/config", "package.json"],
    packages: ["cli-progress", "cli-table3", "commander", "log-update", "picocolors"],
    node: true,
  },

  pure("sdk/guest", []),
  pure("sdk/consumer", ["core", "node/chain/generated"], CORE_PACKAGES),
  pure("fetchers", ["sdk/guest"]),
  pure("dashboard", []),
  {
    folder: "scripts",
    imports: SCRIPTS,
    packages: ANY,
    node: true,
  },
  {
    // Measures the parts from inside: pools, meters, instances.
    folder: "scripts/bench",
    imports: ["scripts", ...SCRIPTS, "node/sandbox", "node/telemetry"],
    packages: ANY,
    node: true,
  },
  // Commands: hardhat.config.ts lists them.
  { folder: "scripts/deploy/tasks", imports: ["scripts", ...SCRIPTS], packages: ANY, node: true },
  // Its Hardhat configuration is the project's, with other folders.
  { folder: "scripts/coverage", imports: ["scripts", ...SCRIPTS, "hardhat.config.ts"], packages: ANY, node: true },
  // Reads the same figures of running nodes as the benchmarks do.
  { folder: "scripts/soak", imports: ["scripts", ...SCRIPTS], packages: ANY, node: true },
  { folder: "test", imports: ANY, packages: ANY, node: true },
  // Configuration files of the tools.
  { folder: "", imports: ["scripts/deploy/tasks"], packages: ANY, node: true },
];

function inNode(name: string): string {
  return `node/${name}`;
}

/** The layer of a file, or undefined for a file in a folder that no layer names. */
export function layerOf(file: string, layers: readonly Layer[]): Layer | undefined {
  const holding = layers.filter(({ folder }) => (folder === "" ? !file.includes("/") : isInside(file, folder)));
  return holding.reduce<Layer | undefined>(
    (deepest, layer) => (deepest === undefined || layer.folder.length > deepest.folder.length ? layer : deepest),
    undefined,
  );
}

/** Whether files of `layer` may import the file `target`. */
export function mayImportFile(layer: Layer, target: string, layers: readonly Layer[]): boolean {
  return (
    layerOf(target, layers) === layer || layer.imports.some((folder) => folder === "*" || isInside(target, folder))
  );
}

/** Whether files of `layer` may import the npm package `name`. */
export function mayImportPackage(layer: Layer, name: string): boolean {
  return layer.packages.some((allowed) =>
    allowed.endsWith("*") ? name.startsWith(allowed.slice(0, -1)) : name === allowed,
  );
}

function isInside(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}
