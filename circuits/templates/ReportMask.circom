// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";

// The report may only carry feeds that all k chosen observations carry.
//
// Proven: the report's mask and every observation's mask are below 2^lanes; present[q] is bit q of the report's mask; a
// set bit of the report is set in every observation.
// Not proven: that the report carries every feed that it could (a median outside its feed's bounds is left out), nor that
// an observation's absent values are 0 (a rule of the nodes; an absent value never reaches a median).
template ReportMask(k, lanes) {
    signal input reportMask;
    signal input observationMasks[k];
    signal output present[lanes];

    component reportBits = Num2Bits(lanes);
    reportBits.in <== reportMask;

    component observationBits[k];
    for (var i = 0; i < k; i++) {
        observationBits[i] = Num2Bits(lanes);
        observationBits[i].in <== observationMasks[i];
    }

    for (var q = 0; q < lanes; q++) {
        present[q] <== reportBits.out[q];
        var holders = 0;
        for (var i = 0; i < k; i++) {
            holders += observationBits[i].out[q];
        }
        present[q] * (k - holders) === 0;
    }
}
