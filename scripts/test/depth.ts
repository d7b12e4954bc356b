/** Environment variable that `npm run test:deep` sets to `deep`; `test/support/depth.ts` reads it. */
export const DEPTH_VARIABLE = "QUORATE_TEST_DEPTH";

/** The longest that one test may take with full counts: a hundred thousand mutants take minutes, on a busy machine more. */
export const DEEP_TIMEOUT_MS = 3_600_000;
