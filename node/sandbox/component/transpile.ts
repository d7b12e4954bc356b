import { Worker } from "node:worker_threads";
import { printable, refusal } from "../admission/refusal.ts";
import { readComponent } from "./component-reader.ts";
import type { Generated } from "./generator.ts";
import { glueBody } from "./glue.ts";
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
  readonly exports: readonly string[];
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
  const script = generated.files.find(([name]) => name.endsWith(".js"))?.[1];
  const imports = [...surface.imports].flatMap(([name, { functions }]) =>
    [...functions.keys()].map((own) => `${name} ${own}`),
  );
  const exports = [...surface.exports].map(([name, type]) =>
    typeof type === "string" ? `${name} ${type}` : [name, ...type.functions.keys()].join(" "),
  );
  return {
    world,
    glue: glueBody(new TextDecoder().decode(script)),
    cores: Object.fromEntries(generated.files.filter(([name]) => name.endsWith(".wasm"))),
    ...{ imports, exports },
  };
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
