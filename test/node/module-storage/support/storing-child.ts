// Usage: node storing-child.ts FOLDER FIRST [LAST]
// Says that it opens the storage, then stores one number after the other from FIRST on, and prints each once it is stored.
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { openModuleStorage } from "../../../../node/module-storage/module-storage.ts";
import { silentLog } from "../../../support/silent-log.ts";
import { createRecordingMeter } from "../../sandbox/support/recording-meter.ts";
import { SMALLEST_LAYOUT } from "./layouts.ts";
import { KEYS, STORING_MODULE, VALUE_BYTES } from "./storing.ts";

const [folder = "", first = "1", last = "Infinity"] = process.argv.slice(2);
writeSync(1, "opening\n");
const deps = { log: silentLog, meter: createRecordingMeter() };
const storage = await openModuleStorage({ folder, layout: SMALLEST_LAYOUT }, deps);

for (let number = Number(first); number <= Number(last); number++) {
  const value = randomBytes(VALUE_BYTES);
  value.writeUInt32BE(number);
  // Two keys at once: both have the number, or none.
  await storage.apply(STORING_MODULE, [
    { key: "last", value },
    { key: `key ${number % KEYS}`, value },
  ]);
  writeSync(1, `${number}\n`);
}
