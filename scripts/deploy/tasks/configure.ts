import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readAddressBook, writeAddressBook } from "../address-book.ts";
import type { OwnerStep } from "../configure.ts";
import { configureDescribed, type ConfigureOutcome } from "../configure-described.ts";
import { readDescription } from "../description.ts";
import { inSession, type Session, shown } from "./session.ts";
import { json } from "./text.ts";

interface ConfigureArguments {
  readonly description: string;
  readonly deployment: string | undefined;
  readonly stageOnly: boolean;
  readonly print: boolean;
}

export default async function configure(
  { description: file, deployment, stageOnly, print }: ConfigureArguments,
  hre: HardhatRuntimeEnvironment,
) {
  return inSession(hre, { deployment, sends: !print }, async (session) => {
    const { connection, place } = session;
    const description = await readDescription(file);
    const book = await readAddressBook(place.file);
    const { provider } = connection.ethers;
    const signers = print ? [] : await connection.ethers.getSigners();
    const outcome = await configureDescribed({ provider, description, book, stageOnly, signers, print });
    if (!print) await writeAddressBook(place.file, outcome.book);
    // Standard output is the owner's wallet's then.
    const tell = print ? console.error : console.log;
    for (const line of linesOf(outcome)) tell(line);
    if (print) console.log(json(callsOf(outcome)));
    else console.log(closingLine(outcome, session));
    return outcome;
  });
}

function linesOf({ digest, before, changes }: ConfigureOutcome): string[] {
  const against = changes?.map(({ field, described, deployed }) => `  ${field}: ${deployed} → ${described}`);
  const first = `configuration ${digest}, ${before ?? "unknown"} before`;
  if (before === "active") return [first];
  return [first, ...(against === undefined ? ["no configuration is in force yet"] : ["it changes", ...against])];
}

/** What any wallet takes, in this order. */
function callsOf({ steps, owner, book }: ConfigureOutcome) {
  const transactions = steps.map(({ method, to, data }) => ({ method, to, value: "0", data }));
  return { chainId: book.chainId, from: owner, transactions };
}

const DONE: Readonly<Record<OwnerStep["method"], string>> = {
  setVerifier: "verifier set",
  clearVerifier: "verifier removed",
  publish: "published",
  stage: "staged",
  activate: "activated",
};

function closingLine({ steps, book, digest }: ConfigureOutcome, session: Session): string {
  const sent = new Intl.ListFormat("en-GB").format(steps.map(({ method }) => DONE[method]));
  const equal = "the chain is as described";
  if (book.configuration?.digest !== digest) return `${sent === "" ? "nothing to do: it is staged" : sent}; ${equal}`;
  const done = sent === "" ? "nothing to do: it is in force" : sent;
  return `${done}; ${equal}; entered into ${shown(session, session.place.file)}`;
}
