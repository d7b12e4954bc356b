import type { CoreModule } from "./core-totals.ts";
import { emptyInstance, type InstanceExports, type TypeEntry } from "./component-types.ts";

/** The index spaces of a component, as far as they are read, and what it has been found to bring. */
export interface Space {
  readonly types: TypeEntry[];
  readonly outer?: Space;
  readonly functions: string[];
  readonly instances: InstanceExports[];
  readonly shims: InstanceExports[];
  readonly imports: Map<string, InstanceExports>;
  readonly exports: InstanceExports;
  readonly exportedInterfaces: Map<string, InstanceExports>;
  /** By index. */
  readonly cores: CoreModule[];
  coreInstances: number;
  sections: number;
}

/** @param outer the component around this one. */
export function emptySpace(outer: Space | undefined): Space {
  return {
    ...(outer === undefined ? {} : { outer }),
    ...{ types: [], functions: [], instances: [], shims: [], imports: new Map(), exports: emptyInstance() },
    ...{ exportedInterfaces: new Map(), cores: [], coreInstances: 0, sections: 0 },
  };
}
