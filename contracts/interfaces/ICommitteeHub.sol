// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommitteeRegistry} from "./ICommitteeRegistry.sol";

/// @notice What a configuration may still do at its hub: exactly one storage slot.
struct Tenure {
    /// Code store: see `CommitteeData`. Zero for an index that was never activated.
    address data;
    /// Bytes of `data`.
    uint16 length;
    /// Unix seconds of the last block that takes its reports; 0 during a pause.
    uint32 validUntil;
    /// Whether its reports can be proven: only then they take a slot.
    bool provable;
    /// Whether the hub has taken a report of it.
    bool reported;
    /// For good; its reports can not be proven any more either.
    bool revoked;
    /// During a pause what `validUntil` will be after it; otherwise 0. The clock of a retired configuration runs on meanwhile.
    uint32 heldUntil;
}

/// @title Hub that takes reports of a registry's committees
/// @notice The registry decides which configuration is in force; the hub keeps what it needs of that at hand, so that a report
/// costs one slot and one code store, and ends all earlier configurations when the first report of one arrives.
interface ICommitteeHub {
    /// Only the registry puts configurations in force.
    error OnlyRegistry(address caller);
    /// Each configuration is put in force once, in the order of their indices.
    error WrongInstallation(uint16 index, uint16 expected);
    /// No such configuration was activated, its time is over, or it was revoked (`validUntil` 0).
    error CommitteeNotValid(uint16 index, uint256 timestamp, uint32 validUntil);

    error CommitteeRevoked(uint16 index);
    /// The registry is paused: no report, claim or proof of any configuration is taken. Values that are stored can be read.
    error CommitteePaused(uint16 index);

    /// @notice Puts a configuration in force. The one before it stays valid until the first report of this one, at most until
    /// `retiredUntil`. Registry only.
    /// @param index One more than the last one's.
    /// @param data Code store with `length` bytes: see `CommitteeData`.
    /// @param provable Whether a verifier takes proofs of its reports.
    function install(uint16 index, address data, uint16 length, bool provable, uint32 retiredUntil) external;

    /// @notice Ends a configuration that was put in force, at once and for good. Registry only.
    function dismiss(uint16 index) external;

    /// @notice Takes no report, claim or proof of any configuration, or takes them again; those put in force meanwhile wait too.
    /// Registry only.
    function acceptReports(bool accepted) external;

    /// @notice What is known of the configuration with this index; all zero if it was never put in force.
    function tenureOf(uint16 index) external view returns (Tenure memory);

    /// @notice Index of the configuration that was put in force last; 0 before the first.
    function newestIndex() external view returns (uint16);

    function registry() external view returns (ICommitteeRegistry);
}
