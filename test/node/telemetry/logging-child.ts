// Writes one line of each sort to standard output, as a node does.
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { createLogger } from "../../../node/telemetry/logger.ts";

const log = createLogger({ level: "info", fields: { node: "node-1" } });
log.debug({}, "below the level");
log.info({ sequence: 2n ** 63n, nested: { values: [1n, -2n] } }, "with bigints");
const cause = new Error("the cause");
log.error({ error: new QuorateError({ code: "some-code", sequence: 5n }, "what to mend", { cause }) }, "with an error");
