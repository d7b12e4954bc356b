/** The part of snarkjs that the project uses. Numbers are decimal strings. */
declare module "snarkjs" {
  /** A file's path, or its content. */
  export type FileLike = string | { readonly type: "mem"; readonly data?: Uint8Array };

  export interface Groth16Points {
    readonly pi_a: readonly [string, string, string];
    readonly pi_b: readonly [readonly [string, string], readonly [string, string], readonly [string, string]];
    readonly pi_c: readonly [string, string, string];
  }

  export const groth16: {
    prove(zkey: FileLike, witness: FileLike): Promise<{ proof: Groth16Points; publicSignals: string[] }>;
    verify(verificationKey: object, publicSignals: readonly string[], proof: object): Promise<boolean>;
  };

  export const wtns: {
    calculate(input: object, wasm: FileLike, witness: { type: "mem"; data?: Uint8Array }): Promise<void>;
    check(r1cs: FileLike, witness: FileLike): Promise<boolean>;
  };

  export const powersOfTau: {
    preparePhase2(powers: FileLike, prepared: { type: "mem"; data?: Uint8Array }): Promise<void>;
  };

  export const zKey: {
    newZKey(r1cs: FileLike, ptau: FileLike, zkey: { type: "mem"; data?: Uint8Array }): Promise<Uint8Array>;
    exportVerificationKey(zkey: FileLike): Promise<Record<string, unknown>>;
    exportSolidityVerifier(zkey: FileLike, templates: Readonly<Record<string, string>>): Promise<string>;
  };
}
