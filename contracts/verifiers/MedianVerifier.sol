// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Groth16Proof, IMedianVerifier} from "../interfaces/IMedianVerifier.sol";

/// @notice The function of a verifier that snarkjs generates for three public signals.
interface IGroth16Verifier {
    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[3] calldata publicSignals
    ) external view returns (bool);
}

/// @title A generated Groth16 verifier together with the shape of its circuit
/// @notice Deployed once per circuit; whoever registers it answers for shape and key digest matching the generated contract.
contract MedianVerifier is IMedianVerifier {
    struct Shape {
        /// Keys that a committee may have.
        uint8 nMax;
        /// Observations in a proof, 2f+1.
        uint8 k;
        /// Lanes of the value vector.
        uint8 lanes;
    }

    error NoCode(address groth16);
    /// k = 2f+1 with f ≥ 1, 3f+1 ≤ nMax and 1 ≤ lanes ≤ 32 do not hold.
    error ImpossibleShape(uint8 nMax, uint8 k, uint8 lanes);

    /// @notice The generated contract.
    IGroth16Verifier public immutable groth16;
    /// @inheritdoc IMedianVerifier
    uint8 public immutable override nMax;
    /// @inheritdoc IMedianVerifier
    uint8 public immutable override k;
    /// @inheritdoc IMedianVerifier
    uint8 public immutable override lanes;
    /// @inheritdoc IMedianVerifier
    bytes32 public immutable override verificationKeyDigest;

    constructor(IGroth16Verifier groth16_, Shape memory shape, bytes32 verificationKeyDigest_) {
        if (address(groth16_).code.length == 0) revert NoCode(address(groth16_));
        uint256 f = shape.k / 2;
        bool possible = shape.k % 2 == 1 && f > 0 && shape.nMax > 3 * f && shape.lanes > 0 && shape.lanes <= 32;
        if (!possible) revert ImpossibleShape(shape.nMax, shape.k, shape.lanes);
        groth16 = groth16_;
        nMax = shape.nMax;
        k = shape.k;
        lanes = shape.lanes;
        verificationKeyDigest = verificationKeyDigest_;
    }

    /// @inheritdoc IMedianVerifier
    function verifyMedian(Groth16Proof calldata proof, uint256[3] calldata publicSignals) external view returns (bool) {
        return groth16.verifyProof(proof.a, proof.b, proof.c, publicSignals);
    }
}
