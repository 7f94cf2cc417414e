// Plants the faults of faults/*.txt, one at a time, and reports which of them no test notices: node run.mjs [options]
//   --prepare      only writes the sources with all faults planted to build/mutation
//   --only TEXT    only faults whose file or description contains the text
//   --jobs N       runs of unit tests at once; the number of cores by default
//
// All faults are in one build, and the environment variable BENNU_FAULT selects one of them. scripts/mutate makes that
// build between the two calls. At least 9 of 10 faults must be noticed, or the exit code is 1.
import {execFileSync} from 'node:child_process';
import {copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';

import {allFaults} from './lib/faults.mjs';
import {plant} from './lib/plant.mjs';
import {allPrograms, conformance, ownTests, programsFor, runSuite, splitProgram, wholeProgram} from './lib/suites.mjs';

const project = fileURLToPath(new URL('../..', import.meta.url));
const copy = join(project, 'build/mutation');
const bin = join(copy, 'build/asan/bin');
const wanted = 0.9;

function parseArguments(args) {
  const options = {prepare: false, only: '', jobs: availableParallelism()};
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--prepare') options.prepare = true;
    else if (args[i] === '--only' && i + 1 < args.length) options.only = args[++i];
    else if (args[i] === '--jobs' && Number(args[i + 1]) >= 1) options.jobs = Number(args[++i]);
    else return null;
  }
  return options;
}

/** Writes `text` unless the file has it already, so that nothing is compiled twice. */
function write(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, text);
}

/** Copies the tree, with the faults planted. */
function prepare(faults) {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {cwd: project, encoding: 'utf8', maxBuffer: 2 ** 26});
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(join(project, path)));
  for (const path of paths) {
    const here = faults.filter((fault) => fault.path === path);
    const from = join(project, path);
    const to = join(copy, path);
    if (here.length > 0) {
      write(to, plant(readFileSync(from, 'utf8'), here, relative(dirname(path), 'test/mutation/fault.hpp')));
    } else if (!existsSync(to) || !readFileSync(to).equals(readFileSync(from))) {
      mkdirSync(dirname(to), {recursive: true});
      copyFileSync(from, to);
    }
  }
  removeOthers(new Set(paths));
  for (const path of faults.map((fault) => fault.path)) {
    if (!paths.includes(path)) throw new Error(`there is no ${path} any more`);
  }
  const modules = join(copy, 'test/conformance/node_modules');
  if (!existsSync(modules)) symlinkSync(join(project, 'test/conformance/node_modules'), modules);
}

/** Removes sources that are no longer in the tree: CMake would compile them. */
function removeOthers(paths) {
  const found = execFileSync('find', ['.', '-path', './build', '-prune', '-o', '-type', 'f', '-print'], {cwd: copy, encoding: 'utf8', maxBuffer: 2 ** 26});
  for (const path of found.trim().split('\n').map((line) => line.slice(2))) {
    if (!paths.has(path)) rmSync(join(copy, path));
  }
}

/** Calls `work` for each item, at most `jobs` at once. */
async function forEach(items, jobs, work) {
  const rest = [...items];
  await Promise.all(Array.from({length: jobs}, async () => {
    while (rest.length > 0) await work(rest.shift());
  }));
}

/** Runs a suite without a fault. */
async function baseline(suite) {
  const result = await runSuite(suite, {fault: 0, bin});
  if (!result.passed) throw new Error(`${suite.name} fails without any fault: ${result.why}\n${result.output.slice(-4000)}`);
  console.log(`without a fault ${suite.name} passes in ${result.seconds.toFixed(0)} s`);
  return result;
}

/**
 * Suites for a fault, in the order in which they run: each only for the faults that those before it have not noticed.
 * The quick tests of all programs come before the tests that take long, and the conformance suite, which runs alone,
 * comes last.
 */
async function stages(jobs) {
  const tests = new Map();
  for (const name of allPrograms) tests.set(name, splitProgram(bin, name, await baseline(wholeProgram(bin, name))));
  const {seconds} = await baseline(conformance(copy, 900));
  return [{
    name: 'the quick unit tests', jobs, suitesFor: ({layer, path}) => [
      tests.get(`${layer}_test`).quick(ownTests(path)), ...programsFor(layer).map((name) => tests.get(name).quick()),
    ],
  }, {
    name: 'the unit tests', jobs, suitesFor: ({layer}) => programsFor(layer).flatMap((name) => tests.get(name).slow),
  }, {
    name: 'the conformance suite', jobs: 1, suitesFor: () => [conformance(copy, seconds)],
  }];
}

/** @returns the exit code */
function summarize(chosen, survivors, noticedBy) {
  for (const {path, title, place} of survivors) console.log(`NOT NOTICED: ${path}: ${title}  [${place}]`);
  for (const layer of new Set(chosen.map((fault) => fault.layer))) {
    const of = (faults) => faults.filter((fault) => fault.layer === layer).length;
    console.log(`${layer}: ${of(chosen) - of(survivors)} of ${of(chosen)}`);
  }
  console.log([...noticedBy].map(([suite, count]) => `${suite} noticed ${count}`).join(', '));
  const noticed = chosen.length - survivors.length;
  console.log(`${noticed} of ${chosen.length} faults were noticed (${Math.floor(100 * noticed / chosen.length)} %)`);
  return noticed >= wanted * chosen.length ? 0 : 1;
}

async function main() {
  const options = parseArguments(process.argv.slice(2));
  if (options === null) {
    console.error(`usage: node ${relative('.', process.argv[1])} [--prepare] [--only TEXT] [--jobs N]`);
    return 2;
  }
  const faults = allFaults();
  if (options.prepare) return prepare(faults);
  const chosen = faults.filter(({path, title}) => `${path}: ${title}`.includes(options.only));
  if (chosen.length === 0) throw new Error(`no fault contains "${options.only}"`);

  const noticedBy = new Map();
  const isNoticed = async (fault, suites) => {
    for (const suite of suites) {
      const {passed, why} = await runSuite(suite, {fault: fault.number, bin});
      if (passed) continue;
      console.log(`noticed by ${suite.name}: ${fault.path}: ${fault.title}  [${why}]`);
      noticedBy.set(suite.name, (noticedBy.get(suite.name) ?? 0) + 1);
      return true;
    }
    return false;
  };
  let left = chosen;
  for (const {name, jobs, suitesFor} of await stages(options.jobs)) {
    const unnoticed = [];
    await forEach(left, jobs, async (fault) => {
      if (await isNoticed(fault, suitesFor(fault))) return;
      console.log(`not noticed by ${name}: ${fault.path}: ${fault.title}`);
      unnoticed.push(fault);
    });
    left = unnoticed;
  }
  return summarize(chosen, left, noticedBy);
}

process.exitCode = await main();
