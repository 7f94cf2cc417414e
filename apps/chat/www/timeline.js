// The messages of a room, in order, and notes between them. Independent of the page and of the network.

const maxEntries = 500;

export class Timeline {
  entries = [];  // {key, id, name, body, at} or {key, note}
  #notes = 0;

  static keyOf({name, id}) {
    return `${id}/${name}`;
  }

  add(message) {
    this.#append({...message, key: Timeline.keyOf(message)});
  }

  note(text) {
    this.#append({key: `note/${++this.#notes}`, note: text});
  }

  #append(entry) {
    this.entries.push(entry);
    if (this.entries.length > maxEntries) this.entries.shift();
  }
}
