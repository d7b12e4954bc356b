import type { TrustedCommittee } from "../proof-verifier.ts";

/**
 * What this page trusts: part of its code, and reviewed like it. Whoever could set these from outside, by a link or beside the
 * document, could show any price as proven. Here it is the committee of `test/vectors/proof-document.json`, and a key of the
 * development setup, which proves nothing: enter your own (docs/consumers.md, "Verify without a chain").
 */
export const TRUSTED: TrustedCommittee = {
  configDigest: "0xdf5ed098f9c92983848de25f776f546a6a534f250d6bb2b6706f4aa9ee8b70eb",
  verificationKeyDigest: "0x9192ae4236cc7fae1556202769ee35bf27e40f196e6f9a9d86717506cdbc8810",
};
