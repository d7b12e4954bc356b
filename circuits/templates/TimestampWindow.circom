// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "./Range.circom";

// A timestamp lies in [earliest, latest], seconds.
//
// Proven: 0 <= timestamp - earliest < 2^16 and 0 <= latest - timestamp < 2^16, as field differences.
// The caller ensures: earliest <= latest < 2^33 are small integers and latest - earliest < 2^16, that is W <= 32,767
// (the contract computes both from observedAt).
template TimestampWindow() {
    signal input timestamp;
    signal input earliest;
    signal input latest;

    component notBefore = Range(16);
    notBefore.in <== timestamp - earliest;
    component notAfter = Range(16);
    notAfter.in <== latest - timestamp;
}
