// Dates and times, in the reader's language and zone.

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

// Formatting takes long: a minute's is kept.
let lastMinute = 0;
let lastTime = "";

export function timeOf(at) {
  const minute = Math.floor(at / 60_000);
  if (minute !== lastMinute) [lastMinute, lastTime] = [minute, TIME.format(at)];
  return lastTime;
}

// The midnight at which the day of a time begins.
export const dayOf = (at) => new Date(at).setHours(0, 0, 0, 0);

export function dayInWords(at) {
  const days = Math.round((dayOf(at) - dayOf(Date.now())) / 86_400_000);
  return days === 0 ? "Today" : days === -1 ? "Yesterday" : DAY.format(at);
}
