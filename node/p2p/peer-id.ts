import { publicKeyFromRaw } from "@libp2p/crypto/keys";
import { peerIdFromPublicKey } from "@libp2p/peer-id";
import { getBytes } from "ethers";
import type { Hex } from "../../core/types/hex.ts";

/** The libp2p name of a registered Ed25519 key. */
export function peerIdOf(peerKey: Hex): string {
  return peerIdFromPublicKey(publicKeyFromRaw(getBytes(peerKey))).toString();
}
