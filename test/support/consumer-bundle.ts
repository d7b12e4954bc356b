import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface Bundle {
  readonly code: string;
  readonly bytes: number;
  /** At gzip's best, as servers send it. */
  readonly gzipBytes: number;
  /** Files of which something is in it. */
  readonly inputs: readonly string[];
}

/** What a browser loads of a module of `sdk/consumer`, as the command in docs/consumers.md makes it. Fails where something needs Node. */
export async function bundleForBrowsers(entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(`../../sdk/consumer/${entry}`, import.meta.url))],
    ...{ bundle: true, minify: true, write: false, metafile: true, logLevel: "silent" },
    ...{ format: "esm", platform: "browser", target: "es2022" },
  });
  const contents = outputFiles[0]!.contents;
  const gzipBytes = gzipSync(contents, { level: 9 }).length;
  const shares = Object.entries(Object.values(metafile.outputs)[0]!.inputs);
  const inputs = shares.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  return { code: outputFiles[0]!.text, bytes: contents.length, gzipBytes, inputs };
}
