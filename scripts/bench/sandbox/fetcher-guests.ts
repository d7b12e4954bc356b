import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Log } from "../../../core/ports/log.ts";
import type { GuestCall } from "../../../core/ports/sandbox.ts";
import { runCase } from "../../../node/app/authoring/run-case.ts";
import { readCase } from "../../../node/app/authoring/test-case.ts";
import { withSandbox } from "../../../node/app/authoring/with-sandbox.ts";
import { loadFetcher } from "../../../node/app/fetchers.ts";
import { ROOT } from "../../toolchain/root.ts";

/** An example fetcher with the largest input that its recorded cases give to `observe`. */
export interface FetcherGuest {
  readonly name: string;
  readonly module: Uint8Array;
  readonly call: GuestCall;
}

/** Every fetcher of the repository. @param log takes what the sandbox says. */
export function fetcherGuests(log: Log): Promise<FetcherGuest[]> {
  return withSandbox({ log }, async (deps) => {
    const guests: FetcherGuest[] = [];
    for (const manifestFile of globSync(path.join(ROOT, "fetchers/*/manifest.yaml")).sort()) {
      const fetcher = await loadFetcher({ manifestFile, sources: {}, trust: "author" }, deps);
      const calls: GuestCall[] = [];
      const sandbox = {
        call: (call: GuestCall) => {
          if (call.phase === "observe") calls.push(call);
          return deps.sandbox.call(call);
        },
      };
      for (const file of globSync(path.join(path.dirname(manifestFile), "tests/*.yaml")).sort()) {
        await runCase(await readCase(file), { sandbox, fetcher });
      }
      const call = calls.reduce((largest, one) => (one.input.length > largest.input.length ? one : largest));
      guests.push({ name: fetcher.manifest.name, module: readFileSync(fetcher.manifest.module), call });
    }
    return guests;
  });
}
