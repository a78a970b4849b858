// A process of a proof: runs a module that was bundled by who started it. It has no bundler, whose memory would be taken for its own.

const [place = "", ...argv] = process.argv.slice(2);
const module = await import(place);
await /** @type {{ main(argv: readonly string[]): Promise<void> }} */ (module).main(argv);
