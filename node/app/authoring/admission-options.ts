import type { Manifest } from "../../config/manifest.ts";
import type { AdmissionOptions } from "../../sandbox/admission/admit.ts";

/** What a manifest says about admitting its module. */
export function admissionOptions({ limits, host, floats }: Manifest): AdmissionOptions {
  const { moduleBytes, memoryPages, tableEntries } = limits;
  return { limits: { moduleBytes, memoryPages, tableEntries }, host, floats };
}
