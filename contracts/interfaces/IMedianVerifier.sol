// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice A Groth16 proof over BN254, coordinates in the order of the pairing precompile.
struct Groth16Proof {
    uint256[2] a;
    uint256[2][2] b;
    uint256[2] c;
}

/// @title Verifier of median proofs of one circuit shape
/// @notice Says whether a proof satisfies the median circuit for the public signals (C, x, y). What those signals bind
/// is the hub's business: see `MedianStatement`.
interface IMedianVerifier {
    /// Keys a committee may have: the key list is padded to this length.
    function nMax() external view returns (uint8);

    /// Observations in a proof: 2f+1.
    function k() external view returns (uint8);

    /// Lanes of the value vector.
    function lanes() external view returns (uint8);

    /// @notice keccak256 over the verification key's words α₁, β₂, γ₂, δ₂, IC, so that provers can tell which key is in force.
    function verificationKeyDigest() external view returns (bytes32);

    /// @notice True if the proof holds. False, never a revert, for a well-formed call with a wrong proof.
    function verifyMedian(Groth16Proof calldata proof, uint256[3] calldata publicSignals) external view returns (bool);
}
