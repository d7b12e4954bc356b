import type { QuorateError } from "../../core/errors/quorate-error.ts";
import { readManifest } from "../config/manifest.ts";
import { inspectModule, type AdmissionReport } from "../sandbox/admission/admit.ts";
import { isModuleRefusal, type ModuleRefused } from "../sandbox/admission/refusal.ts";
import { admissionOptions } from "./authoring/admission-options.ts";
import { readModuleFile } from "./authoring/module-file.ts";

export type InspectedModule =
  | { readonly kind: "admitted"; readonly report: AdmissionReport }
  /** With the rule that the module breaks, the place, and the stages that it had passed. */
  | { readonly kind: "refused"; readonly refusal: QuorateError<ModuleRefused> };

/**
 * Says what the sandbox would make of a module, under the terms of a manifest or the usual ones.
 * @throws QuorateError `module-unreadable`, or for a manifest that cannot be read.
 */
export async function inspectModuleFile(file: string, manifestFile?: string): Promise<InspectedModule> {
  const options = manifestFile === undefined ? {} : admissionOptions(await readManifest(manifestFile));
  const bytes = await readModuleFile(file);
  try {
    return { kind: "admitted", report: await inspectModule(bytes, options) };
  } catch (error) {
    if (isModuleRefusal(error)) return { kind: "refused", refusal: error };
    throw error;
  }
}
