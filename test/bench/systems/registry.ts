// The systems by name, in the order of tables: which module adapts each, and which packages its version is of.

export interface Registered {
  readonly name: string;
  /** In the folder of the compiled instrument. */
  readonly module: string;
  /** Whose versions stand for it; none for what is written here. */
  readonly packages: readonly string[];
}

export const systems: readonly Registered[] = [
  { name: "raw", module: "systems/raw/raw.js", packages: ["msgpackr"] },
  { name: "tautline", module: "systems/tautline.js", packages: [] },
];

/** What ratios are to. */
export const reference = "raw";
/** What a quick look runs. */
export const quickSystems = ["raw", "tautline"];
