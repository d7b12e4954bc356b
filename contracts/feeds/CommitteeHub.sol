// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {CommitteeData, CommitteeDataAccess} from "../libraries/CommitteeData.sol";
import {TenureSlot} from "../libraries/TenureSlot.sol";
import {ICommitteeHub, Tenure} from "../interfaces/ICommitteeHub.sol";
import {ICommitteeRegistry} from "../interfaces/ICommitteeRegistry.sol";

/// @title Committees as a hub sees them
/// @notice See `ICommitteeHub`. What a hub does with a valid committee's reports is its own.
abstract contract CommitteeHub is ICommitteeHub, EIP712 {
    using TenureSlot for uint256;

    /// @inheritdoc ICommitteeHub
    ICommitteeRegistry public immutable override registry;
    /// @inheritdoc ICommitteeHub
    uint16 public override newestIndex;
    /// Whether all tenures that may be valid are held.
    bool private _paused;
    mapping(uint256 index => uint256) private _tenures;

    modifier onlyRegistry() {
        if (msg.sender != address(registry)) revert OnlyRegistry(msg.sender);
        _;
    }

    constructor(ICommitteeRegistry registry_) EIP712("Quorate", "1") {
        registry = registry_;
        // Checking signatures takes CLZ (EIP-7939): on a chain without it this fails, and not the first report.
        uint256 zeros;
        assembly ("memory-safe") {
            zeros := clz(gt(caller(), 0))
        }
        assert(zeros == 255);
    }

    /// @inheritdoc ICommitteeHub
    function install(
        uint16 index,
        address data,
        uint16 length,
        bool provable,
        uint32 retiredUntil
    ) external onlyRegistry {
        uint16 previous = newestIndex;
        if (index != previous + 1) revert WrongInstallation(index, previous + 1);
        uint256 retired = _tenures[previous].released().endingBy(retiredUntil);
        uint256 installed = TenureSlot.pack(data, length, provable);
        bool paused = _paused;
        _tenures[previous] = paused ? retired.held() : retired;
        _tenures[index] = paused ? installed.held() : installed;
        newestIndex = index;
        _onInstall(retired.dataOf(), data);
    }

    /// @inheritdoc ICommitteeHub
    function dismiss(uint16 index) external onlyRegistry {
        uint256 tenure = _tenures[index];
        if (tenure == 0) revert CommitteeNotValid(index, block.timestamp, 0);
        _tenures[index] = tenure.withRevocation();
    }

    /// @inheritdoc ICommitteeHub
    function acceptReports(bool accepted) external onlyRegistry {
        _paused = !accepted;
        // Those before one that has reported were ended then.
        for (uint256 index = newestIndex; index != 0; --index) {
            uint256 tenure = _tenures[index];
            _tenures[index] = accepted ? tenure.released() : tenure.held();
            if (tenure.hasReported()) return;
        }
    }

    /// @inheritdoc ICommitteeHub
    function tenureOf(uint16 index) public view returns (Tenure memory) {
        return _tenures[index].toTenure();
    }

    /// For hubs that ask more of a configuration than the registry does: they revert, and it does not come into force.
    /// @param previous Code store of the configuration before it; zero for the first.
    function _onInstall(address previous, address installed) internal virtual {}

    /// What a report takes of its committee's data.
    function _load(address data, uint256 length) internal view virtual returns (CommitteeData) {
        return CommitteeDataAccess.load(data, length);
    }

    /// The committee of a report that comes in now. Reverts with `CommitteeNotValid` for one that may not report, with
    /// `CommitteePaused` for one that may not at present.
    function _openTenure(uint64 sequence) internal view returns (uint256 tenure, CommitteeData committee) {
        uint256 index = sequence >> 48;
        tenure = _tenures[index];
        if (block.timestamp > tenure.validUntilOf()) {
            if (tenure.heldUntilOf() != 0) revert CommitteePaused(uint16(index));
            revert CommitteeNotValid(uint16(index), block.timestamp, tenure.validUntilOf());
        }
        committee = _load(tenure.dataOf(), tenure.lengthOf());
    }

    /// The committee of a report that was taken before. Reverts if it was revoked since, and during a pause.
    function _unrevoked(uint64 sequence) internal view returns (CommitteeData) {
        uint256 index = sequence >> 48;
        uint256 tenure = _tenures[index];
        if (tenure == 0) revert CommitteeNotValid(uint16(index), block.timestamp, 0);
        if (tenure.isRevoked()) revert CommitteeRevoked(uint16(index));
        // A tenure that is valid is not held, so that only those that are over cost a second slot.
        if (block.timestamp > tenure.validUntilOf() && _paused) revert CommitteePaused(uint16(index));
        return _load(tenure.dataOf(), tenure.lengthOf());
    }

    /// Notes a committee's first report: with it all earlier committees are over.
    function _noteReport(uint64 sequence, uint256 tenure) internal {
        if (tenure.hasReported()) return;
        uint256 index = sequence >> 48;
        _tenures[index] = tenure.withReport();
        // Those before one that has reported were ended then.
        while (--index != 0) {
            uint256 earlier = _tenures[index];
            _tenures[index] = earlier.endingBy(uint32(block.timestamp - 1));
            if (earlier.hasReported()) return;
        }
    }
}
