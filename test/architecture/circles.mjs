// Finds units that include each other. A unit is a header together with its source: runtime/json.hpp and
// runtime/json.cpp.
const unitOf = (path) => path.replace(/\.[ch]pp$/, '');

/**
 * Groups of units that include each other, directly or by way of others: Tarjan's algorithm for strongly connected
 * components.
 *
 * @param includes a map from a file's path to the paths of the files that it includes
 * @returns each group sorted, the groups sorted
 */
export function circles(includes) {
  const next = new Map();
  for (const [path, targets] of includes) {
    const unit = unitOf(path);
    const all = next.get(unit) ?? next.set(unit, new Set()).get(unit);
    for (const target of targets.map(unitOf)) if (target !== unit) all.add(target);
  }
  const found = [];
  const order = new Map();
  const lowest = new Map();
  const stack = [];
  const visit = (unit) => {
    order.set(unit, order.size);
    lowest.set(unit, order.get(unit));
    stack.push(unit);
    for (const other of next.get(unit) ?? []) {
      if (!order.has(other)) visit(other);
      if (stack.includes(other)) lowest.set(unit, Math.min(lowest.get(unit), lowest.get(other)));
    }
    if (lowest.get(unit) !== order.get(unit)) return;
    const group = stack.splice(stack.indexOf(unit));
    if (group.length > 1) found.push(group.sort());
  };
  for (const unit of next.keys()) if (!order.has(unit)) visit(unit);
  return found.sort();
}
