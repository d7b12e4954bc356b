import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A file of a page: its content, by a name such as `/main.js`. */
export type Files = Readonly<Record<string, string>>;

export interface ServedPage {
  readonly url: string;
  /** What the page posts to `/result`, parsed. */
  readonly result: Promise<unknown>;
  stop(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  json: "application/json",
};
/** Strict: nothing inline, nothing evaluated, nothing from elsewhere. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'";

/** Serves files on loopback. */
export async function servePage(files: Files): Promise<ServedPage> {
  const { promise: result, resolve } = Promise.withResolvers<unknown>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = pathname === "/" ? "/index.html" : pathname;
    if (request.method === "POST" && name === "/result") {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        resolve(JSON.parse(body));
        response.writeHead(204).end();
      });
      return;
    }
    const content = files[name];
    const type = TYPES[name.split(".").at(-1) ?? ""];
    if (content === undefined || type === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": type, "content-security-policy": POLICY }).end(content);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    result,
    stop: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
