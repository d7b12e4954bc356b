import { createServer } from "node:net";

/**
 * Above the ports that `fetch` and browsers refuse to ask, of which 10,080 is the last, so that whoever listens can be asked.
 * Below the ports that systems give to outgoing connections (Linux from 32768, others higher): between choosing a port and
 * listening on it, a network of dozens of nodes opens hundreds of these.
 */
const LOWEST = 10_081;
const HIGHEST = 32_767;
/** Processes that run side by side have neighbouring ids, and begin that far from each other. */
const STRIDE = 64;

let next = LOWEST + ((process.pid * STRIDE) % (HIGHEST - LOWEST));

/** Ports on loopback that nobody listens on, each given out once per process until all were. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = LOWEST; ports.length < count && tried <= HIGHEST; tried++) {
    const port = next;
    next = port === HIGHEST ? LOWEST : port + 1;
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count) throw new RangeError(`fewer than ${count} ports of ${LOWEST}…${HIGHEST} are free`);
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
