import path from "node:path";
import { withBuildLock } from "../circuits/build-lock.ts";

/** The files of a ceremony, all in one folder, so that whoever has the folder can verify it. */
export interface CeremonyFiles {
  readonly powers: string;
  readonly r1cs: string;
  /** The key after so many contributions; 0 is the initial one. */
  key(index: number): string;
}

export function filesOf(folder: string): CeremonyFiles {
  return {
    powers: path.join(folder, "powers.ptau"),
    r1cs: path.join(folder, "circuit.r1cs"),
    key: (index) => path.join(folder, `${String(index).padStart(4, "0")}.zkey`),
  };
}

/** Runs `work` while no other process changes the ceremony. @param folder must exist. */
export function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return withBuildLock("this ceremony", path.join(folder, ".lock"), work);
}
