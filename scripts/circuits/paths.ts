import path from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const TEMPLATES = path.join(ROOT, "circuits/templates");
export const INSTANCES_FILE = path.join(ROOT, "circuits/instances.json");
export const ARTIFACTS_FILE = path.join(ROOT, "circuits/artifacts.json");
export const DETERMINACY_FILE = path.join(ROOT, "circuits/determinacy.yaml");
export const BUILD = path.join(ROOT, "build/circuits");
export const CONTRACTS = path.join(ROOT, "contracts");
export const VERIFIERS = path.join(CONTRACTS, "verifiers/generated");
export const NODE_MODULES = path.join(ROOT, "node_modules");
