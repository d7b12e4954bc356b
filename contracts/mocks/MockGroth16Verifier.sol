// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "../verifiers/MedianVerifier.sol";

/// @title Stands for a generated verifier in tests of the contracts around it
/// @notice Takes exactly the proofs whose `a` is (C, x), `c` is (y, 0) and `b` is zero: a test can make one for any statement,
/// and a statement that differs in any bound word makes another.
contract MockGroth16Verifier is IGroth16Verifier {
    /// @inheritdoc IGroth16Verifier
    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[3] calldata publicSignals
    ) external pure returns (bool) {
        bool bound = a[0] == publicSignals[0] && a[1] == publicSignals[1] && c[0] == publicSignals[2];
        return bound && c[1] == 0 && b[0][0] == 0 && b[0][1] == 0 && b[1][0] == 0 && b[1][1] == 0;
    }
}
