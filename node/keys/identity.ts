import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { computeAddress, hexlify } from "ethers";
import { deriveObserverKey } from "../../core/crypto/eddsa-poseidon.ts";
import type { Member } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { NodeSecrets } from "./keystore.ts";

/** A node's keys, ready for use. Only `member` and `peerId` may be shown. */
export interface NodeIdentity {
  readonly member: Member;
  readonly peerId: string;
  readonly peerPrivateKey: Ed25519PrivateKey;
  readonly secrets: NodeSecrets;
}

export async function createIdentity(secrets: NodeSecrets): Promise<NodeIdentity> {
  const peerPrivateKey = await generateKeyPairFromSeed("Ed25519", secrets.peer);
  return {
    member: {
      signer: computeAddress(hexlify(secrets.signer)) as Hex,
      transmitter: computeAddress(hexlify(secrets.transmitter)) as Hex,
      peerKey: hexlify(peerPrivateKey.publicKey.raw) as Hex,
      observer: deriveObserverKey(secrets.observer).publicKey,
    },
    peerId: peerIdFromPrivateKey(peerPrivateKey).toString(),
    peerPrivateKey,
    secrets,
  };
}
