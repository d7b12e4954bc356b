/** What the child process does, one job in its life. All are paths of files. */
export type Job =
  | { readonly kind: "check-powers"; readonly powers: string }
  | { readonly kind: "begin"; readonly r1cs: string; readonly powers: string; readonly to: string }
  | {
      readonly kind: "contribute";
      readonly from: string;
      readonly to: string;
      readonly name: string;
      readonly text: string;
    }
  | {
      readonly kind: "beacon";
      readonly from: string;
      readonly to: string;
      readonly name: string;
      /** Hexadecimal, without 0x. */
      readonly hash: string;
      readonly iterationsExp: number;
    }
  | { readonly kind: "check-key"; readonly initial: string; readonly powers: string; readonly key: string };

/** From it. `holds` is what a check found; for the other jobs, whether the file was made. */
export type JobReply =
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "complaint"; readonly text: string }
  | { readonly kind: "done"; readonly holds: boolean }
  | { readonly kind: "failed"; readonly reason: string };
