// Frames: what has changed is drawn once a frame, and less often while much happens, so that there is
// time for what somebody types.

const REST = 4; // times as long as the last drawing took

export class Frames {
  constructor(draw) {
    this.draw = draw;
    this.isWanted = false;
    this.restUntil = 0;
  }

  want() {
    if (this.isWanted) return;
    this.isWanted = true;
    const frame = () => (document.hidden ? this.run() : requestAnimationFrame(() => this.run()));
    const rest = document.hidden ? 200 : this.restUntil - performance.now();
    if (rest > 4) setTimeout(frame, rest);
    else frame();
  }

  run() {
    const start = performance.now();
    this.isWanted = false;
    this.draw();
    const end = performance.now();
    this.restUntil = end + REST * (end - start);
  }
}
