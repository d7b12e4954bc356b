import { expect } from "chai";
import { generateAbi } from "../../scripts/generate/abi.ts";

describe("generated ABIs", () => {
  it("are those of the contracts (else run npm run generate)", async () => {
    expect(await generateAbi({ check: true })).to.equal(true);
  });
});
