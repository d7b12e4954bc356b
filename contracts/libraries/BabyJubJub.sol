// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Point} from "../interfaces/ICommitteeRegistry.sol";

/// @title The twisted Edwards curve a·x² + y² = 1 + d·x²·y² over BN254's scalar field
/// @notice Constants as in circomlib (EIP-2494 curve in its a = 168700 form). Cofactor 8.
library BabyJubJub {
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant A = 168700;
    uint256 private constant D = 168696;

    function isReduced(Point calldata point) internal pure returns (bool) {
        return point.x < FIELD && point.y < FIELD;
    }

    function isOnCurve(Point calldata point) internal pure returns (bool) {
        uint256 xx = mulmod(point.x, point.x, FIELD);
        uint256 yy = mulmod(point.y, point.y, FIELD);
        uint256 left = addmod(mulmod(A, xx, FIELD), yy, FIELD);
        return left == addmod(1, mulmod(D, mulmod(xx, yy, FIELD), FIELD), FIELD);
    }

    /// @notice Tells whether 8·eighth = point: then `point` is in the prime subgroup.
    /// @dev The caller has checked that both are on the curve. Off it, (0, 0) would pass for an eighth of every point.
    function isEightTimes(Point calldata point, Point calldata eighth) internal pure returns (bool) {
        (uint256 x, uint256 y, uint256 z) = (eighth.x, eighth.y, 1);
        for (uint256 i = 0; i < 3; ++i) (x, y, z) = double(x, y, z);
        // z is never 0: a is a square and d is not, so the addition law is complete.
        return x == mulmod(point.x, z, FIELD) && y == mulmod(point.y, z, FIELD);
    }

    /// @dev Projective doubling "dbl-2008-bbjlp" of the Explicit-Formulas Database.
    function double(uint256 x, uint256 y, uint256 z) private pure returns (uint256, uint256, uint256) {
        uint256 b = addmod(x, y, FIELD);
        b = mulmod(b, b, FIELD);
        uint256 c = mulmod(x, x, FIELD);
        uint256 d = mulmod(y, y, FIELD);
        uint256 e = mulmod(A, c, FIELD);
        uint256 f = addmod(e, d, FIELD);
        uint256 h = mulmod(z, z, FIELD);
        uint256 j = addmod(f, FIELD - addmod(h, h, FIELD), FIELD);
        uint256 bcd = addmod(b, FIELD - addmod(c, d, FIELD), FIELD);
        return (mulmod(bcd, j, FIELD), mulmod(f, addmod(e, FIELD - d, FIELD), FIELD), mulmod(f, j, FIELD));
    }
}
