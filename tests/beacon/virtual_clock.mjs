// setTimeout, clearTimeout and Date.now on a clock that only the test moves.

export const virtualClock = () => {
  const real = { setTimeout, clearTimeout, now: Date.now };
  let now = 0;
  let timers = [];
  let last = 0;

  globalThis.setTimeout = (fn, ms = 0) => {
    timers.push({ id: ++last, at: now + Math.max(0, ms), fn });
    return last;
  };
  globalThis.clearTimeout = (id) => {
    timers = timers.filter((timer) => timer.id != id);
  };
  Date.now = () => now;

  return {
    reset(at) {
      now = at;
      timers = [];
    },
    /** Moves on by ms and runs what comes due on the way, in order. */
    tick(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
        if (!next) break;
        clearTimeout(next.id);
        now = Math.max(now, next.at);
        next.fn();
      }
      now = end;
    },
    restore() {
      Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
      Date.now = real.now;
    },
  };
};
