import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLifecycle } from "../../../node/app/lifecycle.ts";
import { createRecordingLog } from "../../support/recording-log.ts";

describe("lifecycle", () => {
  it("stops in the reverse order of the start, one after the other, each once", async () => {
    const lifecycle = createLifecycle({ log: createRecordingLog() });
    const stopped: string[] = [];
    for (const name of ["database", "network", "rounds"])
      lifecycle.onStop(name, async () => {
        stopped.push(`${name} stops`);
        await Promise.resolve();
        stopped.push(`${name} has stopped`);
      });
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    assert.deepEqual(
      stopped,
      ["rounds", "network", "database"].flatMap((name) => [`${name} stops`, `${name} has stopped`]),
    );
  });

  it("stops all the others where one fails, and says which", async () => {
    const log = createRecordingLog();
    const lifecycle = createLifecycle({ log });
    const stopped: string[] = [];
    lifecycle.onStop("first", () => void stopped.push("first"));
    lifecycle.onStop("broken", () => Promise.reject(new Error("no")));
    lifecycle.onStop("worse", () => {
      throw new Error("no");
    });
    await lifecycle.stop();
    assert.deepEqual(stopped, ["first"]);
    assert.deepEqual(
      log.lines.map(({ fields }) => fields.component),
      ["worse", "broken"],
    );
  });

  it("ends waiting starts when it stops, or when it is told to give up", async () => {
    const [one, other] = [
      createLifecycle({ log: createRecordingLog() }),
      createLifecycle({ log: createRecordingLog() }),
    ];
    one.abort();
    assert.equal(one.signal.aborted, true);
    assert.equal(other.signal.aborted, false);
    await other.stop();
    assert.equal(other.signal.aborted, true);
  });
});
