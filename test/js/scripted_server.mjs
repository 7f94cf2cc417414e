// A server without a network: the test reads the client's messages, and decides what the client gets.


export class ScriptedServer {
  connections = [];
  /** The client's messages that the test has not read: {joinRef, ref, topic, event, payload}. */
  inbox = [];

  /** A transport for phoenix's Socket. */
  get Transport() {
    const server = this;
    return class WebSocketInMemory {
      readyState = 0;
      bufferedAmount = 0;
      constructor(url) {
        this.url = url;
        server.connections.push(this);
      }
      send(text) {
        const [joinRef, ref, topic, event, payload] = JSON.parse(text);
        if (event === 'heartbeat') return this.onmessage({data: reply(null, ref, topic, 'ok', {})});
        server.inbox.push({joinRef, ref, topic, event, payload});
      }
      close(code = 1000) {
        this.ended(code);
      }
      ended(code) {
        if (this.readyState === 3) return;
        this.readyState = 3;
        this.onclose({code});
      }
    };
  }

  get #connection() {
    return this.connections.at(-1);
  }

  accept() {
    this.#connection.readyState = 1;
    this.#connection.onopen({});
  }

  /** Ends the connection. Without a code the network has failed. */
  end(code = 1006) {
    this.inbox = [];
    this.#connection.ended(code);
  }

  /** The client's next message. */
  take() {
    return this.inbox.shift();
  }

  reply({joinRef, ref, topic}, status, response) {
    this.#connection.onmessage({data: reply(joinRef, ref, topic, status, response)});
  }

  /** A broadcast: `position` is null if it is not kept. */
  broadcast(topic, event, payload, position = null, joinRef = null) {
    this.#connection.onmessage({data: JSON.stringify([joinRef, position, topic, event, payload])});
  }
}

function reply(joinRef, ref, topic, status, response) {
  return JSON.stringify([joinRef, ref, topic, 'phx_reply', {status, response}]);
}

