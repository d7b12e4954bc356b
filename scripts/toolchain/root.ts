import path from "node:path";

/** The checkout that these scripts belong to, as an absolute path. */
export const ROOT = path.resolve(import.meta.dirname, "../..");
