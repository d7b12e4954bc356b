import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { DueState, FeedReading } from "../feed-readings.ts";
import { readAllFeeds } from "./read-all-feeds.ts";
import { inSession } from "./session.ts";
import { columns, json } from "./text.ts";

interface FeedsArguments {
  readonly deployment: string | undefined;
  readonly json: boolean;
}

const HEAD = ["feed", "description", "value", "age", "round", "level", "due"];

export default async function feeds(args: FeedsArguments, hre: HardhatRuntimeEnvironment) {
  return inSession(hre, { deployment: args.deployment, sends: false }, async (session) => {
    const readings = await readAllFeeds(session);
    console.log(args.json ? json(readings) : columns([HEAD, ...readings.map(rowOf)]));
    return readings;
  });
}

function rowOf({ id, name, description, signed, isProven, due }: FeedReading): string[] {
  const reading =
    signed === null
      ? ["-", "-", "-", "-"]
      : [signed.value, `${signed.age} s`, String(signed.round), isProven ? "proven" : "signed"];
  return [name ?? id, description ?? "-", ...reading, dueText(due)];
}

function dueText(due: DueState): string {
  switch (due.state) {
    case "not-served":
      return "no committee serves it";
    case "never-stored":
      return "now: never stored";
    case "fresh":
      return `in ${due.heartbeatIn} s`;
    case "due":
      return `now: heartbeat in ${due.heartbeatIn} s`;
    case "overdue":
      return `OVERDUE by ${-due.heartbeatIn} s`;
  }
}
