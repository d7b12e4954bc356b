import type { Deployment } from "../../deploy/deploy.ts";
import type { QuorateFeedsOptions } from "../../deploy/modules/QuorateFeeds.ts";

export interface ChainRequest {
  readonly kind: "deploy";
  readonly options: QuorateFeedsOptions;
}

export type ChainReply =
  { readonly kind: "listening"; readonly url: string } | { readonly kind: "deployed"; readonly deployment: Deployment };
