import type {Channel, Push, Socket} from 'phoenix';

/** The server's answer to a join that asked for history. */
export interface Recovery {
  /** The position before the messages that follow. */
  at: string;
  /** True if everything that was missed follows. */
  recovered: boolean;
  /** If not: some of it is or may be gone, there is more than one join may replay, or the position is not known. */
  reason?: 'expired' | 'limit' | 'unknown';
  /** The number of messages that follow. */
  missed: number;
  session: string;
}

/** Messages are gone: while the client was away, or because it read too slowly. */
export interface Loss {
  recovered: false;
  reason: string;
  missed: number | null;
}

export interface RecoverableOptions {
  /** The payload of each join, or a function that returns it. */
  params?: object | (() => object);
  /** The messages that the first join asks for: `{}` (the default) for none, `{last: n}` or `{within: ms}`. */
  history?: { last: number } | { within: number } | Record<string, never>;
  /** Keeps the position for pages that are loaded again, such as `sessionStorage`. The default keeps it in memory. */
  storage?: Pick<Storage, 'getItem' | 'setItem'>;
  /** Called when the channel has joined again, and all that was missed follows. */
  onRecovered?: (recovery: Recovery) => void;
  /** Called when messages are gone. The page has to load its data again. */
  onLost?: (loss: Recovery | Loss) => void;
  /** The milliseconds over which clients come back to a server that has stopped; 2000 by default. */
  spreadMs?: number;
}

/** A channel that gets what it missed, and whose pushes are handled once. */
export class RecoverableChannel {
  constructor(socket: Socket, topic: string, options?: RecoverableOptions);

  /** The socket, and the channel of the official client, for everything that this class does not do. */
  readonly socket: Socket;
  readonly channel: Channel;

  /** The position of the client in the topic; undefined before the first join. */
  readonly position: string | undefined;

  /** Joins. Call it once, after `on`: the channel joins again by itself. */
  join(timeout?: number): Push;
  /** Leaves the topic, and forgets the position. Pushes without an answer are rejected with `{reason: 'closed'}`. */
  leave(timeout?: number): Push;

  /** Calls `callback` for each message of the event, each once. @returns a reference for `off` */
  on(event: string, callback: (payload: any, position?: string) => void): number;
  off(event: string, ref?: number): void;

  /**
   * Sends an event to the channel, and sends it again after a reconnect until it is answered. The server's class must
   * have `on.idempotent_pushes`, and a handler that replies.
   *
   * Resolves with the response to `ok`; with `{duplicate: true}` if the push was handled and the answer was lost.
   * Rejects with the response to `error`, or with `{reason}`: `crashed` (its handler failed), `unknown` (it may have
   * been handled, but the server does not know it any more), `no answer` and `timeout` (after three attempts), `closed`.
   */
  push(event: string, payload?: object): Promise<any>;
}
