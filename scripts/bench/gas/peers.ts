/** What another system's contract was measured to use, and what that buys. */
export interface PeerFigure {
  readonly system: string;
  readonly what: string;
  readonly gas: number;
  /** Who signed. */
  readonly quorum: string;
  /** What is kept besides the newest value. */
  readonly history: string;
  /** What the chain knows of the value then. */
  readonly statement: string;
}

/**
 * Measured in one harness: `receipt.gasUsed` of the second or later update on EDR 0.12 with Osaka's rules, each project's own sources and compiler
 * settings (libocr 0a5e2f9 with 0.8.19, Scribe 12ff06c with 0.8.16, pyth-crosschain 7c915eb with 0.8.29, @redstone-finance/evm-connector 0.9.0,
 * @api3/airnode-protocol-v1 3.4.0, @chainlink/contracts 0.8.0). Reads: the caller's gas around one cold STATICCALL. Only zkOracle's figure is its own.
 */
export const PEER_PUSHES: readonly PeerFigure[] = [
  {
    ...{ system: "OCR2 (Chainlink)", what: "push, 1 feed", gas: 95_207, quorum: "2 of 4, ECDSA" },
    ...{
      history: "every round, a new slot each",
      statement: "f+1 signed the list of 4 observations, logged; the chain takes the middle",
    },
  },
  {
    ...{ system: "OCR2 (Chainlink)", what: "push, 1 feed", gas: 131_912, quorum: "6 of 16, ECDSA" },
    ...{ history: "every round, a new slot each", statement: "the same with 16 observations" },
  },
  {
    ...{ system: "OCR2 (Chainlink)", what: "push, 1 feed", gas: 177_792, quorum: "11 of 31, ECDSA" },
    ...{ history: "every round, a new slot each", statement: "the same with 31 observations" },
  },
  {
    ...{ system: "Scribe (Chronicle)", what: "push, 1 feed", gas: 112_864, quorum: "11, sum of Schnorr keys" },
    ...{ history: "none", statement: "11 signed the value" },
  },
  {
    ...{ system: "Scribe optimistic", what: "push, 1 feed", gas: 55_146, quorum: "1 ECDSA signature" },
    ...{ history: "none", statement: "1 signed; others may challenge" },
  },
  {
    ...{ system: "Pyth", what: "push, 1 feed", gas: 193_596, quorum: "13 of 19, ECDSA" },
    ...{ history: "none", statement: "13 signed a Merkle root, path of 11" },
  },
  {
    ...{ system: "Pyth", what: "push, 10 feeds", gas: 419_764, quorum: "13 of 19, ECDSA" },
    ...{ history: "none", statement: "the same" },
  },
  {
    ...{ system: "Pyth", what: "push, 50 feeds", gas: 1_435_777, quorum: "13 of 19, ECDSA" },
    ...{ history: "none", statement: "the same" },
  },
  {
    ...{ system: "RedStone", what: "value in the consumer's call, 1 feed", gas: 55_192, quorum: "3, ECDSA" },
    ...{ history: "none", statement: "3 signed a value each; the consumer takes the middle" },
  },
  {
    ...{ system: "API3", what: "full update of 1 feed", gas: 171_874, quorum: "7 beacons, ECDSA" },
    ...{ history: "none", statement: "each source signed its own; the chain takes the middle" },
  },
  {
    ...{ system: "soberm/zkOracle, as it states", what: "proof, 1 value", gas: 377_661, quorum: "proven" },
    ...{ history: "none", statement: "Groth16: enough members signed the same value" },
  },
];

export interface PeerRead {
  readonly system: string;
  readonly read: string;
  readonly gas: number;
}

export const PEER_READS: readonly PeerRead[] = [
  { system: "Chainlink, proxy", read: "latestRoundData", gas: 18_212 },
  { system: "Chronicle Scribe", read: "read", gas: 7_405 },
  { system: "Pyth, proxy", read: "getPriceNoOlderThan", gas: 10_999 },
  { system: "API3, proxy", read: "read", gas: 8_583 },
];
