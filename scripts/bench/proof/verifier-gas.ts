import hre from "hardhat";
import type { MedianProof } from "../../../core/ports/prover.ts";
import { findInstance, verifierName } from "../../circuits/instances.ts";
import { gasOf } from "../gas/gas-network.ts";

/** `receipt.gasUsed` of a transaction that only has the circuit's generated verifier check a proof: its calldata included. */
export async function verifierGas(
  instance: string,
  { proof, publicSignals }: Pick<MedianProof, "proof" | "publicSignals">,
): Promise<number> {
  const { ethers } = await hre.network.create({ network: "devnet" });
  const verifier = await ethers.deployContract(verifierName(await findInstance(instance)));
  const check = verifier.getFunction("verifyProof");
  const args = [proof.a, proof.b, proof.c, publicSignals];
  if ((await check.staticCall(...args)) !== true)
    throw new TypeError(`the verifier of ${instance} refuses a sound proof`);
  const [sender] = await ethers.getSigners();
  if (sender === undefined) throw new TypeError("a simulated network has accounts");
  const data = verifier.interface.encodeFunctionData("verifyProof", args);
  return gasOf(await sender.sendTransaction({ to: await verifier.getAddress(), data }));
}
