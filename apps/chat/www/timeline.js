// What is known of a room's messages, in order. Knows nothing of the page or of the network.

const maxEntries = 500;

/**
 * Messages come more than once and out of order: from the server's list at each join, from broadcasts, as answers.
 * Each is kept once, in the order of the server's numbers. A server that was restarted counts from 1 again; what came
 * from it before stays above.
 */
export class Timeline {
  entries = [];  // {key, run, number, note} or {key, run, number, id, name, body, at}
  #keys = new Set();
  #run = null;

  static keyOf({name, id}) {
    return `${id}/${name}`;
  }

  /** Takes the server's list; notes where something is missing between what was known and what the list has. */
  merge(run, messages) {
    if (this.#run !== null && run !== this.#run && this.entries.length > 0) {
      const note = 'The server was restarted. What is above, only this page remembers.';
      this.#insert({key: `run/${run}`, run, number: 0, note});
    }
    this.#run = run;
    const last = this.entries.at(-1);
    const known = last?.run === run ? last.number : messages[0]?.number - 1;
    const missed = messages.length === 0 ? 0 : messages[0].number - known - 1;
    if (missed > 0) {
      const note = missed === 1 ? 'One message was missed here.' : `${missed} messages were missed here.`;
      this.#insert({key: `missed/${run}/${known}`, run, number: known + 0.5, note});
    }
    messages.forEach((message) => this.add(message));
  }

  /** @returns whether the message is new */
  add(message) {
    return this.#insert({...message, key: Timeline.keyOf(message), run: this.#run});
  }

  #insert(entry) {
    if (this.#keys.has(entry.key)) return false;
    let at = this.entries.length;
    while (at > 0 && this.entries[at - 1].run === entry.run && this.entries[at - 1].number > entry.number) --at;
    this.entries.splice(at, 0, entry);
    this.#keys.add(entry.key);
    if (this.entries.length > maxEntries) this.#keys.delete(this.entries.shift().key);
    return true;
  }
}
