/** All cases, in the order in which their files were read. */
export const cases = [];

/**
 * An area of behaviour.
 *
 * @param {string} name what --only takes
 * @param {string} about the subject of the area, and the place in Phoenix that decides it
 * @param {boolean} options.ownServers its cases start servers themselves
 * @param {boolean} options.edge its cases use the edge server too
 * @returns adds a case: its title, its body, which gets a Context, and options: a case whose time is its subject says
 *   how many `seconds` it takes, and begins first
 */
export function area(name, about, {ownServers = false, edge = false} = {}) {
  return (title, body, {seconds = 0} = {}) => cases.push({area: name, about, title, body, seconds, ownServers, edge});
}
