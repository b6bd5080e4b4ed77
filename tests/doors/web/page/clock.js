// A clock that tests advance.

export class Clock {
  constructor() {
    this.time = 1000;
    this.calls = [];
  }

  now() {
    return this.time;
  }

  later(seconds, call) {
    const entry = { at: this.time + seconds, call };
    this.calls.push(entry);
    return () => {
      this.calls = this.calls.filter((each) => each !== entry);
    };
  }

  advance(seconds) {
    const end = this.time + seconds;
    for (;;) {
      const [next] = this.calls.sort((a, b) => a.at - b.at);
      if (!next || next.at > end) break;
      this.calls.shift();
      this.time = next.at;
      next.call();
    }
    this.time = end;
  }
}
