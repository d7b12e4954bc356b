import { ZeroAddress } from "ethers";
import { network } from "hardhat";
import type { IReportHub, ReportHarness } from "../../../types/ethers-contracts/index.ts";

/** The libraries that read reports, and the errors that they revert with. */
export async function openReports(): Promise<{ harness: ReportHarness; errors: IReportHub }> {
  const { ethers } = await network.create();
  const harness = await ethers.deployContract("ReportHarness");
  return { harness, errors: await ethers.getContractAt("IReportHub", ZeroAddress) };
}
