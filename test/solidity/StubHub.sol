// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Tenure} from "../../contracts/interfaces/ICommitteeHub.sol";
import {CodeStore} from "../../contracts/libraries/CodeStore.sol";
import {CommitteeBytes} from "./CommitteeBytes.sol";
import {vm} from "./Vm.sol";

/// @notice A hub with one committee, whose keys are known, and which is valid for ever.
contract StubHub {
    uint16 public constant newestIndex = 1;
    uint256 public constant F = 1;
    uint256 public constant N = 4;
    Tenure private _tenure;

    constructor() {
        bytes memory signers;
        for (uint256 i = 0; i < N; ++i) signers = bytes.concat(signers, bytes20(vm.addr(keyOf(i))));
        bytes memory data = CommitteeBytes.ofSigners(signers, newestIndex, uint8(F));
        _tenure.data = CodeStore.write(data);
        _tenure.length = uint16(data.length);
        _tenure.validUntil = type(uint32).max;
    }

    function tenureOf(uint16 index) external view returns (Tenure memory tenure) {
        if (index == newestIndex) tenure = _tenure;
    }

    /// @notice Signatures of these members, as the contracts take them.
    function sign(bytes32 digest, uint256 bitmap) external pure returns (bytes memory signatures) {
        signatures = abi.encodePacked(uint32(bitmap));
        for (uint256 i = 0; i < N; ++i) {
            if ((bitmap >> i) & 1 == 0) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(i), digest);
            signatures = abi.encodePacked(signatures, r, bytes32((uint256(v - 27) << 255) | uint256(s)));
        }
    }

    function keyOf(uint256 member) private pure returns (uint256) {
        return 1000 + member;
    }
}
