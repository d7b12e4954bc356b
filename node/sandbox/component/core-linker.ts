import { GuestFault } from "../guest/guest-fault.ts";
import { METER_IMPORTS } from "../admission/rules.ts";
import { webAssembly, type WasmImports, type WasmMemory } from "../wasm/web-assembly.ts";
import { hostCall, type HostCallContext } from "./host-calls.ts";

const NO_MEMORY = new ArrayBuffer(0);

/** Instantiates the core modules of one component instance, as its generated code asks for them. */
export class CoreLinker {
  readonly #context: HostCallContext;
  /** What core modules have exported: functions among it cost what they are metered for and nothing else. */
  readonly #own = new Set<object>();
  #memory: WasmMemory | undefined;
  /** The component's memory, which is there once the core that owns it is: empty before. */
  readonly memory: WasmMemory;

  constructor(context: HostCallContext) {
    this.#context = context;
    const current = () => this.#memory?.buffer ?? NO_MEMORY;
    this.memory = {
      get buffer() {
        return current();
      },
    };
  }

  /** Adds the meter's counters to what the generated code gives the core, and a price to what it imports of the host. */
  instantiate(core: object, given: object = {}): { readonly exports: object } {
    const imports = Object.entries(given as WasmImports).map(([module, entries]) => {
      const priced = Object.entries(entries).map(([name, entry]) => [name, this.#priced(entry)] as const);
      return [module, Object.fromEntries(priced)] as const;
    });
    const { fuel, depth, fault } = this.#context.counters;
    const meter = { [METER_IMPORTS.fuel]: fuel, [METER_IMPORTS.depth]: depth, [METER_IMPORTS.fault]: fault };
    const instance = new webAssembly.Instance(core, { ...Object.fromEntries(imports), [METER_IMPORTS.module]: meter });
    for (const entry of Object.values(instance.exports) as object[]) {
      this.#own.add(entry);
      if (isMemory(entry)) this.#keep(entry);
    }
    return instance;
  }

  /** Admission counts memories before any is made. Should it ever miss one, the limit of memory still stands for all. */
  #keep(memory: WasmMemory): void {
    if (this.#memory === undefined) this.#memory = memory;
    else if (this.#memory !== memory) throw new GuestFault("memory-exceeded", "the component made a second memory");
  }

  #priced(entry: object): object {
    return typeof entry !== "function" || this.#own.has(entry) ? entry : hostCall(entry, this.#context);
  }
}

function isMemory(entry: object): entry is WasmMemory {
  return "buffer" in entry && entry.buffer instanceof ArrayBuffer;
}
