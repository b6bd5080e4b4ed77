// The throttle: a burst of lines at once, then a steady number a second (GCRA, ITU-T I.371), as at
// the server.

export const LONG = 1024; // bytes; a line counts as one more for each of these

export class Throttle {
  constructor(burst = 1, rate = Infinity) {
    this.burst = burst;
    this.line = 1 / rate; // seconds
    this.most = burst / rate;
  }

  // When the sender will be rested if a line that counts as `lines` is taken now.
  take(rested, now, lines = 1) {
    const from = Math.min(Math.max(rested, now), now + this.most);
    return from + Math.min(lines, this.burst) * this.line;
  }

  // Seconds until a line may be taken; `rested` is what `take` returns for it.
  wait(rested, now) {
    const spent = rested - now;
    return spent > this.most + this.line / 2 ? spent - this.most : 0;
  }
}
