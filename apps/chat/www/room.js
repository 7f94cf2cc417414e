// One room: its channel and its state. Independent of the page.
import {RecoverableChannel} from './bennu.mjs';
import {Presence} from './phoenix/phoenix.mjs';
import {Timeline} from './timeline.js';

const shownToNewcomers = 100;
const lostNote = 'Messages may be missing here: the server was restarted, or you were away for too long.';
const typingPauseMs = 4000;  // time without a key after which a visitor counts as not typing any more
const maxOutbox = 50;

function newId() {
  // crypto.randomUUID() exists on https and localhost only.
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A text for an error of the server. */
function wordsOf({reason, field, message} = {}) {
  return message ? `${field ? `${field}: ` : ''}${message}` : reason ?? 'the server did not say why';
}

/**
 * `status` is the state of the join:
 *   joining  the join was sent
 *   in       joined, and up to date
 *   out      was joined; the connection or the server's channel broke, and the client joins again by itself
 *   refused  refused, with the reason in `trouble`; the client tries again by itself
 *   barred   refused for good: another attempt would be refused too
 */
export class Room {
  status = 'joining';
  trouble = null;
  timeline = new Timeline();
  outbox = [];  // messages of this client that are not in the room yet: {id, body, at, state, reason}
  people = [];  // the people in the room: {name, windows, isTyping}, each name once
  unread = 0;
  draft = '';
  isWatched = false;
  #isTyping = false;  // the last value that was sent to the others
  #typingEnds = 0;
  #isNew = true;
  #older = 0;  // messages that were said before this window opened, and still follow

  /** @param onChange called after each change; @param myName a function */
  constructor(socket, name, myName, onChange) {
    this.name = name;
    this.myName = myName;
    this.onChange = onChange;
    this.channel = new RecoverableChannel(socket, `room:${name}`, {
      history: {last: shownToNewcomers},
      onLost: () => this.timeline.note(lostNote),
    });
    this.channel.on('message', (message) => this.#hear(message));
    this.presence = new Presence(this.channel.channel);
    this.presence.onSync(() => this.#see());
    this.channel.channel.onError(() => this.#lose());
    this.channel.join().receive('ok', ({history}) => this.#begin(history)).receive('error', (why) => this.#refuse(why));
  }

  /** The names of the other members who are typing. */
  get typing() {
    const me = this.myName();
    return this.people.filter(({name, isTyping}) => isTyping && name !== me).map(({name}) => name);
  }

  get isFull() {
    return this.outbox.length >= maxOutbox;
  }

  say(body) {
    const entry = {id: newId(), body, at: Date.now(), state: 'waiting', reason: null};
    this.outbox.push(entry);
    if (this.status === 'in') this.#send(entry);
    this.typed(true);
    this.onChange();
  }

  retry(entry) {
    if (this.status === 'in') this.#send(entry);
    else entry.state = 'waiting';
    this.onChange();
  }

  discard({id}) {
    this.outbox = this.outbox.filter((entry) => entry.id !== id);
    this.onChange();
  }

  /** Called when text was typed, or all of it removed. The other members see who is typing. */
  typed(isEmpty) {
    clearTimeout(this.#typingEnds);
    if (!isEmpty) this.#typingEnds = setTimeout(() => this.#setTyping(false), typingPauseMs);
    this.#setTyping(!isEmpty);
  }

  leave() {
    clearTimeout(this.#typingEnds);
    this.channel.leave();
  }

  // -- from the server --

  #begin(history) {
    if (this.#isNew) this.#older = history.missed;
    this.#isNew = false;
    this.status = 'in';
    this.trouble = null;
    this.#isTyping = false;
    this.outbox.filter((entry) => entry.state === 'waiting').forEach((entry) => this.#send(entry));
    this.onChange();
  }

  #hear(message) {
    const isMine = message.name === this.myName();
    if (isMine) this.discard(message);
    this.timeline.add(message);
    if (this.#older > 0) this.#older -= 1;
    else if (!this.isWatched && !isMine) this.unread += 1;
    this.onChange();
  }

  #see() {
    this.people = this.presence.list((name, {metas}) =>
        ({name, windows: metas.length, isTyping: metas.some(({typing}) => typing)}));
    this.onChange();
  }

  #lose() {
    if (this.status === 'barred') return;
    this.status = 'out';
    this.people = this.people.map((one) => ({...one, isTyping: false}));
    this.onChange();
  }

  #refuse(why) {
    this.trouble = wordsOf(why);
    this.status = why.reason === 'bad room name' ? 'barred' : 'refused';
    if (this.status === 'barred') this.channel.leave();
    this.onChange();
  }

  // -- to the server --

  /** The channel sends it again if the connection breaks, and the server takes it once. */
  #send(entry) {
    entry.state = 'sending';
    const said = this.channel.push('say', {id: entry.id, body: entry.body});
    said.then(() => this.discard(entry), (why) => {
      Object.assign(entry, {state: 'refused', reason: wordsOf(why)});
      this.onChange();
    });
  }

  #setTyping(isTyping) {
    if (this.status !== 'in' || this.#isTyping === isTyping) return;
    this.#isTyping = isTyping;
    this.channel.channel.push('typing', {on: isTyping});
  }
}
