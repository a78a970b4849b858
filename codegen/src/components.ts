// Which nodes of a directed graph lead to each other. Knows numbers only.

/** The strongly connected component of each node (Kosaraju), without recursion: paths can be long. */
export function componentsOf(edges: readonly (readonly number[])[]): Int32Array {
  const order: number[] = [];
  const seen = new Uint8Array(edges.length);
  for (let root = 0; root < edges.length; root++) {
    if (seen[root] === 1) continue;
    seen[root] = 1;
    const path: { node: number; edge: number }[] = [{ node: root, edge: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = edges[top.node]?.[top.edge++];
      if (to === undefined) {
        order.push(top.node);
        path.pop();
      } else if (seen[to] !== 1) {
        seen[to] = 1;
        path.push({ node: to, edge: 0 });
      }
    }
  }
  const back = Array.from(edges, (): number[] => []);
  for (const [from, all] of edges.entries()) for (const to of all) back[to]?.push(from);
  const component = new Int32Array(edges.length).fill(-1);
  for (const root of order.toReversed()) {
    if (component[root] !== -1) continue;
    const waiting = [root];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (component[node] !== -1) continue;
      component[node] = root;
      waiting.push(...(back[node] ?? []));
    }
  }
  return component;
}
