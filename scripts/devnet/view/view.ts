import { createLogUpdate } from "log-update";
import type { DevnetRun } from "../run.ts";
import { printedRounds } from "./lines.ts";
import { renderRun } from "./screen.ts";

/** Shows a run while it goes on. */
export interface View {
  update(run: DevnetRun): void;
  end(): void;
}

/** Redraws at most this often. */
const FRAME_MS = 200;

/** A live screen on a terminal; one line per event elsewhere. With `json`, standard output is left to the document. */
export function createView({ json }: { json: boolean }): View {
  const stream = json ? process.stderr : process.stdout;
  return stream.isTTY ? screenView(stream) : lineView(stream);
}

function screenView(stream: NodeJS.WriteStream): View {
  const draw = createLogUpdate(stream);
  let last: DevnetRun | undefined;
  let timer: NodeJS.Timeout | undefined;
  const paint = (): void => {
    timer = undefined;
    if (last !== undefined) draw(renderRun(last, stream.columns));
  };
  return {
    update(run) {
      last = run;
      timer ??= setTimeout(paint, FRAME_MS);
    },
    end() {
      clearTimeout(timer);
      paint();
      draw.done();
    },
  };
}

function lineView(stream: NodeJS.WriteStream): View {
  let stage = "";
  const rounds = printedRounds();
  return {
    update(run) {
      const say = (line: string): void =>
        void stream.write(`${(run.timeline.elapsedMs / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
      if (run.stage !== stage) say(run.stage);
      stage = run.stage;
      for (const line of rounds.next(run)) say(line);
    },
    end: () => undefined,
  };
}
