// The actions of a soak's clients. Each takes a client, random numbers and the world.
import {binary} from '../../conformance/lib/messages.mjs';
import {clientFrame, closePayload, opcodes} from '../../conformance/lib/websocket_frame.mjs';

const rooms = Array.from({length: 8}, (_, i) => `room:soak-${i}`);

const textOf = (random) => 'x'.repeat(random.chance(0.05) ? random.below(40_000) : random.below(300));

/** A topic that the client has joined, or nothing. */
const anyJoined = (client, random) => random.of([...client.joined.keys()]);

/** For actions that need a channel: does nothing if the client has none. */
const inChannel = (body) => (client, random, world) => {
  const topic = anyJoined(client, random);
  if (topic !== undefined) body(client, topic, random, world);
};

const wants = async (client, asked, expected, name) => {
  const got = await asked;
  if (got !== null && !expected(got)) client.ledger.fault(`${client.user}: ${name} was answered ${JSON.stringify(got).slice(0, 200)}`);
};

/** A push may reach a channel that has ended, and a client that sends too much is refused. */
const isRefusal = ({status, response}) => status === 'error' && ['unmatched topic', 'rate limited'].includes(response.reason);

const actions = {
  join(client, random) {
    const payload = random.weighted([
      [80, {}], [8, {greet: true}], [6, {sleep: random.below(200)}], [4, {crash: true}], [6, {reply: {hi: true}}],
    ]);
    client.join(random.chance(0.03) ? 'room:deny' : random.of(rooms), payload);
  },
  echo: inChannel((client, topic, random) => {
    const payload = {text: textOf(random), n: random.below(1000)};
    wants(client, client.ask(topic, 'echo', payload), (got) =>
      isRefusal(got) || (got.response.n === payload.n && got.response.text.length === payload.text.length), 'echo');
  }),
  echoBytes: inChannel((client, topic, random) => {
    if (client.polls) return;
    const [[joinRef, ref], asked] = client.push(topic, 'echo', {});
    const data = Buffer.alloc(random.below(2000), random.below(256));
    client.send(binary.clientPush(joinRef, ref, topic, 'echo', data));
    wants(client, asked, (got) => isRefusal(got) || data.equals(got.response), 'an echo of bytes');
  }),
  /** A push that is acknowledged has been handled: the witness must receive its message. */
  publish: inChannel((client, topic, random, world) => {
    // Messages of one channel have an order, those of two channels of one client do not.
    const sender = `${client.user} in ${topic}`;
    const book = client.ledger.messages(sender);
    book.sent += 1;
    const message = {client: sender, n: book.sent};
    client.ask(topic, 'publish', {topic: world.published, message}).then((got) => {
      if (got?.status === 'ok') book.acknowledged.add(message.n);
    });
  }),
  shout: inChannel((client, topic, random) => client.tell(topic, random.of(['shout', 'shout_from', 'private']), {text: textOf(random)})),
  later: inChannel((client, topic, random) => client.ask(topic, 'later', {ms: random.below(500)})),
  info: inChannel((client, topic, random) => client.tell(topic, 'info', {ms: random.below(300), event: 'due', payload: {}})),
  watch: inChannel((client, topic) => client.tell(topic, 'watch', {reason: 'gone'})),
  sleep: inChannel((client, topic, random) => client.ask(topic, 'sleep', {ms: random.below(150)})),
  leave: inChannel((client, topic) => client.leave(topic)),
  crash: inChannel((client, topic) => client.tell(topic, 'crash', {})),
  stop: inChannel((client, topic, random) => client.tell(topic, random.of(['stop', 'stop_shutdown', 'stop_error']), {})),
  stopWithReply: inChannel((client, topic) => client.ask(topic, 'stop_reply', {bye: true})),
  unknownEvent: inChannel((client, topic) => client.tell(topic, 'no such event', {})),
  heartbeat: (client) => client.send([null, 'beat', 'phoenix', 'heartbeat', {}]),
  staleJoin: inChannel((client, topic) => client.send(['0', null, topic, 'echo', {}])),
  /** More than the channel can handle while it sleeps: all of it is answered in the end. */
  flood: inChannel((client, topic, random) => {
    if (client.polls) return;
    const many = Array.from({length: random.below(random.chance(0.3) ? 5000 : 400)}, () => client.push(topic, 'ping', {})[0]);
    client.send(client.push(topic, 'sleep', {ms: random.below(300)})[0], ...many);
  }),
};

const weights = [
  [20, 'echo'], [6, 'echoBytes'], [16, 'publish'], [8, 'shout'], [4, 'later'], [3, 'info'], [2, 'watch'], [3, 'sleep'],
  [8, 'leave'], [3, 'crash'], [3, 'stop'], [2, 'stopWithReply'], [1, 'unknownEvent'], [4, 'heartbeat'], [2, 'staleJoin'],
  [2, 'flood'],
];

/** Does one thing at random. */
export function act(client, random, world) {
  const name = client.joined.size === 0 || random.chance(0.15) ? 'join' : random.weighted(weights);
  client.ledger.act(name);
  actions[name](client, random, world);
}

/** Bytes that end a WebSocket, by their mistake. */
const malformed = {
  'no JSON': () => clientFrame(opcodes.text, 'nonsense'),
  'half a message': () => clientFrame(opcodes.text, '["1","1"'),
  'deep nesting': () => clientFrame(opcodes.text, `["1","1","room:x","echo",${'['.repeat(2000)}${']'.repeat(2000)}]`),
  'text that is not UTF-8': () => clientFrame(opcodes.text, Buffer.from([0xc3, 0x28])),
  'binary nonsense': () => clientFrame(opcodes.binary, Buffer.from([0, 200, 200, 200, 200, 1])),
  'an empty message': () => clientFrame(opcodes.binary, ''),
  'a reserved opcode': () => clientFrame(3, 'x'),
  'a reserved bit': () => clientFrame(opcodes.text, 'x', {rsv: 4}),
  'a frame without a mask': () => clientFrame(opcodes.text, 'x', {masked: false}),
  'a fragmented ping': () => clientFrame(opcodes.ping, 'x', {fin: false}),
  'a frame that is too large': () => clientFrame(opcodes.text, 'x', {declared: 2 ** 31, lengthForm: 8}),
  'a close code that may not be sent': () => clientFrame(opcodes.close, closePayload(1005)),
};

const ends = {
  close: (client) => client.carrier.close(1000),
  drop: (client) => client.drop(),
  reset(client) {
    client.cut = true;
    client.carrier.tcp.reset();
  },
  'hang up': (client) => client.carrier.tcp.hangUp(),
  'half a frame, then drop'(client) {
    client.carrier.tcp.write(clientFrame(opcodes.text, 'x'.repeat(5000)).subarray(0, 2000));
    client.drop();
  },
  disconnect(client, random) {
    const topic = anyJoined(client, random);
    if (topic === undefined) return client.drop();
    // If the channel ends before it handles this, the client is not disconnected.
    client.ask(topic, 'disconnect', {id: `user_socket:${client.user}`}).then((got) => {
      if (got?.status !== 'ok') client.drop();
    });
  },
  malformed(client, random) {
    const name = random.of(Object.keys(malformed));
    client.ledger.act(`malformed: ${name}`);
    client.carrier.tcp.write(malformed[name]());
  },
};

const endWeights = [
  [4, 'close'], [4, 'drop'], [2, 'reset'], [1, 'hang up'], [2, 'half a frame, then drop'], [2, 'disconnect'],
  [5, 'malformed'],
];

/** Ends a client in one of many ways. */
export function end(client, random) {
  if (!client.isOpen) return;
  const name = client.polls ? 'drop' : random.weighted(endWeights);
  client.ledger.act(`end: ${name}`);
  ends[name](client, random);
}
