// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "./PoseidonChain.circom";

// Ties a long private vector w to three public inputs, so that verification costs the same for any length:
// C is the Poseidon chain over w with tag 2, y = sum of w[i] * x^i. Twin: core/proof/public-binding.ts.
//
// Proven: C commits to w, and y is w's polynomial at x.
// Not proven: how x was made. The verifying contract must take x = keccak256(tag, C, its own w) mod p and recompute y from
// its own w. C fixes the circuit's w before x is known, so two different vectors agree at x with probability at most
// (m - 1) / p. Without C in the hash, a prover could solve for a w that meets a known x.
template PublicBinding(m) {
    signal input w[m];
    signal input C;
    signal input x;
    signal input y;

    component commitment = PoseidonChain(m, 2);
    commitment.in <== w;
    commitment.out === C;

    signal horner[m];
    horner[m - 1] <== w[m - 1];
    for (var i = m - 2; i >= 0; i--) {
        horner[i] <== horner[i + 1] * x + w[i];
    }
    horner[0] === y;
}
