import type { Meter } from "../../core/ports/meter.ts";

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const INCLUSION_SECONDS = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** An endpoint is named by its place in the configuration and its origin: paths hold API keys. */
const ENDPOINT = ["endpoint", "origin"];

export function createChainMetrics(meter: Meter) {
  return {
    endpointUp: meter.gauge({
      name: "chain_endpoint_up",
      help: "1 if the RPC endpoint answers, serves the right chain and keeps up with the others.",
      labels: ENDPOINT,
    }),
    endpointInUse: meter.gauge({
      name: "chain_endpoint_in_use",
      help: "1 for the RPC endpoint that is asked first.",
      labels: ENDPOINT,
    }),
    requestSeconds: meter.histogram({
      name: "chain_request_seconds",
      help: "Duration of answered RPC requests.",
      labels: ENDPOINT,
      buckets: REQUEST_SECONDS,
    }),
    requestFailures: meter.counter({
      name: "chain_request_failures_total",
      help: "RPC requests without a usable answer.",
      labels: [...ENDPOINT, "reason"],
    }),
    transactions: meter.counter({
      name: "transactions_total",
      help: "Transactions of this node's account by what became of them.",
      labels: ["purpose", "result"],
    }),
    replacements: meter.counter({
      name: "transaction_replacements_total",
      help: "Stuck transactions that were sent again with higher fees, by reason.",
      labels: ["reason"],
    }),
    waiting: meter.gauge({ name: "transactions_waiting", help: "Calls that wait for the account's next nonce." }),
    atFeeCap: meter.gauge({
      name: "transaction_at_fee_cap",
      help: "1 while a stuck transaction cannot be raised within chain.fees.",
    }),
    inclusionSeconds: meter.histogram({
      name: "transaction_inclusion_seconds",
      help: "From a call's first transaction to its block.",
      buckets: INCLUSION_SECONDS,
    }),
    balance: meter.gauge({ name: "transmitter_balance_ether", help: "Balance of the transmitter account." }),
    minBalance: meter.gauge({
      name: "transmitter_min_balance_ether",
      help: "Balance below which chain.minBalance warns.",
    }),
  };
}

export type ChainMetrics = ReturnType<typeof createChainMetrics>;
