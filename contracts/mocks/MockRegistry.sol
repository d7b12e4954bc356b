// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Committee, Statement} from "../interfaces/ICommitteeRegistry.sol";

/// @title Answers the hub's two questions with what a test tells it
/// @notice For fixed configuration digests, as in recorded proofs. It checks nothing.
contract MockRegistry {
    mapping(bytes32 configDigest => Statement) private _statements;

    function set(bytes32 configDigest, Statement calldata statement_) external {
        _statements[configDigest] = statement_;
    }

    /// @notice As in `ICommitteeRegistry`.
    function committee(bytes32 configDigest) external view returns (Committee memory) {
        return _statements[configDigest].committee;
    }

    /// @notice As in `ICommitteeRegistry`.
    function statement(bytes32 configDigest) external view returns (Statement memory) {
        return _statements[configDigest];
    }
}
