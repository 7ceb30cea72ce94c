/** Runs named checks one after another and counts them. */
export class Checks {
  passed = 0;
  failed = 0;
  skipped = 0;

  async check(name, run) {
    const start = performance.now();
    try {
      await run();
      this.passed++;
      console.log(`  ok      ${name} (${Math.round(performance.now() - start)} ms)`);
    } catch (error) {
      this.failed++;
      console.log(`  FAILED  ${name}\n${String(error?.stack ?? error).replace(/^/gm, '          ')}`);
    }
  }

  /** The line that `npm test` adds up. */
  end() {
    console.log(`${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`);
    process.exitCode = this.failed ? 1 : 0;
  }
}

/** Fails with a sentence. */
export function expect(condition, sentence) {
  if (!condition) throw new Error(sentence);
}
