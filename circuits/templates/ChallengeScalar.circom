// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";
include "./Range.circom";

// Bits of an e with 2^251 + 1 + 2e = challenge mod l, for the challenge's one reading as an integer h in [0, p): what
// SignedMultiple needs to multiply by h.
//
// There is a quotient with h = 2e + (quotient - 1) * l - C over the integers, where C = -(2^251 + 1) mod l. The constraint
// says so mod p, which also h + p or h - p would meet. So the right side's size is bounded: with D = 2^188,
//   top = floor(e / 2^187) + (quotient - 1) * floor(l / D) - floor(C / D)
// is (right side) / D less what was cut off: 0 to 1 of e, -1 to 14 of l, -1 to 0 of C. Hence 2 <= top implies
// 0 < right side, and top <= floor(p / D) - 15 implies right side < p.
//
// Proven: 2e + 2^251 + 1 = h mod l, for bits that are 0 or 1. (Both e and e + l may fit: the same multiple.)
// Not proven for an h within 2^193 of 0 or p: there may be no witness. A signer meets such a challenge with probability
// below 2^-59, and one that wants to would have to try as many nonces.
// The caller ensures: nothing.
template ChallengeScalar() {
    var length = 251;
    var L = 2736030358979909402780800718157159386076813972158567259200215660948447373041;
    var C = 1853557929293687698575008154792821651738940923515866892167381821649609444833;
    // floor(l / 2^188), floor(C / 2^188), floor(p / 2^188).
    var TOP_L = 6973996533605941331;
    var TOP_C = 4724621030357106854;
    var TOP_P = 55791972268847530651;

    signal input challenge;
    signal output bits[length];

    // challenge + C = whole * l + rest; e is rest / 2 mod l.
    var whole = challenge \ L + (challenge % L + C) \ L;
    var rest = (challenge % L + C) % L;
    signal e;
    signal quotient;
    e <-- rest % 2 == 0 ? rest \ 2 : (rest + L) \ 2;
    quotient <-- whole + 1 - rest % 2;
    challenge === 2 * e + (quotient - 1) * L - C;

    component decomposition = Num2Bits(length);
    decomposition.in <== e;
    component small = Range(4);
    small.in <== quotient;

    var top = (quotient - 1) * TOP_L - TOP_C;
    for (var i = 0; i < length; i++) {
        bits[i] <== decomposition.out[i];
        if (i >= 187) {
            top += decomposition.out[i] * (1 << (i - 187));
        }
    }
    component above = Range(66);
    above.in <== top - 2;
    component below = Range(66);
    below.in <== TOP_P - 15 - top;
}
