// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Report} from "../interfaces/IReportHub.sol";

/// @title The EIP-712 statements that members sign
/// @notice All are signed under one domain: name "Quorate", version "1", chain id, hub. Two statements are the same exactly
/// when their struct hashes are, however often and with whatever bytes they were signed.
library SignedStatement {
    bytes32 internal constant REPORT_TYPEHASH = keccak256(
        "Report(bytes32 configDigest,uint64 sequence,uint32 observedAt,bytes32 feedsRoot,bytes32 valuesHash)"
    );
    bytes32 internal constant PROPOSAL_TYPEHASH = keccak256(
        "Proposal(bytes32 configDigest,uint64 sequence,bytes32 observationsHash)"
    );
    bytes32 private constant NAME_HASH = keccak256("Quorate");
    bytes32 private constant VERSION_HASH = keccak256("1");
    /// EIP-5267: name, version, chain id, verifying contract.
    bytes1 private constant DOMAIN_FIELDS = 0x0f;

    /// @notice Struct hash of what f+1 members sign.
    function hash(Report memory report) internal pure returns (bytes32) {
        return hashReport(report.configDigest, report.sequence, report.observedAt, report.feedsRoot, report.valuesHash);
    }

    /// @notice The same of a report that is no struct: keccak256(abi.encode(typehash, fields)).
    function hashReport(
        bytes32 configDigest,
        uint64 sequence,
        uint32 observedAt,
        bytes32 feedsRoot,
        bytes32 valuesHash
    ) internal pure returns (bytes32 structHash) {
        bytes32 typehash = REPORT_TYPEHASH;
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typehash)
            mstore(add(words, 0x20), configDigest)
            mstore(add(words, 0x40), and(sequence, 0xffffffffffffffff))
            mstore(add(words, 0x60), and(observedAt, 0xffffffff))
            mstore(add(words, 0x80), feedsRoot)
            mstore(add(words, 0xa0), valuesHash)
            structHash := keccak256(words, 0xc0)
        }
    }

    /// @notice Struct hash of what a leader signs: its choice of observations for one slot.
    function hashProposal(
        bytes32 configDigest,
        uint64 sequence,
        bytes32 observationsHash
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(PROPOSAL_TYPEHASH, configDigest, sequence, observationsHash));
    }

    /// @notice Domain separator of a hub on this chain, as the chain names itself now: a fork has another.
    function domainSeparator(address hub) internal view returns (bytes32) {
        return
            MessageHashUtils.toDomainSeparator(DOMAIN_FIELDS, NAME_HASH, VERSION_HASH, block.chainid, hub, bytes32(0));
    }
}
