// Compiles and instantiates a module, in both ways, each time it gets a message; answers when it is done.
import { readFileSync } from "node:fs";

interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
  instantiate(bytes: Uint8Array, imports: object): Promise<object>;
}
const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly: Engine };
const bytes = readFileSync(new URL("../../../../fetchers/ticker-median/build/ticker-median.wasm", import.meta.url));
const imports = { env: { abort: () => undefined } };

process.on("message", () => {
  new engine.Instance(new engine.Module(bytes), imports);
  void engine.instantiate(bytes, imports).then(() => process.send?.("done"));
});
