import {Mismatch, show} from './matching.mjs';
import {scaled} from './time.mjs';

/** The messages of the server that no case has taken yet, in order. */
export class Inbox {
  #items = [];
  #waiting = null;
  #seen = [];

  constructor(limitMs) {
    this.limitMs = limitMs;
  }

  put(item) {
    this.#seen = [...this.#seen.slice(-2), item];
    if (this.#waiting) this.#waiting(item);
    else this.#items.push(item);
  }

  /** The next item. Rejects if none comes in time, with the expected item and the last received one. */
  take(expected, limitMs = this.limitMs) {
    if (this.#items.length) return Promise.resolve(this.#items.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = null;
        const before = this.#seen.length ? `; before that came ${this.#seen.map((item) => show(item)).join(' ')}` : '';
        reject(new Mismatch(expected, `nothing in ${limitMs} ms${before}`));
      }, scaled(limitMs));
      this.#waiting = (item) => {
        clearTimeout(timer);
        this.#waiting = null;
        resolve(item);
      };
    });
  }

  /** The received messages that were not taken. */
  get waiting() {
    return [...this.#items];
  }
}
