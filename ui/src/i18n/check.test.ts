import { expect, test } from "vitest";

import { check as german, span as spanne } from "./check.de";
import { check, span } from "./check.en";
import { clock, waysOf } from "./clock.en";
import { clock as uhr } from "./clock.de";

test("a span is said in the largest unit that is true of it", () => {
  expect([1, 90, 600, 1_800, 3_600, 5_400, 6_600, 86_400, 200_000].map(span)).toEqual(["1 second", "90 seconds", "10 minutes", "30 minutes", "1 hour", "1.5 hours", "110 minutes", "24 hours", "2 days"]);
  expect(spanne(5_400)).toBe("1,5 Stunden");
});

test("the other clock is between two bounds on one side of this one", () => {
  expect(check.offset({ least: -62, most: -33 })).toBe("The other clock is between 33 and 62 seconds behind this one.");
  expect(check.offset({ least: 18, most: 47 })).toBe("The other clock is between 18 and 47 seconds ahead of this one.");
  expect(german.offset({ least: 3_588, most: 3_617 })).toBe("Die andere Uhr geht gegen diese ungefähr 1 Stunde vor.");
});

test("odds are rounded, counts are not", () => {
  expect(check.odds("right", 1_000_000, 1)).toBe("1 code was compared; a random code would pass for this once in 1 million times.");
  expect(check.odds("not_this_key", 312, 3_204)).toBe("3,204 codes were compared; a random code would have fitted one of them once in 312 times.");
});

test("an offset that does not make up for the clock is said, and not the clock's own error", () => {
  const view = { now: 0, verdict: "alarm", synchronised: "no", by: "adjtimex", within_seconds: null, system: "linux", jumped: null, behind: null, online: null, ahead_ms: 200, offset: -45 } as const;
  expect(clock.headline(view)).toBe("Even with the offset that is set, codes are wrong");
  expect(clock.noticeAlarm({ ...view, ahead_ms: -45_120, offset: 0 })).toBe("This computer’s clock is 45.1 seconds behind: codes are wrong.");
  expect(uhr.noticeJumped({ at: 0, seconds: -600 })).toMatch(/um 10 Minuten zurückgestellt/u);
});

test("a host is asked in every way, or in the one that stands before it", () => {
  expect(waysOf("time.example")).toEqual(["SNTP", "HTTPS"]);
  expect(waysOf("ntp://time.example")).toEqual(["SNTP"]);
  expect(waysOf("https://time.example")).toEqual(["HTTPS"]);
});
