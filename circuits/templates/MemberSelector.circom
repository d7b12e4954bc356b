// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

// Picks k different keys out of nMax. Slots are in member order, so slot i can only hold a member from i to i + nMax - k:
// selector[i][j] = 1 says that slot i holds member i + j. The band saves the selectors that could never be set.
//
// Proven: every selected key is one of keys[], and no position is selected twice.
// Not proven: that slots are in member order (harmless: only distinctness matters), nor that a key is not padding, which has
// no signature (see EddsaPoseidon).
// The caller ensures: the key list holds no key twice (the registry refuses duplicates), 1 <= k <= nMax.
template MemberSelector(nMax, k) {
    var band = nMax - k + 1;

    signal input keys[nMax][2];
    signal input selector[k][band];
    signal output selected[k][2];

    signal term[k][band][2];
    var timesChosen[nMax];
    for (var i = 0; i < k; i++) {
        var chosen = 0;
        var x = 0;
        var y = 0;
        for (var j = 0; j < band; j++) {
            selector[i][j] * (selector[i][j] - 1) === 0;
            term[i][j][0] <== selector[i][j] * keys[i + j][0];
            term[i][j][1] <== selector[i][j] * keys[i + j][1];
            x += term[i][j][0];
            y += term[i][j][1];
            chosen += selector[i][j];
            timesChosen[i + j] += selector[i][j];
        }
        chosen === 1;
        selected[i][0] <== x;
        selected[i][1] <== y;
    }
    for (var j = 0; j < nMax; j++) {
        timesChosen[j] * (timesChosen[j] - 1) === 0;
    }
}
