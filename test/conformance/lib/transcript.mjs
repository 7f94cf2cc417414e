// Conversations that run alike on every transport and in every version of the protocol.

const steps = {send: 'send', receive: 'receive', receiveInAnyOrder: 'receiveInAnyOrder', wait: 'wait'};

// A message is given as five arguments, or as the result of a function of messages.mjs.
const messageOf = (args) => (args.length === 1 ? args[0] : args);

/** The client sends a message. Those that follow each other are sent together. */
export const to = (...message) => ({step: steps.send, message: messageOf(message)});
/** The server sends this next. */
export const from = (...message) => ({step: steps.receive, message: messageOf(message)});
/** The server sends these next, in any order. */
export const fromInAnyOrder = (...messages) => ({step: steps.receiveInAnyOrder, messages});
/** A pause, in which the server sends nothing before the next message. */
export const wait = (ms) => ({step: steps.wait, ms});

const carriers = [
  {says: 'WebSocket, version 2', open: ({connect}, params) => connect({params}), together: ['no', 'batch', 'packet']},
  {says: 'WebSocket, version 1', open: ({connect}, params) => connect({params, vsn: '1.0.0'}),
    together: ['no', 'batch', 'packet']},
  {says: 'long poll, version 2', open: ({poll}, params) => poll({params}), together: ['no', 'batch']},
  {says: 'long poll, version 1', open: ({poll}, params) => poll({params, vsn: '1.0.0'}), together: ['no']},
];

/** A client that joins the topic audit receives events of the channels of other cases. */
const isReport = (message) => (Array.isArray(message) ? message[3] : message.event) === 'terminated';

async function play(peer, script) {
  for (let i = 0; i < script.length; i += 1) {
    const {step, message, messages, ms} = script[i];
    if (step === steps.wait) await new Promise((resolve) => setTimeout(resolve, ms));
    if (step === steps.receive) await peer.expect(message);
    if (step === steps.receiveInAnyOrder) await peer.expectInAnyOrder(...messages);
    if (step !== steps.send) continue;
    const together = [message];
    while (script[i + 1]?.step === steps.send) together.push(script[++i].message);
    await peer.send(...together);
  }
}

/**
 * Adds a table of conversations to an area, each once a carrier: [title, (room, context) => steps, options].
 * Each has a room of its own, and ends with the proof that the server has nothing else to say.
 *
 * @param {'no' | 'batch' | 'packet'} options.together how close to each other messages must arrive that are sent
 *   together. On long poll, no two come in a packet, and version 1 posts them one by one
 * @param options.params returns the parameters of the connect, given the context
 */
export function transcripts(test, table) {
  for (const [title, script, {together = 'no', params = () => ({})} = {}] of table) {
    for (const carrier of carriers) {
      if (!carrier.together.includes(together)) continue;
      test(`${title} (${carrier.says})`, async (context) => {
        const peer = await carrier.open(context, params(context));
        peer.ignores = isReport;
        await play(peer, script(context.room, context));
        await peer.settle();
      });
    }
  }
}
