// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier, MedianVerifier} from "./MedianVerifier.sol";

/// @title A median verifier whose key comes from the reproducible development setup
/// @notice The secrets of that setup are known to everyone who can run it, so anyone could forge a proof. Hence this contract refuses
/// to exist on any chain but a developer's own.
contract DevelopmentMedianVerifier is MedianVerifier {
    uint256 private constant HARDHAT_CHAIN_ID = 31_337;
    uint256 private constant LOCAL_CHAIN_ID = 1_337;

    /// Deploy `MedianVerifier` with a verifier from a ceremony instead.
    error DevelopmentOnly(uint256 chainId);

    constructor(
        IGroth16Verifier groth16,
        Shape memory shape,
        bytes32 verificationKeyDigest
    ) MedianVerifier(groth16, shape, verificationKeyDigest) {
        if (block.chainid != HARDHAT_CHAIN_ID && block.chainid != LOCAL_CHAIN_ID) revert DevelopmentOnly(block.chainid);
    }
}
