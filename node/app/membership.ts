import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Configuration, Member } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";

export interface MembershipError {
  readonly code: "member-key-mismatch";
  readonly signer: Hex;
  readonly key: keyof Member;
}

/**
 * This node's committee index, or undefined where none of its keys is listed.
 * @throws QuorateError if the committee lists some of its keys beside others: signing would be in vain.
 */
export function findMember({ members }: Configuration, own: Member): number | undefined {
  const index = members.findIndex((listed) => Object.values(agreement(listed, own)).includes(true));
  const listed = members[index];
  if (listed === undefined) return undefined;
  const agrees = agreement(listed, own);
  const key = (Object.keys(agrees) as (keyof Member)[]).find((name) => !agrees[name]);
  if (key === undefined) return index;
  throw new QuorateError<MembershipError>(
    { code: "member-key-mismatch", signer: own.signer, key },
    `the committee lists another ${key} key beside those of this node (signer ${own.signer}): use the keystore that is registered, or register again`,
  );
}

function agreement(listed: Member, own: Member): Record<keyof Member, boolean> {
  return {
    signer: sameHex(listed.signer, own.signer),
    transmitter: sameHex(listed.transmitter, own.transmitter),
    peerKey: sameHex(listed.peerKey, own.peerKey),
    observer: listed.observer.x === own.observer.x && listed.observer.y === own.observer.y,
  };
}

function sameHex(a: Hex, b: Hex): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
