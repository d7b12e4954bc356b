import { AbiCoder, TypedDataEncoder, ZeroAddress, id, keccak256 } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import type { Hex } from "../../../core/types/hex.ts";
import type { MockDataReceiver, RequestDesk } from "../../../types/ethers-contracts/index.ts";
import { signaturesOf } from "./committee.ts";
import { lowerAddress, type TestNetwork } from "./network.ts";

/** A desk beside a network's hub, and a contract that asks it. */
export interface DeskSetting {
  readonly network: TestNetwork;
  readonly desk: RequestDesk;
  readonly receiver: MockDataReceiver;
}

/** As `DataRequest` in Solidity. */
export interface DataRequest {
  readonly requester: string;
  readonly nonce: bigint;
  readonly moduleDigest: string;
  readonly paramsHash: string;
  readonly callbackGas: number;
  readonly minResponses: number;
  readonly deadline: number;
  readonly fee: bigint;
}

/** As `DataResponse` in Solidity. */
export interface DataResponse {
  readonly result: string;
  readonly observedAt: number;
  readonly payee: string;
  readonly configIndex: number;
}

/** As `MockDataReceiver.Manner`. */
export const MANNER = { keep: 0, insist: 1, fail: 2, burn: 3, returnBomb: 4, revertBomb: 5, reenter: 6 } as const;

export const LIFETIME = 600;
const MODULE = id("module") as Hex;
const RESPONSE = {
  Response: [
    { name: "requestId", type: "bytes32" },
    { name: "configDigest", type: "bytes32" },
    { name: "resultHash", type: "bytes32" },
    { name: "observedAt", type: "uint32" },
    { name: "payee", type: "address" },
  ],
};

export async function deployDesk(network: TestNetwork): Promise<DeskSetting> {
  const { ethers } = network.connection;
  const desk = await ethers.deployContract("RequestDesk", [network.hub]);
  return { network, desk, receiver: await ethers.deployContract("MockDataReceiver", [desk]) };
}

export interface AskOptions {
  readonly params?: string;
  readonly callbackGas?: number;
  readonly minResponses?: number;
  readonly fee?: bigint;
}

/** Has the receiver ask, and puts the request together from what was asked: nothing is taken from the event. */
export async function ask(
  { network, desk, receiver }: DeskSetting,
  { params = "0x1234", callbackGas = 300_000, minResponses = 2, fee = 1000n }: AskOptions = {},
): Promise<DataRequest> {
  const nonce = await desk.requestCount();
  await receiver.ask(MODULE, params, callbackGas, minResponses, { value: fee });
  const deadline = (await network.connection.networkHelpers.time.latest()) + LIFETIME;
  const requester = await receiver.getAddress();
  const paramsHash = keccak256(params);
  return { requester, nonce, moduleDigest: MODULE, paramsHash, callbackGas, minResponses, deadline, fee };
}

export async function requestId({ network, desk }: DeskSetting, request: DataRequest): Promise<Hex> {
  const types = [
    "uint256",
    "address",
    "address",
    "uint64",
    "bytes32",
    "bytes32",
    "uint32",
    "uint8",
    "uint32",
    "uint256",
  ];
  const { requester, nonce, moduleDigest, paramsHash, callbackGas, minResponses, deadline, fee } = request;
  const fields = [requester, nonce, moduleDigest, paramsHash, callbackGas, minResponses, deadline, fee];
  const values = [network.domain.chainId, await desk.getAddress(), ...fields];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, values)) as Hex;
}

export async function respond(network: TestNetwork, change: Partial<DataResponse> = {}): Promise<DataResponse> {
  const observedAt = await network.connection.networkHelpers.time.latest();
  const configIndex = network.committee.configuration.index;
  return { result: "0xabcdef", observedAt, payee: ZeroAddress, configIndex, ...change };
}

export interface SignOptions {
  readonly signers?: readonly number[];
  /** The desk whose domain it is signed under; this one by default. */
  readonly verifyingContract?: Hex;
  readonly chainId?: bigint;
  readonly configDigest?: Hex;
}

/** The EIP-712 digest as ethers computes it, signed by members of the network's committee. */
export async function signResponse(
  { network, desk }: DeskSetting,
  { id, response }: { readonly id: Hex; readonly response: DataResponse },
  options: SignOptions = {},
): Promise<Hex> {
  const digest = await responseDigest({ network, desk }, { id, response }, options);
  return signaturesOf(network.committee, digest, options.signers ?? [0, 1]);
}

export async function responseDigest(
  { network, desk }: Pick<DeskSetting, "network" | "desk">,
  { id, response }: { readonly id: Hex; readonly response: DataResponse },
  { verifyingContract, chainId = network.domain.chainId, configDigest = network.configDigest }: SignOptions = {},
): Promise<Hex> {
  const domain = {
    name: "Quorate",
    version: "1",
    chainId,
    verifyingContract: verifyingContract ?? (await lowerAddress(desk)),
  };
  const { observedAt, payee } = response;
  const statement = { requestId: id, configDigest, resultHash: keccak256(response.result), observedAt, payee };
  return TypedDataEncoder.hash(domain, RESPONSE, statement) as Hex;
}

export async function passDeadline({ networkHelpers }: NetworkConnection, { deadline }: DataRequest): Promise<void> {
  await networkHelpers.time.increaseTo(deadline + 1);
}
