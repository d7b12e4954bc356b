import { deployedFiles } from "../solidity/deployed-files.ts";

/** A contract's file, and the tests that hold it to its rules, the quickest to notice a change first. */
export interface Target {
  /** Path from the root, with `/`. */
  readonly file: string;
  readonly tests: readonly string[];
}

const SCHNORR = ["schnorr", "schnorr-extremes", "schnorr-committees"];

/** The tests of each file, named by the end of its path; of several that fit the first counts. */
const TESTS: readonly (readonly [end: string, tests: readonly string[]])[] = [
  ["adapters/Api3Adapter", ["api3-adapter"]],
  ["adapters/ChronicleAdapter", ["chronicle-adapter"]],
  ["adapters/EighteenDecimals", ["api3-adapter"]],
  ["adapters/PythAdapter", ["pyth-adapter"]],
  ["libraries/PythClaim", ["libraries/pyth-claim"]],
  ["libraries/HubRead", ["libraries/hub-read"]],
  ["consumers/QuorateConsumer", ["quorate-consumer"]],
  ["feeds/FeedProxy", ["feed-proxy"]],
  ["requests/RequestDesk", ["request-desk", "request-desk-bounds"]],
  ["registry/EquivocationCourt", ["equivocation-court"]],
  ["registry/CommitteeRegistry", ["registry-answers", "registry", "registry-pause"]],
  ["registry/ConfigurationChecks", ["libraries/configuration-checks", "libraries/schnorr-registration"]],
  ["verifiers/MedianVerifier", ["verifiers", "real-proof"]],
  ["verifiers/DevelopmentMedianVerifier", ["verifiers"]],
  ["feeds/PackedHub", ["packed-hub"]],
  ["feeds/ReportHub", ["hub-verify", "hub-transmit", "packed-hub"]],
  ["feeds/CommitteeHub", ["committee-hub"]],
  ["feeds/FeedHub", ["hub-storage", "feed-proxy", "hub-transmit", "hub-verify", "hub-prove", "hub-model"]],
  ["libraries/BabyJubJub", ["libraries/baby-jub-jub"]],
  ["libraries/BitCount", ["libraries/bit-count"]],
  ["libraries/CodeStore", ["libraries/code-store"]],
  ["libraries/CommitteeData", ["libraries/committee-data"]],
  ["libraries/FeedSlot", ["libraries/feed-slot"]],
  ["libraries/FeedsTree", ["libraries/feeds-tree"]],
  ["libraries/MedianStatement", ["libraries/median-statement"]],
  ["libraries/ObserverSet", ["libraries/observer-set"]],
  ["libraries/PackedLanes", ["libraries/packed-lanes"]],
  ["libraries/PackedUpdate", ["libraries/packed-update"]],
  ["libraries/PackedValues", ["libraries/packed-values"]],
  ["libraries/PullClaim", ["libraries/pull-claim"]],
  ["libraries/Report(Header|Update)", ["libraries/report-update"]],
  ["libraries/TenureSlot", ["libraries/tenure-slot"]],
  ["libraries/Schnorr(Signature|Quorum)", SCHNORR],
  ["libraries/KeySum", SCHNORR],
  ["libraries/SignatureQuorum", ["libraries/signature-quorum", "hub-signatures", "hub-verify"]],
  ["libraries/SignedStatement", ["libraries/signed-statement"]],
  ["libraries/ReportSignatures", ["hub-signatures", "hub-verify", "schnorr-committees", "packed-hub"]],
];

/** @throws TypeError for a file that no tests are named for: whoever adds a contract says what holds it to its rules. */
export function findTargets(root: string): Target[] {
  return deployedFiles(root).map((file) => ({
    file,
    tests: testsOf(file).map((name) => `test/contracts/${name}.ts`),
  }));
}

function testsOf(file: string): readonly string[] {
  const found = TESTS.find(([end]) => new RegExp(`/${end}\\.sol$`).test(file));
  if (found === undefined) throw new TypeError(`scripts/mutate/targets.ts names no tests of ${file}`);
  return found[1];
}
