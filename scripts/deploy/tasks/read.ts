import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { type FeedReading, findFeed, type Reading } from "../feed-readings.ts";
import { readAllFeeds } from "./read-all-feeds.ts";
import { inSession } from "./session.ts";
import { columns, json, timeText } from "./text.ts";

interface ReadArguments {
  readonly feed: string;
  readonly deployment: string | undefined;
  readonly json: boolean;
}

export default async function read(args: ReadArguments, hre: HardhatRuntimeEnvironment) {
  return inSession(hre, { deployment: args.deployment, sends: false }, async (session) => {
    const feed = findFeed(await readAllFeeds(session), args.feed);
    console.log(args.json ? json(feed) : columns(rowsOf(feed)));
    return feed;
  });
}

function rowsOf({ id, name, description, proxy, decimals, signed, proven }: FeedReading): string[][] {
  return [
    ["feed", name ?? id],
    ["id", id],
    ["description", description ?? "-"],
    ["proxy", proxy ?? "none"],
    ["decimals", String(decimals)],
    ["signed", readingText(signed)],
    ["proven", readingText(proven)],
  ];
}

function readingText(reading: Reading | null): string {
  if (reading === null) return "nothing yet";
  const { value, observedAt, updatedAt, age, round, sequence } = reading;
  const times = `observed ${timeText(observedAt)} (${age} s ago), stored ${timeText(updatedAt)}`;
  return `${value}, ${times}, round ${round}, sequence ${sequence}`;
}
