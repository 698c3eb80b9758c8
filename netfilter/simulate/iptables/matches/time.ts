import { type Options, readList } from "../options.js";
import type { Test } from "../test.js";

const secondsPerDay = 86_400;

interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly dayFrom: number;
  readonly dayTo: number;
  readonly contiguous: boolean;
  readonly weekdays: ReadonlySet<number> | undefined;
  readonly monthdays: ReadonlySet<number> | undefined;
}

/** `-m time`: all that is given must hold, in UTC. */
export function timeTest(options: Options): Test {
  const wanted = readWanted(options);
  const local = options.has("kerneltz") || options.has("localtz");
  return (passage) => {
    if (passage.now === undefined) return passage.guess("What time it is is not known.", options.span);
    if (local) passage.assume("The kernel's time zone is UTC.");
    return holds(wanted, passage.now);
  };
}

function readWanted(options: Options): Wanted {
  return {
    from: readDate(options.text("datestart")) ?? 0,
    to: readDate(options.text("datestop")) ?? Number.POSITIVE_INFINITY,
    dayFrom: readTime(options.text("timestart")) ?? 0,
    dayTo: readTime(options.text("timestop")) ?? secondsPerDay - 1,
    contiguous: options.has("contiguous"),
    weekdays: readDays(options, "weekdays", 7, readWeekday),
    monthdays: readDays(options, "monthdays", 31, Number),
  };
}

/** `2026`, `2026-05-31T23:00`: what is left out is the first there is. */
function readDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [year = 1970, month = 1, day = 1, ...clock] = text.split(/[-T:]/).map(Number);
  const [hours = 0, minutes = 0, seconds = 0] = clock;
  return Date.UTC(year, month - 1, day, hours, minutes, seconds) / 1000;
}

function readTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = text.split(":").map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

/** The days that count; undefined where all do. */
function readDays(
  options: Options,
  name: string,
  most: number,
  read: (text: string) => number,
): ReadonlySet<number> | undefined {
  if (!options.has(name)) return undefined;
  const days = new Set(readList(options.text(name)).map(read));
  if (!options.negated(name)) return days;
  return new Set(Array.from({ length: most }, (_, index) => index + 1).filter((day) => !days.has(day)));
}

const weekdays = ["mo", "tu", "we", "th", "fr", "sa", "su"];

function readWeekday(text: string): number {
  const index = weekdays.indexOf(text.slice(0, 2).toLowerCase());
  return index === -1 ? Number(text) : index + 1;
}

/** A span over midnight belongs to the day on which each of its parts lies, unless it is contiguous. */
function holds(wanted: Wanted, now: number): boolean {
  const { from, to, dayFrom, dayTo, contiguous } = wanted;
  if (now < from || now > to) return false;
  const second = Math.floor(now) % secondsPerDay;
  const overnight = dayFrom >= dayTo;
  if (overnight ? second < dayFrom && second > dayTo : second < dayFrom || second > dayTo) return false;
  const yesterday = overnight && contiguous && second <= dayTo;
  const date = new Date((yesterday ? now - secondsPerDay : now) * 1000);
  if (wanted.weekdays && !wanted.weekdays.has(((date.getUTCDay() + 6) % 7) + 1)) return false;
  return !wanted.monthdays || wanted.monthdays.has(date.getUTCDate());
}
