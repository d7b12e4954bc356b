import type { Tracer } from "../../core/ports/tracer.ts";
import { NO_TRACER } from "../telemetry/no-tracer.ts";
import type { Platform } from "./platform.ts";

/** Starts sending traces where the configuration names a collector. Stopped after all that records spans. */
export async function startTracer({ config, clock, log, meter, lifecycle }: Platform): Promise<Tracer> {
  const { traces } = config.telemetry;
  if (traces === undefined) return NO_TRACER;
  // Loaded when it is needed: it takes 40 MB of memory.
  const { createOtlpTracer } = await import("../telemetry/otlp-tracer.ts");
  const tracer = createOtlpTracer({ ...traces, node: config.name }, { clock, log, meter });
  lifecycle.onStop("traces", () => tracer.stop());
  return tracer;
}
