// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Member, Point} from "../interfaces/ICommitteeRegistry.sol";

/// @notice Poseidon over BN254 with five inputs, circomlib's parameters: the deployed library of the npm package poseidon-solidity.
interface IPoseidonT6 {
    function hash(uint256[5] memory inputs) external pure returns (uint256);
}

/// @title Hash of a committee's observation keys, as the median circuit computes it
/// @notice s = n, then s = Poseidon5(s, x₀, y₀, x₁, y₁) for two keys at a time over the list padded with the neutral point (0, 1)
/// to nMax, and once more when that is odd. The hash binds n, and registered keys have x ≠ 0, so padding is not a key.
library ObserverSet {
    /// @param nMax Keys that the circuit takes; at least the number of members. About 74,000 gas for each two.
    function root(IPoseidonT6 poseidon, Member[] calldata members, uint256 nMax) internal pure returns (uint256 state) {
        state = members.length;
        for (uint256 i = 0; i < nMax; i += 2) {
            Point memory first = keyAt(members, i);
            Point memory second = keyAt(members, i + 1);
            state = poseidon.hash([state, first.x, first.y, second.x, second.y]);
        }
    }

    function keyAt(Member[] calldata members, uint256 i) private pure returns (Point memory) {
        return i < members.length ? members[i].observer : Point(0, 1);
    }
}
