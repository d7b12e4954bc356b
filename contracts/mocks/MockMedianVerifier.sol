// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Groth16Proof, IMedianVerifier} from "../interfaces/IMedianVerifier.sol";

/// @title A verifier of any shape that it is given, possible or not
/// @notice It takes every proof: for tests alone.
contract MockMedianVerifier is IMedianVerifier {
    uint8 public immutable override nMax;
    uint8 public immutable override k;
    uint8 public immutable override lanes;
    bytes32 public constant override verificationKeyDigest = 0;

    constructor(uint8 nMax_, uint8 k_, uint8 lanes_) {
        (nMax, k, lanes) = (nMax_, k_, lanes_);
    }

    function verifyMedian(Groth16Proof calldata, uint256[3] calldata) external pure returns (bool) {
        return true;
    }
}
