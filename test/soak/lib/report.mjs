// The report of a soak.

const memory = (mb) => `${mb.toFixed(0)} MB`;
const whole = (n) => n.toLocaleString('en-US');
const list = (map) => [...map].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${name} ${whole(n)}`).join(', ');

/** The difference in memory that is allowed between two times of a run. */
const allowedGrowth = {share: 1.1, mb: 8};

/** The server's gauges of clients and channels, which must be 0 in the end. */
export const leftovers = ['sockets', 'channels', 'paused_sockets'];

/** The checks: [a sentence, true if it holds, its figures]. */
function checks({ledger, samples, server, ended, metrics}) {
  const t = ledger.totals();
  const lost = ledger.lostMessages();
  const open = ledger.openJoins();
  const growth = samples.growth();
  const grew = growth && growth.late > growth.early * allowedGrowth.share + allowedGrowth.mb;
  return [
    ['every acknowledged message was handled, once and in order', lost.length === 0,
      `${whole(t.acknowledged)} acknowledged, ${whole(t.heard)} handled${lost.length ? `; lost: ${lost.slice(0, 5).join(', ')}` : ''}`],
    ['every joined channel terminated once', open.length === 0,
      `${whole(t.joins)} joins, ${whole(t.accepted)} accepted, ${whole(t.replaced)} of them over an older one, ${whole(t.ended)} ends` +
      open.slice(0, 5).map(([key, entry]) => `\n      ${key}: ${JSON.stringify(entry)}`).join('')],
    ['every answer was the right one, and every connection ended', ledger.faults.length === 0,
      `${ledger.faults.length} faults${ledger.faults.slice(0, 5).map((fault) => `\n      ${fault}`).join('')}`],
    ['memory did not grow', !grew,
      growth ? `${growth.fifths.map(memory).join(', ')} by fifths of the time, ${memory(growth.peak)} at most` : 'not judged: the run was too short'],
    ['no client is left in the server', leftovers.every((name) => metrics.get(name) === 0),
      leftovers.map((name) => `${name} ${metrics.get(name)}`).join(', ')],
    ['no descriptor was left open', ended.descriptors === 0, `${ended.descriptors ?? 'unknown'} left`],
    ['the sanitizers found nothing, leaks included', server.complaint === null, server.complaint ?? 'silent'],
    ['the server ended with 0', ended.code === 0, ended.signal ?? `${ended.code}`],
  ];
}

/** Prints it. @returns the names of the checks that failed */
export function report(run) {
  const {ledger, samples, server} = run;
  const p = ledger.pushes;
  console.log(`
  ran          ${samples.seconds.toFixed(0)} s, ${run.clients} clients at a time, seed ${run.seed}; the server used ${(100 * samples.load).toFixed(0)} % of a core
  clients did  ${list(ledger.actions)}
  pushes       ${whole(p.sent)} with a ref: ${whole(p.answered)} answered, ${whole(p.lost)} gone with their channel or connection
  closes       ${list(ledger.closes)}
  ends         ${list(ledger.reasons)}
  the server   ${list(new Map([...run.metrics].filter(([name, n]) => name.endsWith('_total') && n > 0).map(([name, n]) => [name.replace(/_total$/, ''), n])))}
`);
  const all = checks(run);
  for (const [name, holds, figures] of all) console.log(`  ${holds ? 'ok  ' : 'FAIL'} ${name}: ${figures}`);
  const failures = all.filter(([, holds]) => !holds).map(([name]) => name);
  if (failures.length > 0 && server.output) console.log(`\nwhat the server said last:\n${server.output.slice(-4000)}`);
  return failures;
}
