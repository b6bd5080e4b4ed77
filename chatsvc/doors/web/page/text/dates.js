// Dates and times, in the reader's language and zone.

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = { weekday: "long", day: "numeric", month: "long" };
const THIS_YEAR = new Intl.DateTimeFormat(undefined, DAY);
const ANY_YEAR = new Intl.DateTimeFormat(undefined, { ...DAY, year: "numeric" });

// Formatting takes long: a minute's is kept.
let lastMinute = 0;
let lastTime = "";

export function timeOf(at) {
  const minute = Math.floor(at / 60_000);
  if (minute !== lastMinute) [lastMinute, lastTime] = [minute, TIME.format(at)];
  return lastTime;
}

const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);

// The day of a time, as a key.
export function dayOf(at) {
  const date = new Date(at);
  return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
}

export function dayInWords(at, now = Date.now()) {
  const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
  if (days === 0 || days === -1) return days ? "Yesterday" : "Today";
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? THIS_YEAR : ANY_YEAR).format(at);
}
