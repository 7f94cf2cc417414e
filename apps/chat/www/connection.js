// The connection to the server, and its state.
import {Socket} from './phoenix/phoenix.mjs';

const reconnectAfterMs = [200, 500, 1000, 2000, 4000, 8000];
const heartbeatIntervalMs = 15_000;

/** A delay with up to a quarter added, so that the pages do not all come back at the same moment after a restart. */
function reconnectDelay(attempt) {
  const ms = reconnectAfterMs[Math.min(attempt, reconnectAfterMs.length) - 1];
  return ms * (1 + Math.random() / 4);
}

/**
 * `state` is:
 *   connecting  for the first time, or on request of the page
 *   open
 *   lost        `attempt` is the number of the next or present attempt, and `nextAt` its time (ms since 1970)
 */
export class Connection {
  state = 'connecting';
  attempt = 0;
  nextAt = 0;
  wasOpen = false;

  #isReopening = false;

  /** @param params a function, asked anew at each connect; @param onChange called after each change */
  constructor(params, onChange) {
    this.onChange = onChange;
    this.socket = new Socket('/socket', {params, heartbeatIntervalMs, reconnectAfterMs: () => this.#plan()});
    this.socket.onOpen(() => this.#set('open', 0));
    this.socket.onClose(() => this.#isReopening || this.#set('lost', Math.max(this.attempt, 1)));
    addEventListener('online', () => this.retry());
  }

  open() {
    this.socket.connect();
  }

  /** Tries now. */
  retry() {
    if (this.state === 'lost') this.reopen();
  }

  /** Closes, and connects with the parameters as they are now. */
  reopen() {
    this.nextAt = Date.now();
    this.#isReopening = true;
    if (this.state === 'open') this.#set('connecting', 0);
    this.socket.disconnect(() => {
      this.#isReopening = false;
      this.socket.connect();
    });
    this.onChange();
  }

  #plan() {
    this.attempt += 1;
    const delay = reconnectDelay(this.attempt);
    this.nextAt = Date.now() + delay;
    return delay;
  }

  #set(state, attempt) {
    this.state = state;
    this.attempt = attempt;
    this.wasOpen ||= state === 'open';
    this.onChange();
  }
}
