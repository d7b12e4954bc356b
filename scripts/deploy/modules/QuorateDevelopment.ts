import { circuitVerifier } from "../circuit-verifier.ts";
import { createQuorateModule } from "./Quorate.ts";

/** For the command line: `hardhat ignition deploy scripts/deploy/modules/QuorateDevelopment.ts --network …`. */
export default createQuorateModule({ verifier: await circuitVerifier("median-n4-k3-v8") });
