import { SNAPSHOT_FRAMES } from "./cold-stage.ts";

/** The part of V8's `.cpuprofile` that is read. */
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly hitCount?: number;
  readonly children?: readonly number[];
}

/** Frames that stand for no code. */
const NO_CODE = new Set(["(root)", "(program)", "(idle)"]);

/**
 * The stack in which most samples of a profile lie: from the root always on to the child with the most samples below it.
 * @param profile JSON as V8 gives it.
 * @returns innermost frame first, at most SNAPSHOT_FRAMES of them; none if no sample lies in code.
 */
export function heaviestStack(profile: string): string[] {
  const { nodes } = JSON.parse(profile) as { readonly nodes: readonly ProfileNode[] };
  const weights = subtreeWeights(nodes);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frames: string[] = [];
  for (let node = nodes[0]; node !== undefined; node = heaviestChild(node, byId, weights)) {
    if (!NO_CODE.has(node.callFrame.functionName)) frames.push(frameText(node));
  }
  return frames.reverse().slice(0, SNAPSHOT_FRAMES);
}

/** Samples in a node and below it. V8 writes parents before their children. */
function subtreeWeights(nodes: readonly ProfileNode[]): Map<number, number> {
  const weights = new Map<number, number>();
  for (const { id, hitCount = 0, children = [] } of nodes.toReversed()) {
    weights.set(
      id,
      children.reduce((sum, child) => sum + (weights.get(child) ?? 0), hitCount),
    );
  }
  return weights;
}

function heaviestChild(
  { children = [] }: ProfileNode,
  byId: ReadonlyMap<number, ProfileNode>,
  weights: ReadonlyMap<number, number>,
): ProfileNode | undefined {
  const code = children.flatMap((id) => {
    const node = byId.get(id);
    return node === undefined || NO_CODE.has(node.callFrame.functionName) ? [] : [node];
  });
  const weight = ({ id }: ProfileNode) => weights.get(id) ?? 0;
  return code.filter((node) => weight(node) > 0).sort((one, other) => weight(other) - weight(one))[0];
}

/** `decode (decode.ts:41)`. Folders stay out: they are the machine's, and long. */
function frameText({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.slice(url.lastIndexOf("/") + 1);
  const name = functionName === "" ? "(anonymous)" : functionName;
  return file === "" ? name : `${name} (${file}:${lineNumber + 1})`;
}
