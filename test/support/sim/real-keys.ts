import type { ProtocolCrypto } from "../../../core/ports/protocol-crypto.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { AttributedObservation } from "../../../core/types/observation.ts";
import { createIdentity, type NodeIdentity } from "../../../node/keys/identity.ts";
import { deriveSecrets } from "../../../node/keys/keystore.ts";
import { createProtocolCrypto } from "../../../node/keys/protocol-crypto.ts";
import { getBytes, id } from "ethers";
import { SIM_DOMAIN, simConfiguration } from "./committee.ts";
import type { Schedule } from "./schedule.ts";
import type { SimulationOptions } from "./simulation.ts";
import { remembered } from "./symbolic-crypto.ts";

/** Members with real keys, which follow from their index. */
export function realMembers(n: number): Promise<readonly NodeIdentity[]> {
  const secrets = Array.from({ length: n }, (_, member) => deriveSecrets(getBytes(id(`simulated member ${member}`))));
  return Promise.all(secrets.map((secret) => createIdentity(secret)));
}

/** The schedule's committee with real keys: every signature is made and verified on its curve, each of them once. */
export function realCommittee(
  schedule: Schedule,
  identities: readonly NodeIdentity[],
): NonNullable<SimulationOptions["committee"]> {
  const used = identities.slice(0, schedule.n);
  const configuration: Configuration = { ...simConfiguration(schedule), members: used.map(({ member }) => member) };
  const options = { domain: SIM_DOMAIN, configDigest: schedule.configDigest, members: configuration.members };
  const verdicts = new Map<string, boolean>();
  return {
    configuration,
    cryptoOf: (member) => rememberingVerdicts(createProtocolCrypto(options, used[member]!), verdicts),
  };
}

/** Verification is a pure function of bytes: n nodes that verify the same signature pay once. */
function rememberingVerdicts(crypto: ProtocolCrypto, verdicts: Map<string, boolean>): ProtocolCrypto {
  const textOf = ({ observer, observation, signature }: AttributedObservation) => {
    const { sequence, feeds, timestamp } = observation;
    return [
      observer,
      sequence,
      feeds.mask,
      ...feeds.values,
      timestamp,
      signature.r8.x,
      signature.r8.y,
      signature.s,
    ].join();
  };
  return {
    ...crypto,
    verifyObservation: (entry) => remembered(verdicts, textOf(entry), () => crypto.verifyObservation(entry)),
    verifyDigest: (signer, digest, signature) =>
      remembered(verdicts, `${signer} ${digest} ${signature}`, () => crypto.verifyDigest(signer, digest, signature)),
  };
}
