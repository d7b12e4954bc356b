/** The part of snarkjs that the project uses. Numbers are decimal strings. */
declare module "snarkjs" {
  import type { Curve } from "ffjavascript";

  /** A file's path, or its content. */
  export type FileLike = string | { readonly type: "mem"; readonly data?: Uint8Array };

  export interface Groth16Points {
    readonly pi_a: readonly [string, string, string];
    readonly pi_b: readonly [readonly [string, string], readonly [string, string], readonly [string, string]];
    readonly pi_c: readonly [string, string, string];
  }

  export const groth16: {
    fullProve(
      input: object,
      wasm: FileLike,
      zkey: FileLike,
    ): Promise<{ proof: Groth16Points; publicSignals: string[] }>;
    prove(zkey: FileLike, witness: FileLike): Promise<{ proof: Groth16Points; publicSignals: string[] }>;
    verify(verificationKey: object, publicSignals: readonly string[], proof: object): Promise<boolean>;
  };

  export const wtns: {
    calculate(input: object, wasm: FileLike, witness: { type: "mem"; data?: Uint8Array }): Promise<void>;
    check(r1cs: FileLike, witness: FileLike): Promise<boolean>;
  };

  /** Where snarkjs says how far it is, and why it refuses. */
  export interface Logger {
    debug(text: string): void;
    info(text: string): void;
    warn(text: string): void;
    error(text: string): void;
  }

  export const powersOfTau: {
    newAccumulator(curve: Curve, power: number, powers: string): Promise<unknown>;
    contribute(from: string, to: string, name: string, entropy: string): Promise<unknown>;
    beacon(from: string, to: string, name: string, hash: string, iterationsExp: number): Promise<unknown>;
    preparePhase2(powers: FileLike, prepared: FileLike): Promise<void>;
    verify(powers: FileLike, logger?: Logger): Promise<boolean>;
  };

  export const zKey: {
    /** -1 where circuit and powers do not fit. */
    newZKey(r1cs: FileLike, powers: FileLike, zkey: FileLike, logger?: Logger): Promise<Uint8Array | -1>;
    /** Asks on standard input where entropy is empty. */
    contribute(from: string, to: string, name: string, entropy: string, logger?: Logger): Promise<Uint8Array>;
    beacon(
      ...options: [from: string, to: string, name: string, hash: string, iterationsExp: number, logger?: Logger]
    ): Promise<Uint8Array | false>;
    verifyFromInit(initial: FileLike, powers: FileLike, zkey: FileLike, logger?: Logger): Promise<boolean>;
    exportVerificationKey(zkey: FileLike): Promise<Record<string, unknown>>;
    exportSolidityVerifier(zkey: FileLike, templates: Readonly<Record<string, string>>): Promise<string>;
  };
}
