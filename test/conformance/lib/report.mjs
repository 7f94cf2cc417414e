/** Tells of failures as they happen, and of all areas in the end. */
export class Report {
  #areas = new Map();
  #began = Date.now();
  #others = 0;

  constructor(verbose) {
    this.verbose = verbose;
  }

  add({one, failure, ms}) {
    const row = this.#areas.get(one.area) ?? {about: one.about, passed: 0, failed: 0};
    this.#areas.set(one.area, row);
    row[failure === null ? 'passed' : 'failed'] += 1;
    const name = `${one.area}: ${one.title}`;
    if (failure !== null) console.log(`FAILED ${name}\n       ${failure.replaceAll('\n', '\n       ')}`);
    else if (this.verbose) console.log(`passed ${name} (${ms} ms)`);
  }

  /** A failure that belongs to no case. */
  note(text) {
    console.log(`FAILED ${text}`);
    this.#others += 1;
  }

  /** Prints a line an area. @returns the exit code */
  end() {
    let [passed, failed] = [0, this.#others];
    console.log('\narea              passed  failed  what it shows');
    for (const [name, row] of [...this.#areas].sort(([a], [b]) => (a < b ? -1 : 1))) {
      console.log(`${name.padEnd(18)}${String(row.passed).padStart(6)}${String(row.failed).padStart(8)}  ${row.about}`);
      passed += row.passed;
      failed += row.failed;
    }
    console.log(`\n${((Date.now() - this.#began) / 1000).toFixed(1)} s\n${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  }
}
