import { encodeBytes32String } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Gauge, Meter } from "../../core/ports/meter.ts";
import type { ModuleTerms, Sandbox } from "../../core/ports/sandbox.ts";
import type { Configuration, FeedSpec } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { FeedDeclaration, Manifest, SourceDeclaration } from "../config/manifest.ts";
import { parseManifest, readManifestBytes } from "../config/manifest.ts";
import type { NodeConfig, SourceOverride } from "../config/node-config.ts";
import type { FeedBinding } from "../observe/observe-feed.ts";
import { loadFolders } from "../registry/folder-registry.ts";
import { type Publisher, requirePublisher } from "../registry/manifest-signature.ts";
import { loadVerificationKey } from "../registry/verification-key.ts";
import { loadModule } from "../registry/module-registry.ts";
import { RULES_VERSION } from "../sandbox/admission/rules.ts";
import type { ReadGuard } from "../sources/read-guard.ts";
import { createSourceSet, type SourceDeclaration as OpenedSource, type SourceSet } from "../sources/source-set.ts";
import { DEVELOPMENT_KEYS } from "./circuit-files.ts";
import { requireLocalCircuit } from "./aggregate/local-circuits.ts";
import type { ConfigReads } from "./config-reads.ts";

/** Version of the fuel rules of this release: what a committee that it serves must be configured with. */
export const FUEL_RULES = RULES_VERSION;

export type FetcherError =
  | {
      readonly code: "module-not-configured";
      readonly feed: Hex;
      readonly expected: Hex;
      readonly known: readonly Hex[];
    }
  | { readonly code: "feed-not-served"; readonly feed: Hex; readonly module: string }
  | {
      readonly code: "feed-decimals-mismatch";
      readonly feed: Hex;
      readonly manifest: number;
      readonly configuration: number;
    }
  | { readonly code: "fuel-rules-mismatch"; readonly configuration: number; readonly sandbox: number }
  | { readonly code: "source-unknown"; readonly source: string; readonly known: readonly string[] };

/** A manifest whose module is admitted and whose sources are open. */
export interface LoadedFetcher {
  readonly manifest: Manifest;
  readonly module: Hex;
  readonly terms: ModuleTerms;
  readonly sources: SourceSet;
}

export interface FetcherDeps {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Times the reads of its files; nobody does unless given. */
  readonly configReads?: ConfigReads;
  /** Watches the reads of its sources; nobody does unless given. */
  readonly guard?: ReadGuard;
}

export interface FetcherOptions {
  readonly manifestFile: string;
  /** Where this operator reads declared sources instead. */
  readonly sources: NodeConfig["sources"];
  /** Whose signature the manifest must carry; `author` is whoever tries out work of his own and needs none. */
  readonly trust: readonly Publisher[] | "author";
  /** Whether proofs count that anybody can forge, those for development keys: for an author's trials unless given. */
  readonly acceptForgeable?: boolean;
}

/**
 * Loads, checks and admits one fetcher. The signature covers the manifest, which names module and folders by their digests.
 * @throws QuorateError for a signature that is missing, broken or not trusted, a digest that differs, a module that breaks a rule.
 */
export async function loadFetcher(options: FetcherOptions, deps: FetcherDeps): Promise<LoadedFetcher> {
  const { sandbox, clock, meter, guard, configReads } = deps;
  const read = () => readFetcher(options);
  const { manifest, bytes, terms, openable } = await (configReads?.timed("fetcher", read) ?? read());
  const module = await sandbox.admit(bytes, terms);
  fuelLimit(meter).set(manifest.limits.fuelPerPhase, { module: manifest.name });
  const declarations = openable.map((source) => withOverride(source, options.sources[source.id] ?? {}));
  const watched = guard === undefined ? {} : { guard };
  return {
    ...{ manifest, module, terms },
    sources: createSourceSet(declarations, { now: () => clock.timeOfDay(), meter, ...watched }),
  };
}

/** What `wasm_fuel_used` is to be held against. */
export function fuelLimit(meter: Meter): Gauge {
  return meter.gauge({ name: "wasm_fuel_limit", help: "Fuel that a phase may spend.", labels: ["module"] });
}

/** All that a fetcher consists of, held against signature and digests. */
async function readFetcher({ manifestFile, trust, acceptForgeable = trust === "author" }: FetcherOptions) {
  const read = await readManifestBytes(manifestFile);
  if (trust !== "author") await requirePublisher({ file: manifestFile, bytes: read }, trust);
  const manifest = parseManifest(read, manifestFile);
  const bytes = await loadModule({ file: manifest.module, sha256: manifest.sha256 });
  const openable = await Promise.all(manifest.sources.map((source) => withKey(source, acceptForgeable)));
  return { manifest, bytes, terms: await moduleTerms(manifest), openable };
}

/** What a manifest says about running its module, its folders read and held against their digests. */
async function moduleTerms({ name, limits, host, floats, folders }: Manifest): Promise<ModuleTerms> {
  return {
    ...{ name, host, floats, folders: await loadFolders(folders) },
    limits: { ...limits, fuelPerPhase: BigInt(limits.fuelPerPhase) },
  };
}

/** Binds each feed of the committee's configuration to the fetcher that its digest names. Refuses to start on doubt. */
export function bindFeeds({ feeds }: Configuration, fetchers: readonly LoadedFetcher[]): FeedBinding[] {
  return feeds.map((spec, lane) => {
    const fetcher = fetchers.find(({ module }) => module === spec.moduleDigest);
    if (fetcher === undefined) throw notConfigured(spec, fetchers);
    const declared = fetcher.manifest.feeds.find(({ name }) => encodeBytes32String(name) === spec.id);
    if (declared === undefined) throw notServed(spec, fetcher.manifest);
    requireDecimals(spec, declared);
    return {
      lane,
      feed: spec.id,
      name: declared.name,
      decimals: spec.decimals,
      params: declared.params,
      module: fetcher.module,
      sources: fetcher.sources,
    };
  });
}

/** Fuel is part of what members agree about: a node that meters otherwise would report other fuel and fail elsewhere. */
export function requireFuelRules({ fuelRules }: Configuration): void {
  if (fuelRules === RULES_VERSION) return;
  const message = `the committee meters with fuel rules ${fuelRules}, this release with ${RULES_VERSION}: run the release that the committee runs`;
  const data = { code: "fuel-rules-mismatch", configuration: fuelRules, sandbox: RULES_VERSION } as const;
  throw new QuorateError<FetcherError>(data, message);
}

/** An override that no manifest knows is a typing error: the node would silently read the original source. */
export function requireDeclaredSources(overrides: NodeConfig["sources"], fetchers: readonly LoadedFetcher[]): void {
  const known = [...new Set(fetchers.flatMap(({ manifest }) => manifest.sources.map(({ id }) => id)))];
  const source = Object.keys(overrides).find((id) => !known.includes(id));
  if (source === undefined) return;
  const message = `no configured module declares source ${source}: \`sources\` may name ${known.join(", ") || "none"}`;
  throw new QuorateError<FetcherError>({ code: "source-unknown", source, known }, message);
}

/** A declaration as sources are opened with, but for this operator's wishes. */
async function withKey(source: SourceDeclaration, acceptForgeable: boolean): Promise<OpenedSource> {
  if (source.kind === "http") return source;
  if (source.kind === "file") {
    const { unit, ...rest } = source;
    return unit === undefined ? rest : { ...rest, unit };
  }
  requireLocalCircuit(source);
  const { verificationKey: file, keyDigest: digest, terms: declared, ...rest } = source;
  const { commitment, ...terms } = declared;
  const key = await loadVerificationKey({ file, digest });
  return { ...rest, commitment, terms, key, isForgeable: !acceptForgeable && DEVELOPMENT_KEYS.has(digest) };
}

/** What is read over HTTP can be pointed elsewhere; a file source's folder belongs to its manifest. */
function withOverride(source: OpenedSource, override: SourceOverride): OpenedSource {
  if (source.kind === "file") return source;
  const {
    url = source.url,
    timeoutMs = source.timeoutMs,
    allowInsecure = source.allowInsecure,
    traceparent = false,
  } = override;
  return {
    ...{ ...source, url, traceparent },
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(allowInsecure !== undefined && { allowInsecure }),
  };
}

function notConfigured(spec: FeedSpec, fetchers: readonly LoadedFetcher[]): QuorateError<FetcherError> {
  const known = fetchers.map(({ module }) => module);
  const message = `the committee observes feed ${spec.id} with module ${spec.moduleDigest}; \`modules\` holds ${known.join(", ") || "none"}: add the manifest of that module`;
  return new QuorateError<FetcherError>(
    { code: "module-not-configured", feed: spec.id, expected: spec.moduleDigest, known },
    message,
  );
}

function notServed(spec: FeedSpec, manifest: Manifest): QuorateError<FetcherError> {
  const message = `the manifest of ${manifest.name} does not list feed ${spec.id}: take the manifest of the version that the committee registered`;
  return new QuorateError<FetcherError>({ code: "feed-not-served", feed: spec.id, module: manifest.name }, message);
}

function requireDecimals(spec: FeedSpec, declared: FeedDeclaration): void {
  if (declared.decimals === spec.decimals) return;
  const data = {
    code: "feed-decimals-mismatch",
    feed: spec.id,
    manifest: declared.decimals,
    configuration: spec.decimals,
  } as const;
  throw new QuorateError<FetcherError>(
    data,
    `feed ${declared.name} has ${declared.decimals} decimals in its manifest and ${spec.decimals} on chain`,
  );
}
