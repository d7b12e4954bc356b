// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Configuration, Point, Possession} from "../interfaces/ICommitteeRegistry.sol";
import {ConfigurationChecks} from "../registry/ConfigurationChecks.sol";

/// @title Opens the rules of configurations to tests in TypeScript, without a registry around them
contract ConfigurationHarness {
    function check(
        Configuration calldata configuration,
        Point[] calldata eighths,
        Possession[] calldata possessions
    ) external view {
        ConfigurationChecks.check(configuration, eighths, possessions);
    }
}
