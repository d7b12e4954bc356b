import { Worker } from "node:worker_threads";
import type { HostCapability } from "../../../core/ports/sandbox.ts";
import { printable, refusal } from "../admission/refusal.ts";
import { CAPS } from "../admission/rules.ts";
import { readComponent, type ComponentSurface } from "./component-reader.ts";
import type { Generated } from "./generator.ts";
import { glueBody } from "./glue.ts";
import { HOST_FUNCTIONS, HOST_IMPORT } from "./host-interface.ts";
import { withoutCustomSections } from "./strip.ts";
import { checkWorld, type ComponentWorld } from "./world.ts";

export interface TranspiledComponent {
  readonly world: ComponentWorld;
  /** JavaScript that ties the core modules together; see `glue.ts`. */
  readonly glue: string;
  /** Core modules as the component has them, not metered, by the name under which the glue asks for them. */
  readonly cores: Readonly<Record<string, Uint8Array>>;
  /** `wasi:io/streams@0.2.0 [method]output-stream.write`; their types are those of `interfaces.ts`. */
  readonly imports: readonly string[];
  /** Those of `imports` that the manifest has to ask for. */
  readonly hostFunctions: readonly { readonly label: string; readonly capability: HostCapability }[];
  readonly exports: readonly string[];
  /** Of all instances of core modules together. */
  readonly tableEntries: number;
}

export interface TranspileDeps {
  /** Never rejects but with a refusal. */
  readonly generate: (component: Uint8Array) => Promise<Generated>;
}

/** A component of 128 KiB takes 0.3 s, most of it for loading the generator. Below the time for a whole admission. */
const GENERATOR_TIMEOUT_MS = 4_000;
const GENERATOR_HEAP_MB = 256;

/**
 * Takes a component apart into core modules and the JavaScript between them. Its names and types are checked by a reader
 * of our own first: the generator trusts them (docs/decisions/0014-components.md).
 * @throws QuorateError<ModuleRefused>
 */
export async function transpileComponent(
  bytes: Uint8Array,
  { generate }: TranspileDeps = { generate: generateInThread },
): Promise<TranspiledComponent> {
  const surface = readComponent(bytes);
  const world = checkWorld(surface);
  const generated = await generate(withoutCustomSections(bytes));
  if (generated.kind === "failed") {
    throw refusal(
      "component",
      {},
      `the component cannot be transpiled (${printable(generated.message)}): build it again`,
    );
  }
  const imports = [...surface.imports].flatMap(([name, { functions }]) =>
    [...functions.keys()].map((own) => `${name} ${own}`),
  );
  const exports = [...surface.exports].map(([name, type]) =>
    typeof type === "string" ? `${name} ${type}` : [name, ...type.functions.keys()].join(" "),
  );
  return {
    world,
    glue: glueOf(generated.files),
    cores: Object.fromEntries(generated.files.filter(([name]) => name.endsWith(".wasm"))),
    ...{ imports, hostFunctions: hostFunctionsOf(surface), exports, tableEntries: surface.tableEntries },
  };
}

function hostFunctionsOf({ imports }: ComponentSurface): TranspiledComponent["hostFunctions"] {
  const imported = imports.get(HOST_IMPORT)?.functions;
  return Object.entries(HOST_FUNCTIONS)
    .filter(([name]) => imported?.has(name) === true)
    .map(([name, { capability }]) => ({ label: `${HOST_IMPORT} ${name}`, capability }));
}

type GeneratedFiles = Extract<Generated, { kind: "generated" }>["files"];

/** The generated code, which each worker compiles and each instance evaluates: its length is a cost of the host. */
function glueOf(files: GeneratedFiles): string {
  const script = files.find(([name]) => name.endsWith(".js"))?.[1];
  const length = script?.length ?? 0;
  if (length > CAPS.glueBytes) {
    const counts = `linking the component takes ${length} bytes of JavaScript, at most ${CAPS.glueBytes} are admitted`;
    throw refusal("component", {}, `${counts}: import less, and link your code into one core module`);
  }
  return glueBody(new TextDecoder().decode(script));
}

function generateInThread(component: Uint8Array): Promise<Generated> {
  const thread = new Worker(new URL("./generator-worker.ts", import.meta.url), {
    workerData: component,
    resourceLimits: { maxOldGenerationSizeMb: GENERATOR_HEAP_MB },
    // A generator that panics says so on stderr; the refusal says it better.
    stderr: true,
  });
  return new Promise<Generated>((resolve, reject) => {
    const timeout = setTimeout(() => {
      const most = `${GENERATOR_TIMEOUT_MS} ms`;
      reject(refusal("admission-time", {}, `transpiling the component took longer than ${most}: make it smaller`));
    }, GENERATOR_TIMEOUT_MS);
    thread.once("message", (generated: Generated) => resolve(generated));
    thread.once("error", (error: Error) => resolve({ kind: "failed", message: error.message }));
    thread.once("exit", () => {
      clearTimeout(timeout);
      resolve({ kind: "failed", message: "the generator ended without an answer" });
    });
  }).finally(() => void thread.terminate());
}
