import { $init, generate } from "@bytecodealliance/jco-transpile/component";

/** What becomes of a component: core modules and the JavaScript that ties them together, by file name. */
export type Generated =
  | { readonly kind: "generated"; readonly files: readonly (readonly [string, Uint8Array])[] }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Runs jco's generator in this thread, once it is loaded. It is a WebAssembly program itself; after a panic it is of no
 * more use in this thread.
 */
export async function generateGlue(component: Uint8Array): Promise<Generated> {
  try {
    await $init;
    const { files } = generate(component, {
      name: "component",
      instantiation: { tag: "sync" },
      noTypescript: true,
      noNodejsCompat: true,
      // All core modules as files: those that stand in the source are not metered.
      base64Cutoff: 0,
      // The error case of `run` as an object, which tells it from a trap.
      noComponentErrorWrapping: false,
      noNamespacedExports: false,
    });
    return { kind: "generated", files };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
