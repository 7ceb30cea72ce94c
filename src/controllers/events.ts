/** `load`: the input's structure or values have been read. Once per input; does not bubble. */
export class LoadEvent extends Event {
  constructor() {
    super('load');
  }
}

/** `progress`: like the platform's, with a `phase` in words. Does not bubble. */
export class LoadProgressEvent extends Event {
  readonly loaded: number;
  readonly total: number;
  readonly lengthComputable: boolean;
  /** What is being done: `reading`, `scanning`, `computing`, `running`. */
  readonly phase: string;

  constructor(loaded: number, total: number, phase: string) {
    super('progress');
    this.loaded = loaded;
    this.total = total;
    this.lengthComputable = total > 0;
    this.phase = phase;
  }
}

/** `error`: one per input that could not be shown. Does not bubble. */
export class FailureEvent extends Event {
  /** What was thrown. */
  readonly error: unknown;
  /** What was wrong, what was expected, what to do; in the element's language. */
  readonly message: string;

  constructor(error: unknown, message: string) {
    super('error');
    this.error = error;
    this.message = message;
  }
}
