// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Bytes kept as a contract's code
/// @notice Reading costs one cold account (2,600 gas) and 3 gas per word, however long the data. The stored code begins with STOP,
/// so that nothing can run it.
library CodeStore {
    /// 24,576 bytes of code (EIP-170) less the STOP byte.
    uint256 internal constant MAX_LENGTH = 24_575;

    error TooLong(uint256 length, uint256 max);
    error CreationFailed(uint256 length);

    /// @notice Keeps `data` at a new address.
    function write(bytes memory data) internal returns (address store) {
        if (data.length > MAX_LENGTH) revert TooLong(data.length, MAX_LENGTH);
        // PUSH2 length+1, DUP1, PUSH1 10 (where this header ends), RETURNDATASIZE (0), CODECOPY, RETURNDATASIZE (0), RETURN, then STOP ‖ data
        bytes memory initCode = abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a3d393df300", data);
        assembly ("memory-safe") {
            store := create(0, add(initCode, 0x20), mload(initCode))
        }
        if (store == address(0)) revert CreationFailed(data.length);
    }

    /// @notice Keeps data of any length at as many new addresses as it takes.
    function writeAll(bytes memory data) internal returns (address[] memory stores) {
        uint256 count = (data.length + MAX_LENGTH - 1) / MAX_LENGTH;
        stores = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 start = i * MAX_LENGTH;
            uint256 length = data.length - start < MAX_LENGTH ? data.length - start : MAX_LENGTH;
            bytes memory part = new bytes(length);
            assembly ("memory-safe") {
                mcopy(add(part, 0x20), add(add(data, 0x20), start), length)
            }
            stores[i] = write(part);
        }
    }

    /// @notice The first `length` bytes kept at `store`; zeros beyond its end.
    function read(address store, uint256 length) internal view returns (bytes memory data) {
        data = new bytes(length);
        assembly ("memory-safe") {
            extcodecopy(store, add(data, 0x20), 1, length)
        }
    }

    /// @notice All bytes kept at `store`.
    function readAll(address store) internal view returns (bytes memory) {
        return read(store, store.code.length - 1);
    }

    /// @notice All bytes kept at these addresses, one after the other.
    function readAll(address[] memory stores) internal view returns (bytes memory data) {
        for (uint256 i = 0; i < stores.length; ++i) data = bytes.concat(data, readAll(stores[i]));
    }
}
