// Frames: what has changed is drawn once a frame, and less often while much happens, so that there is
// time for what somebody types.

const REST = 4; // times as long as the last drawing took
const IN_A_FLOOD = 120; // milliseconds, when nobody can read everything in any case
const FOR_TYPING = 50; // milliseconds without drawing after a key

// draw: returns whether more has come than can be seen.
export class Frames {
  constructor(draw) {
    this.draw = draw;
    this.isWanted = false;
    this.restUntil = 0;
  }

  want() {
    if (!this.isWanted) this.wait();
    this.isWanted = true;
  }

  // Somebody types: that is shown first.
  giveWay() {
    this.restUntil = Math.max(this.restUntil, performance.now() + FOR_TYPING);
  }

  wait() {
    const rest = document.hidden ? 200 : this.restUntil - performance.now();
    const frame = () => (document.hidden ? this.run() : requestAnimationFrame(() => this.run()));
    if (rest > 4) setTimeout(frame, rest);
    else frame();
  }

  run() {
    const start = performance.now();
    if (start < this.restUntil - 4 && !document.hidden) return this.wait();
    this.isWanted = false;
    const isFlood = this.draw();
    const end = performance.now();
    this.restUntil = end + Math.max(REST * (end - start), isFlood ? IN_A_FLOOD : 0);
  }
}
