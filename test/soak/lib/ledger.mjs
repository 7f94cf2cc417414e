// Counts the clients' requests, the server's acknowledgements and their effects, which must agree in the end.

const count = (map, key, n = 1) => map.set(key, (map.get(key) ?? 0) + n);

export class Ledger {
  /** By user and topic: joins that were sent, accepted, refused, that replaced another; and ends that were reported. */
  joins = new Map();
  /** Counts by name: actions of clients, ends of connections and of channels. */
  actions = new Map();
  closes = new Map();
  reasons = new Map();
  /** Published messages: by channel, the acknowledged numbers, and those that the witness received. */
  published = new Map();
  pushes = {sent: 0, answered: 0, lost: 0, late: 0};
  faults = [];

  act(name) {
    count(this.actions, name);
  }

  closed(code) {
    count(this.closes, code === null ? 'without a close frame' : code);
  }

  fault(text) {
    if (this.faults.length < 50) this.faults.push(text);
  }

  join(user, topic) {
    const key = `${user} ${topic}`;
    if (!this.joins.has(key)) this.joins.set(key, {sent: 0, accepted: 0, refused: 0, again: 0, ended: 0});
    return this.joins.get(key);
  }

  terminated({user, topic, reason}) {
    const entry = this.joins.get(`${user} ${topic}`);
    if (!entry) return this.fault(`a channel of ${user} in ${topic} ended, which nobody joined`);
    entry.ended += 1;
    return count(this.reasons, reason);
  }

  messages(client) {
    if (!this.published.has(client)) this.published.set(client, {sent: 0, acknowledged: new Set(), heard: [], seen: new Set()});
    return this.published.get(client);
  }

  heard({client, n}) {
    const {heard, seen} = this.messages(client);
    if (seen.has(n)) this.fault(`message ${n} of ${client} was handled twice`);
    if (heard.length > 0 && heard.at(-1) > n) this.fault(`message ${n} of ${client} was handled after ${heard.at(-1)}`);
    heard.push(n);
    seen.add(n);
  }

  /**
   * Joins whose ends do not fit. One that was accepted ends once; one whose answer the client did not live to see may
   * have been accepted. A join that replaced another one ends it without a report.
   */
  openJoins() {
    return [...this.joins].filter(([, {sent, accepted, refused, again, ended}]) =>
      ended < accepted - again || ended > sent - refused);
  }

  lostMessages() {
    return [...this.published].flatMap(([client, {acknowledged, seen}]) =>
      [...acknowledged].filter((n) => !seen.has(n)).map((n) => `message ${n} of ${client}`));
  }

  totals() {
    const sum = (list, of) => list.reduce((all, one) => all + of(one), 0);
    const joins = [...this.joins.values()];
    return {
      joins: sum(joins, (j) => j.sent), accepted: sum(joins, (j) => j.accepted), refused: sum(joins, (j) => j.refused),
      replaced: sum(joins, (j) => j.again), ended: sum(joins, (j) => j.ended),
      acknowledged: sum([...this.published.values()], (m) => m.acknowledged.size),
      heard: sum([...this.published.values()], (m) => m.heard.length),
    };
  }
}
