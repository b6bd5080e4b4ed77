// Back-off: how long to wait before the next attempt to connect.

export const FIRST_WAIT = 0.3; // seconds
export const LONGEST_WAIT = 30;

export class Backoff {
  constructor(random = Math.random) {
    this.random = random;
    this.attempts = 0;
  }

  // Seconds; grows with each attempt, with jitter, so that a crowd does not come back at once.
  next() {
    const wait = Math.min(FIRST_WAIT * 1.7 ** this.attempts, LONGEST_WAIT);
    this.attempts += 1;
    return wait * (0.5 + this.random() / 2);
  }

  reset() {
    this.attempts = 0;
  }
}
