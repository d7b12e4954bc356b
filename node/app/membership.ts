import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Configuration, Member } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";

export type MembershipError =
  | { readonly code: "not-a-member"; readonly signer: Hex }
  | { readonly code: "member-key-mismatch"; readonly signer: Hex; readonly key: keyof Member };

/**
 * This node's committee index.
 * @throws QuorateError if the committee does not list its signer, or lists other keys beside it: signing would be in vain.
 */
export function findMember({ members }: Configuration, own: Member): number {
  const index = members.findIndex(({ signer }) => sameHex(signer, own.signer));
  const listed = members[index];
  if (listed === undefined) {
    throw new QuorateError<MembershipError>(
      { code: "not-a-member", signer: own.signer },
      `the active committee has no member with signer ${own.signer}: hand registration.json to the committee's owner, or use the keystore that is registered`,
    );
  }
  const agrees: Record<keyof Member, boolean> = {
    signer: true,
    transmitter: sameHex(listed.transmitter, own.transmitter),
    peerKey: sameHex(listed.peerKey, own.peerKey),
    observer: listed.observer.x === own.observer.x && listed.observer.y === own.observer.y,
  };
  const differing = (Object.keys(agrees) as (keyof Member)[]).find((key) => !agrees[key]);
  if (differing === undefined) return index;
  throw new QuorateError<MembershipError>(
    { code: "member-key-mismatch", signer: own.signer, key: differing },
    `the committee lists another ${differing} key for signer ${own.signer}: use the keystore that is registered, or register again`,
  );
}

function sameHex(a: Hex, b: Hex): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
