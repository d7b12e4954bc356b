// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";

// in is one of 0, 1, … 2^bits - 1, read as an integer.
//
// Proven: that. bits + 1 constraints.
// The caller ensures: bits <= 252, so that no field element has two such readings.
template Range(bits) {
    signal input in;

    component decomposition = Num2Bits(bits);
    decomposition.in <== in;
}
