import type { HostCapability } from "../../../core/ports/sandbox.ts";
import type { EmittedModule } from "../meter/emit.ts";
import type { DecodedModule } from "../wasm/decode.ts";
import { decodeLinked, meterLinked, type AdmissionTerms } from "./admit-core.ts";
import { capMemory, checkGranted, passedImports } from "./core-stages.ts";
import { passed, type Pipeline, type StageResult } from "./pipeline.ts";
import { isModuleRefusal, printable, refusal } from "./refusal.ts";
import { meteredBytesCap } from "./rules.ts";

/** A component in the form in which JavaScript can link it. */
interface TranspiledComponent {
  /** JavaScript that links the cores and passes values in and out. */
  readonly glue: string;
  /** Core modules by the path that the glue asks for. */
  readonly cores: Readonly<Record<string, Uint8Array>>;
  readonly imports: readonly string[];
  readonly hostFunctions: readonly HostFunctionImport[];
  readonly exports: readonly string[];
  /** Of all instances of its core modules together. */
  readonly tableEntries: number;
}

/** A function of Quorate's that the component imports. */
interface HostFunctionImport {
  /** `quorate:fetcher/host@1.0.0 log` */
  readonly label: string;
  /** What its manifest has to ask for. */
  readonly capability: HostCapability;
}

export interface AdmittedComponent {
  readonly transpiled: TranspiledComponent;
  readonly host: readonly HostCapability[];
  readonly decoded: readonly DecodedModule[];
  readonly emitted: Readonly<Record<string, EmittedModule>>;
  /** Pages. */
  readonly memoryCap: number;
}

/**
 * Admits a component: its core modules are metered one by one, and share one set of counters.
 * @throws QuorateError<ModuleRefused>
 */
export async function admitComponent(
  bytes: Uint8Array,
  terms: AdmissionTerms,
  pipeline: Pipeline,
): Promise<AdmittedComponent> {
  const transpiled = await pipeline.runAsync("transpile", () => transpile(bytes));
  const host = pipeline.run("imports", () => checkHostFunctions(transpiled, terms));
  const decoded = Object.entries(transpiled.cores).map(
    ([path, core]) => [path, decodeLinked(core, terms, pipeline.forCore(path))] as const,
  );
  const parts = decoded.map(([, part]) => part);
  const memoryCap = pipeline.run("memory", () => {
    checkTables(transpiled, terms);
    return capComponentMemory(parts, terms.memoryPages);
  });
  const emitted = Object.fromEntries(
    decoded.map(([path, part]) => {
      const options = { terms, memoryCap, meter: "shared", pipeline: pipeline.forCore(path) } as const;
      return [path, meterLinked(part, options)] as const;
    }),
  );
  pipeline.run("metering", () => checkTotal(emitted, terms));
  return { transpiled, host, decoded: parts, emitted, memoryCap };
}

/** The transpiler is a large program of its own, loaded when the first component comes. */
async function transpile(bytes: Uint8Array): Promise<StageResult<TranspiledComponent>> {
  const { transpileComponent } = await import("../component/transpile.ts");
  let transpiled: TranspiledComponent;
  try {
    transpiled = await transpileComponent(bytes);
  } catch (cause) {
    if (isModuleRefusal(cause)) throw cause;
    const reason = printable(cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause));
    throw refusal("component", { section: "component" }, `the component cannot be transpiled (${reason}): check it`);
  }
  const count = Object.keys(transpiled.cores).length;
  return passed(transpiled, `${count} core modules, ${transpiled.glue.length} characters of JavaScript between them`);
}

/** Names and types were checked before the component was transpiled. @returns what it uses. */
function checkHostFunctions(
  { imports, hostFunctions }: TranspiledComponent,
  terms: AdmissionTerms,
): StageResult<readonly HostCapability[]> {
  const place = { section: "import" };
  checkGranted(
    hostFunctions.map((use) => ({ ...use, place })),
    terms.host,
  );
  return passedImports(new Set(hostFunctions.map(({ capability }) => capability)), imports.length);
}

/** Each core has passed the limit by itself; each of its instances has tables of its own. */
function checkTables({ tableEntries }: TranspiledComponent, terms: AdmissionTerms): void {
  if (tableEntries <= terms.tableEntries) return;
  const most = `at most ${terms.tableEntries} are admitted`;
  const mend = "take fewer functions' addresses, or raise tableEntries in the manifest";
  throw refusal("table", {}, `the component's tables have ${tableEntries} entries in all, ${most}: ${mend}`);
}

/**
 * Cores that import the memory have the cap of the one that owns it. That this one is instantiated once was checked before
 * the component was transpiled.
 */
function capComponentMemory(cores: readonly DecodedModule[], limit: number): StageResult<number> {
  const owners = cores.filter(({ memory }) => memory?.imported === false);
  const [owner, second] = owners;
  if (second !== undefined) {
    const place = { section: "memory", offset: second.memory?.offset ?? 0 };
    throw refusal("memory", place, `the component has ${owners.length} memories: link it into one core module`);
  }
  return owner === undefined ? passed(limit, "no memory") : capMemory(owner, limit);
}

function checkTotal(emitted: Readonly<Record<string, EmittedModule>>, terms: AdmissionTerms): StageResult<void> {
  const total = Object.values(emitted).reduce((sum, { bytes }) => sum + bytes.length, 0);
  const most = meteredBytesCap(terms.moduleBytes);
  if (total > most) {
    throw refusal("metered-size", {}, `with the meter inside the component has ${total} bytes, at most ${most}`);
  }
  return passed(undefined, `${total} bytes of core modules in all`);
}
