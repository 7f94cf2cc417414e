// The known messages of a room, in order. Independent of the page and of the network.

const maxEntries = 500;

/**
 * Messages come more than once and out of order: from the server's list at each join, from broadcasts, as answers.
 * Each is kept once. Each run of a server numbers its messages from 1: they are in the order of their numbers, and those
 * of different runs in the order of their arrival.
 */
export class Timeline {
  entries = [];  // {key, run, number, note} or {key, run, number, id, name, body, at}
  #keys = new Set();
  #run = null;  // the run of the present server
  #changes = 0;

  static keyOf({name, id}) {
    return `${id}/${name}`;
  }

  /** Takes the server's list. Adds a note if messages between the known ones and the list are missing. */
  merge(run, messages) {
    if (this.#run !== null && run !== this.#run && this.entries.length > 0) {
      const note = 'You are on another server now, or it was restarted. It may not know the messages above.';
      this.#insert({key: `change/${++this.#changes}`, run: null, number: 0, note});
    }
    this.#run = run;
    const known = this.entries.findLast((entry) => entry.run === run)?.number ?? messages[0]?.number - 1;
    const missed = messages.length === 0 ? 0 : messages[0].number - known - 1;
    if (missed > 0) {
      const note = missed === 1 ? 'One message was missed here.' : `${missed} messages were missed here.`;
      this.#insert({key: `missed/${run}/${known}`, run, number: known + 0.5, note});
    }
    messages.forEach((message) => this.add(message));
  }

  /** @returns true if the message is new */
  add(message) {
    return this.#insert({...message, key: Timeline.keyOf(message), run: message.run ?? this.#run});
  }

  #insert(entry) {
    if (this.#keys.has(entry.key)) return false;
    const later = this.entries.findIndex(({run, number}) => run === entry.run && number > entry.number);
    this.entries.splice(later < 0 ? this.entries.length : later, 0, entry);
    this.#keys.add(entry.key);
    if (this.entries.length > maxEntries) this.#keys.delete(this.entries.shift().key);
    return true;
  }
}
