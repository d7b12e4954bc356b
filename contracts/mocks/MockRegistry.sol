// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CodeStore} from "../libraries/CodeStore.sol";
import {CommitteeDataAccess} from "../libraries/CommitteeData.sol";
import {ICommitteeHub} from "../interfaces/ICommitteeHub.sol";
import {Configuration} from "../interfaces/ICommitteeRegistry.sol";
import {IMedianVerifier} from "../interfaces/IMedianVerifier.sol";

/// @title Puts in force whatever a test tells it
/// @notice For fixed configuration digests, as in recorded proofs. It checks nothing.
contract MockRegistry {
    function enact(
        ICommitteeHub hub,
        bytes32 configDigest,
        Configuration calldata configuration,
        IMedianVerifier verifier,
        uint256 setRoot
    ) external {
        bytes memory data = CommitteeDataAccess.encode(configuration, configDigest, verifier, setRoot);
        bool provable = address(verifier) != address(0);
        hub.install(configuration.index, CodeStore.write(data), uint16(data.length), provable, 0);
    }
}
