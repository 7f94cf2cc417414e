// The messages of the protocol, as [join_ref, ref, topic, event, payload]; binary ones are buffers.

export const ok = (response = {}) => ({status: 'ok', response});
export const error = (response = {}) => ({status: 'error', response});
export const unmatched = error({reason: 'unmatched topic'});

export const reply = (joinRef, ref, topic, response = ok()) => [joinRef, ref, topic, 'phx_reply', response];
/** The answer to a message for a topic that is not joined: its join_ref is always null. */
export const notJoined = (ref, topic) => reply(null, ref, topic, unmatched);
export const closed = (joinRef, topic) => [joinRef, joinRef, topic, 'phx_close', {}];
export const crashed = (joinRef, topic) => [joinRef, joinRef, topic, 'phx_error', {reason: 'channel_crash'}];
export const pushed = (joinRef, topic, event, payload) => [joinRef, null, topic, event, payload];
export const broadcast = (topic, event, payload) => [null, null, topic, event, payload];
export const heartbeat = (ref, payload = {}) => [null, ref, 'phoenix', 'heartbeat', payload];
export const beat = (ref) => reply(null, ref, 'phoenix');
export const join = (topic, payload = {}, ref = '1', joinRef = ref) => [joinRef, ref, topic, 'phx_join', payload];
export const leave = (topic, ref, joinRef = '1') => [joinRef, ref, topic, 'phx_leave', {}];

function sized(kind, fields, data) {
  const bytes = fields.map((field) => Buffer.from(field));
  return Buffer.concat([Buffer.from([kind, ...bytes.map((field) => field.length)]), ...bytes, Buffer.from(data)]);
}

/** Binary messages of version 2 (lib/phoenix/socket/serializers/v2_json_serializer.ex). */
export const binary = {
  clientPush: (joinRef, ref, topic, event, data = []) => sized(0, [joinRef, ref, topic, event], data),
  push: (joinRef, topic, event, data = []) => sized(0, [joinRef, topic, event], data),
  reply: (joinRef, ref, topic, status, data = []) => sized(1, [joinRef, ref, topic, status], data),
  broadcast: (topic, event, data = []) => sized(2, [topic, event], data),
};

/** How version 2 writes messages: text is an array. */
export const v2 = {
  vsn: '2.0.0',
  encode: (message) => (Buffer.isBuffer(message) ? message : JSON.stringify(message)),
  expected: (message) => message,
};

/** How version 1 writes them: an object, which has no join_ref on the way down. */
export const v1 = {
  vsn: '1.0.0',
  encode(message) {
    if (Buffer.isBuffer(message)) return message;
    const [join_ref, ref, topic, event, payload] = message;
    return JSON.stringify({topic, event, payload, ref, ...(join_ref === null ? {} : {join_ref})});
  },
  expected: ([, ref, topic, event, payload]) => ({topic, event, payload, ref}),
};
