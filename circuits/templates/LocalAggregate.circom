// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "./LaplaceNoise.circom";
include "./PoseidonChain.circom";
include "./Range.circom";

// A device's sum over k private samples with noise that it could not choose, for differential privacy.
// Public inputs, in this order: context, commitment, value. Twin: core/aggregate/statement.ts.
//
// Proven: there are k samples of `bits` bits and the seed behind the commitment, so that value = sum of samples + noise, where
// the noise follows from seed and context alone: LaplaceNoise of the Poseidon chain with tag 4 over (seed, context). The
// commitment is the chain with tag 3 over the seed.
// Not proven: that the samples were measured, or are not made up to suit the noise, which the device knows. That the context is
// new: two values of one context have the same noise, and their difference is that of the sums.
// The caller ensures: the context names device, epoch and all that the value means, and a beacon that nobody could know before
// these and the commitment were published, lest any be chosen for its noise; k * 2^bits < 2^200; the table is LaplaceNoise's.
template LocalAggregate(k, bits, steps, starts) {
    signal input context;
    signal input commitment;
    signal input value;

    signal input samples[k];
    signal input seed;

    component committed = PoseidonChain(1, 3);
    committed.in[0] <== seed;
    committed.out === commitment;

    component draw = PoseidonChain(2, 4);
    draw.in[0] <== seed;
    draw.in[1] <== context;
    component noise = LaplaceNoise(bits, steps, starts);
    noise.random <== draw.out;

    var sum = 0;
    component inRange[k];
    for (var i = 0; i < k; i++) {
        inRange[i] = Range(bits);
        inRange[i].in <== samples[i];
        sum += samples[i];
    }
    value === sum + noise.out;
}
