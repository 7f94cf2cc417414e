import {requestText} from '../../conformance/lib/http.mjs';
import {Tcp} from '../../conformance/lib/tcp.mjs';
import {act, end} from './behaviour.mjs';
import {Client} from './client.mjs';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The share of clients that use long poll. */
const pollingShare = 0.1;
const meanActionMs = 150;
const meanLifeMs = 12_000;
const stormEveryMs = 15_000;
const malformedEveryMs = 3_000;
/** The time that an end may take on a busy machine; less than the idle timeout. */
const patienceMs = 45_000;
/** The server's close_timeout. */
const closeTimeoutMs = 5_000;

/** True if `what` arrives in time. */
const comes = (what) => Promise.race([
  what.then(() => true), new Promise((resolve) => setTimeout(resolve, patienceMs, false).unref()),
]);

/** The clients of a soak, and the listeners that observe them. */
export class World {
  published = 'soak:published';
  #users = 0;
  #stopping = false;
  #closing = false;
  #running = [];

  constructor(server, ledger, random) {
    Object.assign(this, {server, ledger, random, began: Date.now()});
  }

  /** Two clients that listen until the end: one to the reports of channels that end, one to published messages. */
  async listen() {
    this.auditor = await Client.open(this.server, this.ledger, 'auditor');
    this.auditor.onEvent = (_topic, event, payload) => {
      if (event === 'terminated' && payload.user !== 'witness') this.ledger.terminated(payload);
    };
    this.witness = await Client.open(this.server, this.ledger, 'witness');
    this.witness.onEvent = (_topic, event, payload) => {
      if (event === 'pubsub') this.ledger.heard(payload.message);
    };
    await new Promise((resolve) => this.auditor.join('audit', {}, resolve));
    await new Promise((resolve) => this.witness.join('room:witness', {}, resolve));
    await this.witness.ask('room:witness', 'subscribe', {topic: this.published});
    this.ledger.joins.clear();  // the listeners' own joins, which end after the counting
    for (const one of [this.auditor, this.witness]) this.#mustStay(one);
    this.beat = setInterval(() => {
      for (const one of [this.auditor, this.witness]) one.send([null, 'beat', 'phoenix', 'heartbeat', {}]);
    }, 20_000);
  }

  start(clients) {
    for (let i = 0; i < clients; i += 1) this.#keep((random) => this.#lives(random));
    this.#keep((random) => this.#storms(random));
    this.#keep((random) => this.#malformed(random));
  }

  async stop() {
    this.#stopping = true;
    await Promise.all(this.#running);
  }

  /** Without a listener nothing is counted, so the rest of the report has no meaning. */
  #mustStay(client) {
    const after = () => `after ${((Date.now() - this.began) / 1000).toFixed(0)} s`;
    client.onChannelEnd = (topic) => this.ledger.fault(`the channel ${topic} of the ${client.user} ended ${after()}, from then on nothing was counted`);
    client.gone.then(() => {
      if (this.#closing) return;
      this.ledger.fault(`the ${client.user} lost its connection ${after()} (close code ${client.closeCode}), from then on nothing was counted`);
    });
  }

  /** Closes the listeners last. */
  close() {
    clearInterval(this.beat);
    this.#closing = true;
    for (const one of [this.auditor, this.witness]) one.carrier.close(1000);
  }

  #keep(body) {
    this.#running.push(body(this.random.fork()).catch((error) => this.ledger.fault(`a client failed: ${error.stack}`)));
  }

  /** Sleeps, but not beyond the end. */
  async #pause(ms) {
    for (const until = Date.now() + ms; !this.#stopping && Date.now() < until;) {
      await wait(Math.min(until - Date.now(), 250));
    }
  }

  #open(options) {
    this.#users += 1;
    this.ledger.act('connect');
    return Client.open(this.server, this.ledger, `user-${this.#users}`, options);
  }

  /** One client after the other. Some do not read for a while. */
  async #lives(random) {
    while (!this.#stopping) {
      const client = await this.#open({polls: random.chance(pollingShare)});
      const until = Date.now() + random.pause(meanLifeMs);
      while (!this.#stopping && client.isOpen && Date.now() < until) {
        act(client, random, this);
        if (!client.polls && random.chance(0.01)) await this.#sleepsOver(client, random);
        await this.#pause(random.pause(meanActionMs));
      }
      end(client, random);
      if (!await comes(client.gone)) {
        this.ledger.fault(`the server did not end the connection of ${client.user}`);
        client.drop();
      }
    }
  }

  async #sleepsOver(client, random) {
    this.ledger.act('read nothing for a while');
    client.carrier.tcp.socket.pause();
    await this.#pause(random.below(5000));
    client.carrier.tcp.socket.resume();
  }

  /** A room in which one client sends much and another does not read, so that the latter is disconnected. */
  async #storms(random) {
    for (let n = 0; !this.#stopping; n += 1) {
      const room = `room:storm-${n}`;
      const [speaker, reader, sleeper] = await Promise.all([this.#open(), this.#open(), this.#open()]);
      const joined = [speaker, reader, sleeper].map((client) => new Promise((resolve) => client.join(room, {}, resolve)));
      await Promise.all(joined);
      sleeper.carrier.tcp.socket.pause();
      const asleep = performance.now();
      this.ledger.act('storm');
      const text = 'x'.repeat(100_000);
      for (let i = 0; i < 160 && speaker.isOpen; i += 1) {
        speaker.tell(room, 'shout_from', {text});
        if (i % 4 === 3) await speaker.ask(room, 'ping', {});
      }
      // If this took long, the server has given up waiting for the close frame to be read.
      const cut = performance.now() - asleep > closeTimeoutMs;
      sleeper.carrier.tcp.socket.resume();
      await comes(sleeper.gone);
      if (sleeper.closeCode !== 1013 && !cut) this.ledger.fault(`a client that did not read was closed with ${sleeper.closeCode}`);
      for (const client of [speaker, reader]) client.drop();
      await this.#pause(stormEveryMs * (0.5 + random.next()));
    }
  }

  /** Connections that do not speak WebSocket, or begin and do not continue. */
  async #malformed(random) {
    const says = [
      () => requestText('GET', '/nowhere'),
      () => requestText('BREW', '/socket/websocket'),
      () => requestText('GET', '/socket/websocket?vsn=2.0.0', {Connection: 'Upgrade', Upgrade: 'websocket'}),
      () => requestText('GET', '/socket/websocket?vsn=9.0.0'),
      () => requestText('GET', '/', {Cookie: 'x'.repeat(40_000)}),
      () => Buffer.from('GET /socket/websocket HTTP/1.1\r\nHost: x\r\n'),
      () => Buffer.from(Array.from({length: 500}, () => random.below(256))),
    ];
    while (!this.#stopping) {
      this.ledger.act('no WebSocket');
      const tcp = await Tcp.open(this.server);
      tcp.write(random.of(says)());
      await this.#pause(random.pause(malformedEveryMs));
      tcp.drop();
    }
  }
}
