// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CodeStore} from "../libraries/CodeStore.sol";
import {CommitteeDataAccess} from "../libraries/CommitteeData.sol";
import {ICommitteeHub} from "../interfaces/ICommitteeHub.sol";
import {Committee, Configuration, ConfigurationState, Statement} from "../interfaces/ICommitteeRegistry.sol";
import {IMedianVerifier} from "../interfaces/IMedianVerifier.sol";

/// @title Answers a court whatever a test tells it
/// @notice Of configurations that no registry would take. It checks nothing.
contract MockStatements {
    ICommitteeHub public immutable hub;
    mapping(bytes32 configDigest => Statement) private _statements;

    constructor(ICommitteeHub hub_) {
        hub = hub_;
    }

    function claimActive(bytes32 configDigest, Configuration calldata configuration) external {
        bytes memory data = CommitteeDataAccess.encode(configuration, configDigest, IMedianVerifier(address(0)), 0);
        Statement storage claimed = _statements[configDigest];
        claimed.state = ConfigurationState.Active;
        claimed.committee.data = CodeStore.write(data);
        claimed.committee.index = configuration.index;
    }

    function statement(bytes32 configDigest) external view returns (Statement memory) {
        return _statements[configDigest];
    }

    function committee(bytes32 configDigest) external view returns (Committee memory) {
        return _statements[configDigest].committee;
    }
}
