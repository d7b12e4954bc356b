import { MAX_LANES } from "../../core/codec/report.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Configuration, SignatureScheme } from "../../core/types/committee.ts";

export type UnsupportedError =
  | { readonly code: "scheme-unsupported"; readonly scheme: SignatureScheme }
  | { readonly code: "lanes-unsupported"; readonly lanes: number; readonly max: number };

/**
 * The contracts take more committees than nodes can be members of: so far these make ECDSA signatures alone, and agree about 32
 * lanes at most. @throws QuorateError<UnsupportedError>
 */
export function requireSupported({ scheme, lanes }: Pick<Configuration, "scheme" | "lanes">): void {
  if (scheme !== "ecdsa-quorum") {
    throw new QuorateError<UnsupportedError>(
      { code: "scheme-unsupported", scheme },
      `the committee signs by ${scheme}, this release by ecdsa-quorum alone: run a release that knows it`,
    );
  }
  if (lanes <= MAX_LANES) return;
  throw new QuorateError<UnsupportedError>(
    { code: "lanes-unsupported", lanes, max: MAX_LANES },
    `the committee's reports have ${lanes} lanes, this release knows ${MAX_LANES} at most: run a release that knows more`,
  );
}
