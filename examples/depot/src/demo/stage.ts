// What every part of the demo works with.
import type { DepotClient } from "../depot.rpc.js";
import type { Journal } from "./journal.js";
import type { Screen } from "./screen.js";
import type { Tree } from "./tree.js";

export interface Stage {
  /** As the keeper, who may do everything. */
  readonly depot: DepotClient;
  readonly port: number;
  readonly certificates: string;
  readonly tree: Tree;
  /** The server's root on this disk: to look behind its back. */
  readonly root: string;
  /** A folder for what comes down. */
  readonly downloads: string;
  readonly journal: Journal;
  readonly screen: Screen;
}
