import { createSandbox } from "../../../../node/sandbox/sandbox.ts";
import { silentLog } from "../../../support/silent-log.ts";
import { createRecordingMeter } from "./recording-meter.ts";

/** A node in small: starts a sandbox, tells its test the sandbox's pid, and waits to be killed. */
const log = { ...silentLog, debug: (fields: object) => process.send?.(fields) };
await createSandbox({ workers: 1 }, { log, meter: createRecordingMeter() });
setInterval(() => undefined, 1_000);
