import { mkdtemp } from "node:fs/promises";
import path from "node:path";
import { describe } from "node:test";
import { openModuleStorage } from "../../../node/module-storage/module-storage.ts";
import { createMemoryModuleStorage } from "../../support/memory-module-storage.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { silentLog } from "../../support/silent-log.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { describeModuleStorage } from "./contract.ts";
import { SMALL_LAYOUT } from "./support/layouts.ts";

describeModuleStorage("in memory", () => Promise.resolve(createMemoryModuleStorage()));

describe("on disk", () => {
  const scratch = scratchFolder();
  describeModuleStorage("segmented log", async () =>
    openModuleStorage(
      { folder: await mkdtemp(path.join(scratch, "storage-")), layout: SMALL_LAYOUT },
      { log: silentLog, meter: createRecordingMeter() },
    ),
  );
});
