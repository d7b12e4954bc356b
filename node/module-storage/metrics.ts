import type { Meter } from "../../core/ports/meter.ts";

export type ModuleStorageMetrics = ReturnType<typeof createModuleStorageMetrics>;

export function createModuleStorageMetrics(meter: Meter) {
  const name = (rest: string) => `wasm_storage_${rest}`;
  return {
    written: meter.counter({
      name: name("written_bytes_total"),
      help: "Bytes appended to the modules' storage, compaction included.",
    }),
    compactions: meter.counter({
      name: name("compactions_total"),
      help: "Segments of the modules' storage that were compacted.",
    }),
    failures: meter.counter({
      name: name("failures_total"),
      help: "Writes of the modules' storage that the disk refused.",
    }),
    damage: meter.counter({
      name: name("damage_total"),
      help: "Places of the modules' storage that could not be read when it was opened: data was lost there.",
    }),
    segments: meter.gauge({ name: name("segments"), help: "Segments of the modules' storage that are in use." }),
    modules: meter.gauge({ name: name("modules"), help: "Modules that have anything stored." }),
  };
}
