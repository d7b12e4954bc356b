// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CommitteeHub} from "../feeds/CommitteeHub.sol";
import {CommitteeData} from "../libraries/CommitteeData.sol";
import {ICommitteeRegistry} from "../interfaces/ICommitteeRegistry.sol";

/// @title Opens what hubs share to tests in TypeScript
/// @notice Whoever deploys it names an account of its own as the registry.
contract CommitteeHubHarness is CommitteeHub {
    event Installing(address previous, address installed);

    constructor(ICommitteeRegistry registry_) CommitteeHub(registry_) {}

    function openTenure(uint64 sequence) external view returns (uint256 tenure, bytes32 configDigest) {
        CommitteeData committee;
        (tenure, committee) = _openTenure(sequence);
        configDigest = committee.configDigest();
    }

    function unrevoked(uint64 sequence) external view returns (bytes32 configDigest) {
        return _unrevoked(sequence).configDigest();
    }

    function noteReport(uint64 sequence, uint256 tenure) external {
        _noteReport(sequence, tenure);
    }

    function _onInstall(address previous, address installed) internal override {
        emit Installing(previous, installed);
    }
}
