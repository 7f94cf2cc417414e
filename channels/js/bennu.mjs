// Channels that lose nothing: the official client of Phoenix, together with the history of a topic and idempotent
// pushes on the server. See README.md.

/** The server closes with these codes when it stops, or when it wants the client elsewhere: all clients come at once. */
const drainCodes = [1001, 1012, 1013];
const maxAttempts = 3;

const spreadSockets = new WeakSet();

/** Makes the clients of a server that stops come back over a time, not all at once. */
function spreadReconnects(socket, spreadMs) {
  if (spreadSockets.has(socket)) return;
  spreadSockets.add(socket);
  socket.onClose((event) => {
    if (!drainCodes.includes(event?.code) || socket.closeWasClean) return;
    const timer = socket.reconnectTimer;
    const {timerCalc} = timer;
    timer.reset();
    timer.timerCalc = () => Math.random() * spreadMs;
    timer.scheduleTimeout();
    timer.timerCalc = timerCalc;
  });
}

const randomText = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('');
const isPosition = (ref) => typeof ref === 'string' && ref[0] === '@';

export class RecoverableChannel {
  #options;
  #key;
  #place;         // what the next join asks for: {since, session}, or the option `history`
  #pushes = [];   // those without an answer, in order; see `push`
  #producer = randomText();
  #epoch = 0;
  #seq = 0;       // of the next push in this epoch
  #isKnown = false;  // the server has answered a push of this epoch
  #pause = null;  // the timer of the time for which nothing is sent

  constructor(socket, topic, options = {}) {
    this.#options = options;
    const {params = {}, history = {}, spreadMs = 2000} = options;
    this.#key = 'bennu:' + topic;
    this.#place = this.#stored ?? history;
    const channel = socket.channel(topic, () => ({
      ...(typeof params === 'function' ? params() : params),
      history: this.#place,
    }));
    this.socket = socket;
    this.channel = channel;
    const {onMessage} = channel;
    channel.onMessage = (event, payload, ref, ...more) => {
      if (isPosition(ref) && this.#isJoined) this.#keep({...this.#place, since: ref});
      return onMessage.call(channel, event, payload, ref, ...more);
    };
    this.on('$history', (loss) => options.onLost?.(loss));
    channel.onClose(() => this.#pushes.splice(0).forEach(({reject}) => reject({reason: 'closed'})));
    spreadReconnects(socket, spreadMs);
  }

  /** The position of the client, which it had from its last message or join. */
  get position() {
    return this.#place.since;
  }

  join(...timeout) {
    return this.channel.join(...timeout).receive('ok', ({history}) => this.#joined(history));
  }

  leave(...timeout) {
    this.#keep(null);
    return this.channel.leave(...timeout);
  }

  on(event, callback) {
    return this.channel.on(event, (payload, ref, ...more) => {
      // The join that is under way will bring this message again.
      if (!isPosition(ref) || this.#isJoined) callback(payload, ref, ...more);
    });
  }

  off(event, ref) {
    this.channel.off(event, ref);
  }

  push(event, payload = {}) {
    return new Promise((resolve, reject) => {
      if (payload instanceof ArrayBuffer) throw new TypeError('bytes have no place for the key of a push: use channel.push');
      this.#pushes.push({
        event, payload, resolve, reject,
        seq: null,          // its number, once it was sent
        send: null,         // the push of phoenix that is under way
        attempts: 0,
        isRepeated: false,  // it was sent before, and may have been handled
      });
      this.#flush();
    });
  }

  get #isJoined() {
    return this.channel.state === 'joined';
  }

  /** The place that an earlier page has left, if its text is one. */
  get #stored() {
    try {
      return JSON.parse(this.#options.storage.getItem(this.#key));
    } catch {
      return null;
    }
  }

  #keep(place) {
    this.#place = place ?? {};
    try {
      this.#options.storage?.setItem(this.#key, JSON.stringify(place));
    } catch {
      // The storage is full, or the browser forbids it: the position lives as long as the page.
    }
  }

  #joined(history) {
    if (history) {
      const wasAway = this.position;
      this.#keep({since: history.at, session: history.session});
      if (wasAway) this.#options[history.recovered ? 'onRecovered' : 'onLost']?.(history);
    }
    for (const push of this.#pushes) push.isRepeated ||= push.attempts > 0;
    this.#sendAgain(history?.reason === 'unknown');
    this.#flush();
  }

  /** @param isForgotten the server does not know any more which pushes it has handled */
  #sendAgain(isForgotten) {
    for (const push of this.#pushes) {
      if (isForgotten && push.isRepeated) this.#settle(push, 'reject', {reason: 'unknown'});
      else this.#again(push);
    }
  }

  /** Sends a push again with the next `#flush`, unless it was sent too often. */
  #again(push, reason = 'no answer') {
    push.send = null;
    if (push.attempts >= maxAttempts) this.#settle(push, 'reject', {reason});
  }

  #settle(push, how, answer) {
    this.#pushes = this.#pushes.filter((other) => other !== push);
    push[how](answer);
  }

  #flush() {
    if (!this.#isJoined || !this.socket.isConnected() || this.#pause) return;
    this.#pushes.filter(({send}) => !send).forEach((push) => this.#send(push));
  }

  #send(push) {
    push.seq ??= this.#seq++;
    push.attempts += 1;
    const once = {producer: this.#producer, epoch: this.#epoch, seq: push.seq};
    const send = (push.send = this.channel.push(push.event, {...push.payload, $once: once}));
    const hear = (status, handle) => send.receive(status, (answer) => {
      if (push.send === send) handle(answer);
    });
    hear('ok', (answer) => {
      this.#isKnown = true;
      this.#settle(push, 'resolve', answer);
    });
    hear('error', (answer) => this.#refused(push, answer));
    hear('timeout', () => {
      push.isRepeated = true;
      this.#again(push, 'timeout');
      this.#flush();
    });
  }

  #refused(push, answer) {
    switch (answer.reason) {
      case 'rate limited':
        this.#pause ??= setTimeout(() => {
          this.#pause = null;
          this.#flush();
        }, answer.retry_after);
        return this.#postpone(push);
      case 'unmatched topic':  // the channel has just ended: the push is sent when it has joined again
        return this.#postpone(push);
      case 'out of order':
        this.#postpone(push);
        if (!this.#pushes.some(({seq}) => seq === answer.expected)) this.#beginEpoch(answer.expected);
        return this.#flush();
      default:
        this.#isKnown = true;
        this.#settle(push, 'reject', answer);
    }
  }

  /** Sends a push again with the next `#flush`. The server has refused it, so this was no attempt. */
  #postpone(push) {
    push.attempts -= 1;
    push.send = null;
  }

  /**
   * Numbers the pushes without an answer anew, because the server expects one that is not among them. If the server has
   * forgotten this client, those that were sent before may have been handled, and are given up.
   */
  #beginEpoch(expected) {
    this.#sendAgain(expected === 0 && this.#isKnown);
    this.#epoch += 1;
    this.#seq = 0;
    this.#isKnown = false;
    for (const push of this.#pushes) push.seq = null;
  }
}
