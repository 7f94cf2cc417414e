// The message of a failed test has the expectation, everything that arrived, the events before, and the seed that
// repeats it.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import test from 'node:test';

/** The output of a failing test case. */
function said(name, environment = {}) {
  const run = spawnSync(process.env.FAILING_TEST, [`--test-case=${name}`, '--no-colors'], {
    encoding: 'utf8', env: {...process.env, ...environment}, timeout: 60_000,
  });
  assert.ifError(run.error);
  assert.equal(run.status, 1, run.stdout + run.stderr);
  assert.match(run.stdout, /test cases: +1 \| +0 passed \| +1 failed/);
  return run.stdout + run.stderr;
}

const story = `events:
0 ms  ana -> ["1","1","room:1","phx_join",{}]
0 ms  ana <- ["1","1","room:1","phx_reply",{"status":"ok","response":{}}]
0 ms  ana -> ["1","2","room:1","say",{"body":"hi"}]
0 ms  ana <- [null,null,"room:1","said",{"body":"hi"}]`;

test('an expectation: the expected message, all that arrived, the line, and the events', () => {
  const text = said('a push that never comes');
  assert.match(text, /failing_test\.cpp:\d+: (FATAL )?ERROR: expected ana in room:1 to receive "said" \{"body":"ho"\}, got\n +push\{"room:1", "said", \{"body":"hi"\}\}/);
  assert.ok(text.replaceAll(/^ +(logged: )?/gm, '').includes(story), text);
  assert.equal(text.match(/events[:,]/g).length, 1, `it says things twice: ${text}`);
});

test('doctest counts the expectations of the kit that are met', () => {
  const run = spawnSync(process.env.FAILING_TEST, ['--test-case=expectations that are met', '--no-colors'], {encoding: 'utf8'});
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /assertions: +6 \| +6 passed/);
});

test("a check of the framework's: both values can be read, and the events are printed too", () => {
  const text = said("a check of the framework's");
  assert.match(text, /values: CHECK\( push\{"room:1", "said", \{"body":"hi"\}\} == push\{"room:1", "said", \{"body":"ho"\}\} \)/);
  assert.ok(text.replaceAll(/^ +(logged: )?/gm, '').includes(story), text);
});

for (const how of ["a requirement of the framework's", 'an expectation', 'an exception']) {
  test(`an order that fails, ${how}: the seed is named, and repeats exactly the events`, () => {
    const name = `an order that fails: ${how}`;
    const first = said(name);
    const seed = first.match(/BENNU_SEED=(\d+)/)?.[1];
    assert.ok(seed, first);
    assert.equal(said(name, {BENNU_SEED: seed}), first);
    assert.equal(said(name, {BENNU_SEED: seed}), first);
  });
}
