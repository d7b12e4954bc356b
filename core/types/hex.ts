/** Lower-case hexadecimal bytes with the `0x` prefix. */
export type Hex = `0x${string}`;
