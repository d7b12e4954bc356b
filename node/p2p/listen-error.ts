import { QuorateError } from "../../core/errors/quorate-error.ts";

export type ListenError =
  | { readonly code: "port-taken"; readonly address: string }
  | { readonly code: "listen-failed"; readonly address: string };

/** What kept libp2p from listening on an address, and the setting that mends it. */
export function listenError(
  { address, setting }: { address: string; setting: string },
  cause: unknown,
): QuorateError<ListenError> {
  const text = String(cause instanceof Error ? `${cause.message} ${String(cause.cause)}` : cause);
  if (text.includes("EADDRINUSE") || (cause as NodeJS.ErrnoException).code === "EADDRINUSE") {
    return new QuorateError<ListenError>(
      { code: "port-taken", address },
      `the port of ${address} is taken: stop the other program or change ${setting}`,
      { cause },
    );
  }
  return new QuorateError<ListenError>(
    { code: "listen-failed", address },
    `cannot listen on ${address}: check ${setting}`,
    { cause },
  );
}
