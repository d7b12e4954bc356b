import type { Endpoint } from "./endpoint.ts";

/** The id of the chain that an endpoint serves; undefined where it does not say. */
export async function readChainId(endpoint: Endpoint): Promise<number | undefined> {
  const answers = await endpoint.send([{ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }]).catch(() => []);
  const [answer] = answers;
  const id = answer !== undefined && "result" in answer ? Number(answer.result) : NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}
