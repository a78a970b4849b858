/** Runs a module of the tests, which is TypeScript, and resolves with what it exports. */
export function loadTypescript(url: URL): Promise<unknown>;

/** Bundles it, and resolves with where that is, for `import`. */
export function bundleTypescript(url: URL): Promise<string>;
