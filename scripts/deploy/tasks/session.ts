import path from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";
import type { Result } from "hardhat/types/utils";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { DeployError } from "../errors.ts";

/** Where a deployment's files are. */
export interface Place {
  readonly name: string;
  /** The addresses file. */
  readonly file: string;
  /** Ignition's folder. */
  readonly journal: string;
}

export interface Session {
  readonly hre: HardhatRuntimeEnvironment;
  readonly connection: NetworkConnection;
  readonly place: Place;
  /** Whether the chain ends with this process. */
  readonly simulated: boolean;
}

export interface SessionOptions {
  /** As given on the command line. */
  readonly deployment: string | undefined;
  /** Whether accounts are needed. Reading asks for no key. */
  readonly sends: boolean;
}

/** As Ignition wants it. */
const DEPLOYMENT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/**
 * Runs a task on the chosen network. What a person can mend is one line and exit code 1; a bug keeps its stack.
 * @returns Hardhat's result, with what `work` returned.
 */
export async function inSession<T>(
  hre: HardhatRuntimeEnvironment,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<Result<T, QuorateError>> {
  try {
    const session = await open(hre, options);
    try {
      return { success: true, value: await work(session) };
    } finally {
      await session.connection.close();
    }
  } catch (error) {
    if (!(error instanceof QuorateError)) throw error;
    const known = error as QuorateError;
    console.error(`quorate: ${known.message} [${known.code}]`);
    return { success: false, error: known };
  }
}

async function open(hre: HardhatRuntimeEnvironment, { deployment, sends }: SessionOptions): Promise<Session> {
  const network = hre.globalOptions.network;
  const readOnly = !sends && hre.config.networks[network]?.type === "http";
  const connection = await hre.network.create(readOnly ? { network, override: { accounts: "remote" } } : { network });
  const { chainId } = await connection.ethers.provider.getNetwork();
  const name = deployment ?? `chain-${chainId.toString()}`;
  if (!DEPLOYMENT_NAME.test(name)) {
    const message = `${name} is no name for a deployment: use letters, digits, - and _, a letter first`;
    throw new QuorateError<DeployError>({ code: "deployment-name-invalid", name }, message);
  }
  const place = {
    name,
    file: path.join(hre.config.paths.root, "deployments", `${name}.json`),
    journal: path.join(hre.config.paths.ignition, "deployments", name),
  };
  return { hre, connection, place, simulated: connection.networkConfig.type === "edr-simulated" };
}

/** A path as a person in the checkout writes it. */
export function shown({ hre }: Session, file: string): string {
  return path.relative(hre.config.paths.root, file);
}
