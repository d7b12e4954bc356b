import { Contract, ZeroHash, type Signer } from "ethers";
import type { Hex } from "../../core/types/hex.ts";

/** OpenZeppelin's TimelockController, as far as it is called here. */
const TIMELOCK_ABI = [
  "function getMinDelay() view returns (uint256)",
  "function getTimestamp(bytes32 id) view returns (uint256)",
  "function getOperationState(bytes32 id) view returns (uint8)",
  "function hashOperation(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt) view returns (bytes32)",
  "function schedule(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt, uint256 delay)",
  "function execute(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt) payable",
] as const;

export interface TimelockedCall {
  /** The contract that the timelock calls. */
  readonly target: Hex;
  readonly data: Hex;
  /** Tells a call from an equal one before it; zero unless given. */
  readonly salt?: Hex;
}

export interface PassThroughTimelockOptions {
  readonly timelock: Hex;
  /** A proposer where the call is not scheduled yet, an executor where it is due. */
  readonly signer: Signer;
}

/** The timelock's states, in the order of its enum. */
const STATES = ["unscheduled", "waiting", "ready", "done"] as const;

export interface TimelockedState {
  readonly state: (typeof STATES)[number];
  /** Unix seconds of the first block that may execute it; undefined once it was. */
  readonly readyAt?: number;
}

/**
 * Does the next step of a call through a timelock, and waits for its transaction: schedules it with the least delay, or
 * executes it if it is due; nothing while it waits or when it is done.
 * @returns where the call stands afterwards.
 */
export async function passThroughTimelock(
  { target, data, salt = ZeroHash as Hex }: TimelockedCall,
  { timelock: address, signer }: PassThroughTimelockOptions,
): Promise<TimelockedState> {
  const timelock = new Contract(address, TIMELOCK_ABI, signer);
  const operation = [target, 0n, data, ZeroHash, salt] as const;
  const id = (await timelock.getFunction("hashOperation").staticCall(...operation)) as Hex;
  const state = await stateOf(timelock, id);
  if (state === "unscheduled") {
    const delay = (await timelock.getFunction("getMinDelay").staticCall()) as bigint;
    await send(timelock, "schedule", [...operation, delay]);
  }
  if (state === "ready") await send(timelock, "execute", operation);
  const now = await stateOf(timelock, id);
  if (now === "done") return { state: now };
  return { state: now, readyAt: Number((await timelock.getFunction("getTimestamp").staticCall(id)) as bigint) };
}

async function stateOf(timelock: Contract, id: Hex): Promise<TimelockedState["state"]> {
  const state = (await timelock.getFunction("getOperationState").staticCall(id)) as bigint;
  return STATES[Number(state)] ?? "unscheduled";
}

async function send(timelock: Contract, method: string, args: readonly unknown[]): Promise<void> {
  const transaction = (await timelock.getFunction(method).send(...args)) as { wait(): Promise<unknown> };
  await transaction.wait();
}
