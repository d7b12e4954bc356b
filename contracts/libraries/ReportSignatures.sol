// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SignatureScheme} from "../interfaces/ICommitteeRegistry.sol";
import {CommitteeData, CommitteeShape} from "./CommitteeData.sol";
import {SchnorrQuorum} from "./SchnorrQuorum.sol";
import {SignatureQuorum} from "./SignatureQuorum.sol";

/// @title A committee's signatures over a report, under the scheme that its configuration names
library ReportSignatures {
    /// @notice Bytes of this committee's signatures over one digest.
    function lengthFor(CommitteeShape shape) internal pure returns (uint256) {
        SignatureScheme scheme = shape.scheme();
        if (scheme == SignatureScheme.EcdsaQuorum) return SignatureQuorum.lengthFor(shape);
        return SchnorrQuorum.lengthFor(scheme);
    }

    /// @notice Reverts unless `signatures` are what f+1 members make over `digest`, and nothing else.
    function check(bytes calldata signatures, bytes32 digest, CommitteeData committee) internal view {
        if (committee.shape().scheme() == SignatureScheme.EcdsaQuorum) {
            SignatureQuorum.check(signatures, digest, committee);
        } else {
            SchnorrQuorum.check(signatures, digest, committee);
        }
    }
}
