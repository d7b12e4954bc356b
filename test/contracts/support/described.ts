import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import hre from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { deployDescribed, type DeployOutcome } from "../../../scripts/deploy/deploy-described.ts";
import { type Description, readDescription } from "../../../scripts/deploy/description.ts";
import { describedDeployment, writeDescription, type WrittenDeployment } from "../../support/described-deployment.ts";
import { withCode } from "../../support/error-code.ts";
import type { CommitteeOptions, TestCommittee } from "./committee.ts";

/** A folder for descriptions and addresses files, of this file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "quorate-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let files = 0;

/** A good description, changed, written to a file and read from there. */
export async function describeWith(
  folder: string,
  change: (written: WrittenDeployment) => unknown = () => undefined,
  options: Partial<CommitteeOptions> = {},
): Promise<{ description: Description; committee: TestCommittee }> {
  const { written, committee } = describedDeployment(options);
  change(written);
  return { committee, description: await readDescription(writeDescription(folder, written, `${files++}.yaml`)) };
}

interface DeployTestOptions {
  readonly file?: string;
  /** On a network that outlives its connection. */
  readonly journal?: string;
}

export function deploy(
  connection: NetworkConnection,
  description: Description,
  { file, journal }: DeployTestOptions = {},
): Promise<DeployOutcome> {
  return deployDescribed({
    ...{ connection, description, file, journal },
    name: journal === undefined ? "unused" : path.basename(journal),
    commit: "0123abc",
    sourceOf: async (contract) => (await hre.artifacts.readArtifact(contract)).sourceName,
  });
}

export async function failureOf(attempt: Promise<unknown>, code: string): Promise<Error> {
  const failure: unknown = await attempt.catch((error: unknown) => error);
  expect(withCode(code)(failure), String(failure)).to.equal(true);
  return failure as Error;
}
