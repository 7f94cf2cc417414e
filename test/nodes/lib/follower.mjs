// A client that follows the history of a topic, with the official client: it keeps the position of each message, and comes
// back with it to any node.
import {clientOf, disconnected, response} from '../../js/client.mjs';
import {eventualMs} from './eventually.mjs';

export class Follower {
  constructor(topic) {
    Object.assign(this, {topic, history: {}, heard: [], answers: [], losses: [], socket: null});
  }

  /** Joins at a node, or at a URL; a lost connection is made again by itself. @returns the answer's `history` */
  async come(to) {
    this.socket = clientOf(to.url, '/socket', {timeout: eventualMs, reconnectAfterMs: () => 50, rejoinAfterMs: () => 50});
    this.channel = this.socket.channel(this.topic, () => ({history: this.history}));
    const keep = (position) => {
      if (position) this.history.since = position;
    };
    this.channel.on('shout', ({n}, position) => {
      keep(position);
      this.heard.push(n);
    });
    this.channel.on('$position', (_, position) => keep(position));
    this.channel.on('$history', (loss, position) => {
      keep(position);
      this.losses.push(loss);
    });
    const join = this.channel.join().receive('ok', ({history}) => {
      this.answers.push(history);
      Object.assign(this.history, {since: history.at, session: history.session});
    });
    this.socket.connect();
    return (await response(join)).history;
  }

  async go() {
    await disconnected(this.socket);
  }

  /** True if the client was never told that it missed something. */
  get isWhole() {
    return this.losses.length === 0 && this.answers.every(({recovered}) => recovered);
  }
}

/** The numbers from 0 to n - 1. */
export const upTo = (n) => Array.from({length: n}, (_, i) => i);
